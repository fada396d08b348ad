import { cut } from "./cut";

/** How many topics are kept. */
export const TOPICS_KEPT = 50;
/** How much of a topic's name is kept, in characters: as many as ws-demo allows. */
export const NAME_LENGTH = 128;
/** How much of a topic's newest payload is kept, in characters. */
export const PAYLOAD_LENGTH = 300;

/** A topic that something was published on. Never changes; each event makes a new one. */
export interface Topic {
  readonly name: string;
  /** The newest payload as JSON without spaces; of a long one only the beginning. */
  readonly payload: string;
  readonly isWhole: boolean;
  /** How many events have come. */
  readonly count: number;
  /** Date.now() when the last came. */
  readonly at: number;
}

/** The topics of which events came last. */
export class Topics {
  /** In the order of their last events: a topic that gets one moves to the end. */
  private readonly byName = new Map<string, Topic>();
  private sorted: readonly Topic[] | null = [];

  add(topic: string, payload: unknown, at: number): void {
    const name = cut(topic, NAME_LENGTH);
    const text = compact(payload);
    const count = (this.byName.get(name)?.count ?? 0) + 1;
    this.byName.delete(name);
    this.byName.set(name, {
      name,
      payload: cut(text, PAYLOAD_LENGTH),
      isWhole: text.length <= PAYLOAD_LENGTH,
      count,
      at,
    });
    const [longestSilent] = this.byName.keys();
    if (this.byName.size > TOPICS_KEPT && longestSilent !== undefined)
      this.byName.delete(longestSilent);
    this.sorted = null;
  }

  /** Newest first; the same array until something changes. */
  read(): readonly Topic[] {
    this.sorted ??= [...this.byName.values()].reverse();
    return this.sorted;
  }
}

/** JSON on one line. What is nested too deeply for the engine to write is told instead. */
export function compact(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return "(nested too deeply to show)";
  }
}
