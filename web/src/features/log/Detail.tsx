import { toast } from "sonner";
import type { LogEntry } from "../../feed/feed";
import { formatDuration, formatSize, formatTime } from "../../format";
import { readable } from "./text";

/** The message that is selected in the log, readable, to be copied. */
export function Detail({ entry }: { entry: LogEntry | null }) {
  if (!entry) return <p className="log-hint">Select a message to read and copy it.</p>;
  const text = readable(entry);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof entry.content === "string" ? entry.content : text);
      toast.success("Copied", { id: "copied" });
    } catch {
      toast.error("The browser does not allow copying here", { id: "copied" });
    }
  };
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
