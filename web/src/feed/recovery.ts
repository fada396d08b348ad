import type { Position } from "../connection/position";
import { asCount, asReason } from "./decode";

/** What the last interruption cost. */
export interface Interruption {
  /** How many missed events came after all. */
  readonly recovered: number;
  /** Why others did not, in the server's words; null where none are known to be missing. */
  readonly gap: string | null;
  /** Date.now() when this was known. */
  readonly at: number;
}

/** What the server has dropped on this connection, because the page was too slow. */
export interface Loss {
  readonly count: number;
  /** Date.now() when the last of it was told. */
  readonly at: number;
}

/** Follows what the server says of its replays and of what it drops. */
export class Recovery {
  /** Null where the last interruption cost nothing. Never changes; another one is another object. */
  interruption: Interruption | null = null;
  /** Never changes; when more is dropped, there is a new one with the sum. */
  loss: Loss | null = null;
  private readonly position: Position;
  private gap: string | null = null;

  constructor(position: Position) {
    this.position = position;
  }

  /** The connection is gone: what that costs is told when it is back. */
  interrupted(): void {
    this.interruption = null;
    this.loss = null;
    this.gap = null;
  }

  /** Takes an event of the server's own, of which there may be others than these. */
  take(topic: string, payload: unknown, at: number): void {
    if (topic === "$gap") {
      this.gap = asReason(payload);
    } else if (topic === "$recovered") {
      this.replayed(asCount(payload), at);
    } else if (topic === "$lost") {
      const count = (this.loss?.count ?? 0) + asCount(payload);
      if (count > 0) this.loss = { count, at };
    }
  }

  /** The replay is complete. A page that opens has missed nothing, whatever it is shown. */
  private replayed(recovered: number, at: number): void {
    const { gap } = this;
    this.gap = null;
    if (!this.position.isFirst && (recovered > 0 || gap !== null))
      this.interruption = { recovered, gap, at };
    this.position.caughtUp();
  }
}
