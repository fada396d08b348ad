import type { ConnectionState } from "../../connection/connection";

/** The status to display: a connection that may still be refused is not shown as live. */
export function shownStatus(state: ConnectionState): ConnectionState["status"] {
  return state.status === "live" && state.mayBeRefused ? "connecting" : state.status;
}
