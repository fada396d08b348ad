import { useEffect } from "react";
import { toast } from "sonner";
import type { Connection } from "../../connection/connection";
import { shownStatus } from "./shownStatus";

/** One toast when the connection is made, one when it is lost, one when it is back; none for the tries. */
export function useConnectionToasts(connection: Connection): void {
  useEffect(() => {
    let wasLive = false;
    let hasBeenLive = false;
    const tell = () => {
      const status = shownStatus(connection.getSnapshot());
      const isLive = status === "live";
      if (isLive === wasLive) return;
      wasLive = isLive;
      // One id: a toast replaces the one before it, so that an unsteady network does not pile them up.
      if (!isLive && status !== "closed") toast.error("Connection lost", { id: "connection" });
      if (isLive)
        toast.success(hasBeenLive ? "Connected again" : "Connected", { id: "connection" });
      hasBeenLive ||= isLive;
    };
    tell(); // the connection may have been faster than the first render
    return connection.subscribe(tell);
  }, [connection]);
}
