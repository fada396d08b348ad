/** How much one arrival counts, as in RFC 3550 §6.4.1. */
const GAIN = 1 / 16;

/** Milliseconds. */
export interface Regularity {
  /** How far apart the events come, smoothed. */
  readonly interval: number;
  /** How much that varies: the smoothed mean deviation from the interval. */
  readonly jitter: number;
}

/** How regular the events are. */
export class Rhythm {
  private last: number | null = null;
  private interval: number | null = null;
  private jitter = 0;

  /** @param at milliseconds */
  beat(at: number): void {
    if (this.last !== null) {
      const apart = at - this.last;
      if (this.interval === null) {
        this.interval = apart;
      } else {
        this.jitter += (Math.abs(apart - this.interval) - this.jitter) * GAIN;
        this.interval += (apart - this.interval) * GAIN;
      }
    }
    this.last = at;
  }

  /** The time until the next event says nothing: the connection was down in between. */
  pause(): void {
    this.last = null;
  }

  /** Nothing before the second event. */
  read(): Regularity | null {
    return this.interval === null ? null : { interval: this.interval, jitter: this.jitter };
  }
}
