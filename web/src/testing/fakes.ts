import type { Connection, ConnectionState, Data } from "../connection/connection";
import { Position } from "../connection/position";

/** Stands for a connection where a test is about what uses one. */
export class FakeConnection {
  readonly address = "ws://test.invalid/ws";
  readonly position = new Position();
  readonly sent: Data[] = [];
  retries = 0;
  deliver: (data: Data) => void = () => {};
  private state: ConnectionState;
  private readonly listeners = new Set<() => void>();

  constructor(state: ConnectionState = { status: "live" }) {
    this.state = state;
  }

  asConnection(): Connection {
    return this as unknown as Connection;
  }

  onMessage(listener: (data: Data) => void): void {
    this.deliver = listener;
  }

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getSnapshot = () => this.state;

  send(data: Data): boolean {
    if (this.state.status !== "live") return false;
    this.sent.push(data);
    return true;
  }

  retryNow(): void {
    this.retries += 1;
  }

  become(state: ConnectionState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

/** The text of an event. */
export const eventText = (num: unknown, topic = "random"): string =>
  JSON.stringify({ topic, payload: { num, message: "Hello, world!" } });

/** The text of a published event. */
export const publishedText = (topic: string, payload: unknown, id: string): string =>
  JSON.stringify({ topic, payload, id });
