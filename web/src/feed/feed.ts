import type { Connection, Data } from "../connection/connection";
import { cut } from "./cut";
import {
  asRandomPayload,
  type Decoded,
  decode,
  type PushedEvent,
  type RandomPayload,
} from "./decode";
import { type Interruption, type Loss, Recovery } from "./recovery";
import { type Regularity, Rhythm } from "./rhythm";
import { Series } from "./series";
import { NAME_LENGTH, type Topic, Topics } from "./topics";

/** How many messages the log keeps. */
export const LOG_LENGTH = 500;
/** How much of one message the log keeps, in characters or bytes. */
export const KEPT_LENGTH = 16_384;
/** How many messages may wait for their echo. */
const MOST_AWAITED = 1000;

/** A message in or out, as the log shows it. */
export interface LogEntry {
  /** Counts from 1. */
  readonly id: number;
  /** Date.now() when it came or went. */
  readonly at: number;
  readonly direction: "in" | "out";
  readonly kind: "event" | "json" | "text" | "binary";
  /** Of an event; of a long one only the beginning. */
  readonly topic: string | null;
  /** The payload of the WebSocket message, in bytes. */
  readonly size: number;
  /** Text, or bytes; of a long message only the beginning. */
  readonly content: string | Uint8Array;
  readonly isWhole: boolean;
  /** How long the echo took, in milliseconds: on a message that is the echo of one sent from here. */
  readonly roundTrip: number | null;
}

/** Everything the page shows of the stream. Never changes; each frame with news has a new one. */
export interface Snapshot {
  /** The newest number of the built-in stream. */
  readonly latest: (RandomPayload & { readonly at: number }) | null;
  /** How regular that stream is. */
  readonly regularity: Regularity | null;
  /** What was published, newest first. */
  readonly topics: readonly Topic[];
  /** What the last interruption cost; null where that was nothing. */
  readonly interruption: Interruption | null;
  readonly loss: Loss | null;
  /** The last LOG_LENGTH messages, oldest first. */
  readonly entries: readonly LogEntry[];
  readonly received: number;
  /** The last message sent from here that came back. */
  readonly lastEcho: LogEntry | null;
  /** How many messages sent from here have not come back yet. */
  readonly awaited: number;
}

interface Awaited {
  readonly data: Data;
  readonly sentAt: number;
}

const encoder = new TextEncoder();

/**
 * Turns the messages of a connection into what the page shows.
 *
 * A message is taken in as it comes, into what is bounded; React is told once per animation frame,
 * however many came. In a page that is not visible there are no frames, and nothing piles up.
 */
export class Feed {
  readonly series = new Series();
  private readonly connection: Connection;
  private readonly rhythm = new Rhythm();
  private readonly topics = new Topics();
  private readonly recovery: Recovery;
  private readonly listeners = new Set<() => void>();
  private snapshot: Snapshot = {
    latest: null,
    regularity: null,
    topics: [],
    interruption: null,
    loss: null,
    entries: [],
    received: 0,
    lastEcho: null,
    awaited: 0,
  };
  private latest: Snapshot["latest"] = null;
  private lastEcho: LogEntry | null = null;
  private entries: LogEntry[] = [];
  private awaited: Awaited[] = [];
  private received = 0;
  private lastId = 0;
  private frame: number | null = null;

  constructor(connection: Connection) {
    this.connection = connection;
    this.recovery = new Recovery(connection.position);
    connection.onMessage((data) => this.take(data));
    connection.subscribe(() => {
      if (connection.getSnapshot().status !== "live") this.interrupted();
    });
  }

  /** For `useSnapshot`. */
  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getSnapshot = (): Snapshot => this.snapshot;

  /** Sends and logs it. False where the connection is down: nothing was sent. */
  send(data: Data): boolean {
    if (!this.connection.send(data)) return false;
    if (this.awaited.length < MOST_AWAITED) this.awaited.push({ data, sentAt: performance.now() });
    this.log("out", data, decode(data), null);
    return true;
  }

  clear(): void {
    this.entries = [];
    this.publishSoon();
  }

  private take(data: Data): void {
    this.received += 1;
    const roundTrip = this.matchEcho(data);
    const decoded = decode(data);
    const entry = this.log("in", data, decoded, roundTrip);
    if (roundTrip !== null) this.lastEcho = entry;
    else if (decoded.kind === "event") this.takeEvent(decoded, entry.at);
  }

  /** Random numbers have no id, published events do: a replay does not disturb the rhythm. */
  private takeEvent({ topic, payload, id }: PushedEvent, at: number): void {
    if (id !== null) this.connection.position.saw(id);
    if (topic.startsWith("$")) {
      this.recovery.take(topic, payload, at);
    } else if (id !== null) {
      this.topics.add(topic, payload, at);
    } else if (topic === "random") {
      const random = asRandomPayload(payload);
      if (!random) return;
      this.rhythm.beat(performance.now());
      this.latest = { ...random, at };
      this.series.add(at, random.num);
    }
  }

  private log(
    direction: "in" | "out",
    data: Data,
    decoded: Decoded,
    roundTrip: number | null,
  ): LogEntry {
    this.lastId += 1;
    const entry: LogEntry = {
      id: this.lastId,
      at: Date.now(),
      direction,
      kind: decoded.kind,
      topic: decoded.kind === "event" ? cut(decoded.topic, NAME_LENGTH) : null,
      ...kept(data),
      roundTrip,
    };
    this.entries.push(entry);
    if (this.entries.length >= 2 * LOG_LENGTH) this.entries = this.entries.slice(-LOG_LENGTH);
    this.publishSoon();
    return entry;
  }

  /** Echoes come in order, so only the first message that waits for one can be meant. */
  private matchEcho(data: Data): number | null {
    const first = this.awaited[0];
    if (!first || !sameData(first.data, data)) return null;
    this.awaited.shift();
    return performance.now() - first.sentAt;
  }

  /** No echo will come for what was sent on a connection that is gone. */
  private interrupted(): void {
    this.awaited = [];
    this.rhythm.pause();
    this.series.breakLine();
    this.recovery.interrupted();
    this.publishSoon();
  }

  private publishSoon(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.snapshot = {
        latest: this.latest,
        regularity: this.rhythm.read(),
        topics: this.topics.read(),
        interruption: this.recovery.interruption,
        loss: this.recovery.loss,
        entries: this.entries.slice(-LOG_LENGTH),
        received: this.received,
        lastEcho: this.lastEcho,
        awaited: this.awaited.length,
      };
      for (const listener of this.listeners) listener();
    });
  }
}

function kept(data: Data): Pick<LogEntry, "size" | "content" | "isWhole"> {
  if (typeof data !== "string") {
    const content = new Uint8Array(data.slice(0, KEPT_LENGTH));
    return { size: data.byteLength, content, isWhole: data.byteLength <= KEPT_LENGTH };
  }
  const size = encoder.encode(data).length;
  return { size, content: cut(data, KEPT_LENGTH), isWhole: data.length <= KEPT_LENGTH };
}

function sameData(a: Data, b: Data): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  if (a.byteLength !== b.byteLength) return false;
  const [left, right] = [new Uint8Array(a), new Uint8Array(b)];
  return left.every((byte, i) => byte === right[i]);
}
