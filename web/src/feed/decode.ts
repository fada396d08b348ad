import type { Data } from "../connection/connection";

/** What a message is, as far as its shape tells. */
export type Decoded =
  | { readonly kind: "event"; readonly topic: string; readonly payload: unknown }
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
  if (isRecord(value) && typeof value.topic === "string" && "payload" in value)
    return { kind: "event", topic: value.topic, payload: value.payload };
  return { kind: "json" };
}

/** The payload, where it is one that the page can plot. */
export function asRandomPayload(payload: unknown): RandomPayload | null {
  if (!isRecord(payload)) return null;
  const { num, message } = payload;
  if (typeof num !== "number" || !Number.isFinite(num) || typeof message !== "string") return null;
  return { num, message };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
