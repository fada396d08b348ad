import type { Connection, ConnectionState } from "../../connection/connection";
import { useSnapshot } from "../../connection/useSnapshot";
import type { Feed } from "../../feed/feed";
import { Costs } from "./Costs";
import { shownStatus } from "./shownStatus";
import { useSecondsLeft } from "./useSecondsLeft";
import "./Status.css";

const WORDS: Record<ConnectionState["status"], string> = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  unreachable: "Unreachable",
  refused: "Refused",
  offline: "Offline",
  closed: "Closed",
};

interface Props {
  connection: Connection;
  feed: Feed;
}

/** What the socket is doing, what to do about it, and what was missed. */
export function Status({ connection, feed }: Props) {
  const state = useSnapshot(connection);
  const status = shownStatus(state);
  const retryAt = "retryAt" in state ? state.retryAt : null;
  const isDown = retryAt !== null || ["refused", "offline"].includes(status);
  return (
    <section className="status" aria-label="Connection" data-status={status}>
      <p className="status-line">
        <strong role="status" className="badge">
          {WORDS[status]}
        </strong>
        <span className="address">{connection.address}</span>
      </p>
      {isDown && (
        <div className="status-more">
          <p className="explanation">{explanation(state)}</p>
          <p className="retry">
            {retryAt !== null && <Countdown until={retryAt} />}
            <button type="button" onClick={() => connection.retryNow()}>
              {status === "refused" ? "Try again" : "Try now"}
            </button>
          </p>
        </div>
      )}
      <Costs feed={feed} />
    </section>
  );
}

function Countdown({ until }: { until: number }) {
  return <span className="countdown">Next try in {useSecondsLeft(until)} s</span>;
}

function explanation(state: ConnectionState): string {
  if (state.status === "unreachable") return state.cause || "Looking for the cause…";
  if (state.status === "refused") return state.reason;
  if (state.status === "offline")
    return "This device has no network. The page connects when it is back.";
  return "The connection was lost.";
}
