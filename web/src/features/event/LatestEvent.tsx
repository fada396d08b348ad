import { useSnapshot } from "../../connection/useSnapshot";
import type { Feed } from "../../feed/feed";
import { formatDuration, formatNumber, formatTime } from "../../format";
import "./LatestEvent.css";

/** The newest number and message, when it came, and how regular they are. */
export function LatestEvent({ feed }: { feed: Feed }) {
  const { latest, regularity, received } = useSnapshot(feed);
  return (
    <section className="card latest" aria-label="Latest event">
      <p className="number" data-testid="number">
        {latest ? formatNumber(latest.num) : "–"}
      </p>
      <p className="message">{latest ? latest.message : "No event yet"}</p>
      <dl className="facts">
        <div>
          <dt>Came at</dt>
          <dd>{latest ? formatTime(latest.at) : "–"}</dd>
        </div>
        <div>
          <dt>Interval</dt>
          <dd>{regularity ? formatDuration(regularity.interval) : "–"}</dd>
        </div>
        <div>
          <dt>Jitter</dt>
          <dd>{regularity ? `± ${formatDuration(regularity.jitter)}` : "–"}</dd>
        </div>
        <div>
          <dt>Received</dt>
          <dd>{formatNumber(received)}</dd>
        </div>
      </dl>
    </section>
  );
}
