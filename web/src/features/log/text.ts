import type { LogEntry } from "../../feed/feed";
import { compact } from "../../feed/topics";

/** How many characters fit a line. */
const LINE_LENGTH = 300;

/** One line for the list; of an event the payload, as its topic stands beside it. */
export function preview(entry: LogEntry): string {
  const { content } = entry;
  if (typeof content === "string")
    return content === "" ? "(empty)" : payloadText(entry, content).slice(0, LINE_LENGTH);
  return content.length === 0 ? "(empty)" : hex(content.subarray(0, 24));
}

function payloadText({ kind, isWhole }: LogEntry, content: string): string {
  return kind === "event" && isWhole ? compact(JSON.parse(content).payload) : content;
}

/** The whole of what is kept, JSON indented, bytes as a hex dump. */
export function readable({ kind, content }: LogEntry): string {
  if (typeof content !== "string") return hexDump(content);
  if (kind !== "event" && kind !== "json") return content;
  try {
    return JSON.stringify(JSON.parse(content), null, 2);
  } catch {
    return content; // cut short, so no longer JSON
  }
}

/** Whether `filter` is in the message, its topic or its kind; case does not matter. */
export function matches(entry: LogEntry, filter: string): boolean {
  const wanted = filter.toLowerCase();
  const text = typeof entry.content === "string" ? entry.content : hex(entry.content);
  return [text, entry.topic ?? "", entry.kind, entry.direction].some((part) =>
    part.toLowerCase().includes(wanted),
  );
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");

function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const line = bytes.subarray(at, at + 16);
    const characters = Array.from(line, (byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·",
    ).join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex(line).padEnd(47)}  ${characters}`);
  }
  return lines.join("\n");
}
