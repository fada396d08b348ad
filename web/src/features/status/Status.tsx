import type { Connection, ConnectionState } from "../../connection/connection";
import { useSnapshot } from "../../connection/useSnapshot";
import type { Feed } from "../../feed/feed";
import { Costs } from "./Costs";
import { useSecondsLeft } from "./useSecondsLeft";
import "./Status.css";

const WORDS: Record<ConnectionState["status"], string> = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  unreachable: "Unreachable",
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
  const retryAt = "retryAt" in state ? state.retryAt : null;
  const waits = retryAt !== null || state.status === "offline";
  return (
    <section className="status" aria-label="Connection" data-status={state.status}>
      <p className="status-line">
        <strong role="status" className="badge">
          {WORDS[state.status]}
        </strong>
        <span className="address">{connection.address}</span>
      </p>
      {waits && (
        <div className="status-more">
          <p>{explanation(state)}</p>
          <p className="retry">
            {retryAt !== null && <Countdown until={retryAt} />}
            <button type="button" onClick={() => connection.retryNow()}>
              Try now
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
  if (state.status === "offline")
    return "This device has no network. The page connects when it is back.";
  return "The connection was lost.";
}
