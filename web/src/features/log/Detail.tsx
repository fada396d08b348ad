import { copyText } from "../../copyText";
import type { LogEntry } from "../../feed/feed";
import { formatDuration, formatSize, formatTime } from "../../format";
import { readable } from "./text";

/** The message that is selected in the log, readable, to be copied. */
export function Detail({ entry }: { entry: LogEntry | null }) {
  if (!entry) return <p className="log-hint">Select a message to read and copy it.</p>;
  const text = readable(entry);
  const copy = () => copyText(typeof entry.content === "string" ? entry.content : text);
  return (
    <section className="log-detail" aria-label="Selected message">
      <p>
        <span>
          {entry.direction === "in" ? "Received" : "Sent"} {formatTime(entry.at)} · {entry.kind} ·{" "}
          {formatSize(entry.size)}
          {entry.roundTrip !== null && ` · echo after ${formatDuration(entry.roundTrip)}`}
          {!entry.isWhole && " · only the beginning is kept"}
        </span>
        <button type="button" onClick={copy}>
          Copy
        </button>
      </p>
      <pre>{text}</pre>
    </section>
  );
}
