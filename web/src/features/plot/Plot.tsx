import { useRef } from "react";
import type { Feed } from "../../feed/feed";
import { usePlot } from "./usePlot";
import "./Plot.css";

/** The numbers of the last two minutes. The values themselves are in the log, for who cannot see this. */
export function Plot({ feed }: { feed: Feed }) {
  const frame = useRef<HTMLDivElement>(null);
  usePlot(frame, feed);
  return (
    <section className="card plot" aria-label="Numbers of the last two minutes">
      <h2>Last two minutes</h2>
      <div ref={frame} className="plot-frame" aria-hidden="true" />
    </section>
  );
}
