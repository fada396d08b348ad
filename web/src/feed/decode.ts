import type { Data } from "../connection/connection";
import { cut } from "./cut";

/** How much of a reason is kept, in characters. */
const REASON_LENGTH = 200;

/** What the server pushes. */
export interface PushedEvent {
  readonly kind: "event";
  readonly topic: string;
  readonly payload: unknown;
  /** Where it was published, or tells the page where it stands. */
  readonly id: string | null;
}

/** What a message is, as far as its shape tells. */
export type Decoded =
  | PushedEvent
  /** JSON, but not an event. */
  | { readonly kind: "json" }
  | { readonly kind: "text" }
  | { readonly kind: "binary" };

/** The payload of topic "random". */
export interface RandomPayload {
  readonly num: number;
  readonly message: string;
}

/** The one place where what arrives becomes an event: whatever it is, this does not throw. */
export function decode(data: Data): Decoded {
  if (typeof data !== "string") return { kind: "binary" };
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return { kind: "text" };
  }
  if (isRecord(value) && typeof value.topic === "string" && "payload" in value) {
    const { topic, payload, id } = value;
    return { kind: "event", topic, payload, id: typeof id === "string" ? id : null };
  }
  return { kind: "json" };
}

/** The payload of topic "random", where it is one that the page can plot. */
export function asRandomPayload(payload: unknown): RandomPayload | null {
  if (!isRecord(payload)) return null;
  const { num, message } = payload;
  if (typeof num !== "number" || !Number.isFinite(num) || typeof message !== "string") return null;
  return { num, message };
}

/** How many events `$recovered` or `$lost` is about. */
export function asCount(payload: unknown): number {
  const count = isRecord(payload) ? payload.count : null;
  return Number.isSafeInteger(count) ? Math.max(0, count as number) : 0;
}

/** Why there is a `$gap`, in the server's words. */
export function asReason(payload: unknown): string {
  const reason = isRecord(payload) ? payload.reason : null;
  return typeof reason === "string" ? cut(reason, REASON_LENGTH) : "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
