/** How much of the past is kept, in milliseconds. */
export const WINDOW_MS = 120_000;
/** Values that come within this time of each other are drawn as one stroke from the least to the greatest. */
const BUCKET_MS = 100;
/** A silence is a gap once it is this many times as long as the values usually are apart… */
const GAP_RATIO = 3;
/** … and longer than this. */
const GAP_MS = 1500;

/** Columns for uPlot: times in milliseconds, least and greatest values. A null is a gap. */
export type Columns = [time: number[], low: (number | null)[], high: (number | null)[]];

/**
 * The values of the last minutes, thinned to at most ten points a second, so that a stream of
 * thousands a second costs no more to keep and to draw than one of ten.
 */
export class Series {
  private time: number[] = [];
  private low: (number | null)[] = [];
  private high: (number | null)[] = [];
  private gapNext = false;
  /** How far apart the values are, smoothed, in milliseconds. */
  private spacing = Number.POSITIVE_INFINITY;

  /** @param at milliseconds, not before those of the last call */
  add(at: number, value: number): void {
    const last = this.time.length - 1;
    const lastTime = this.time[last];
    const lastLow = this.low[last];
    const lastHigh = this.high[last];
    const silence = lastTime === undefined ? 0 : at - lastTime;
    const isGap = this.gapNext || silence > Math.max(GAP_MS, GAP_RATIO * this.spacing);
    const sameBucket = lastTime !== undefined && at - lastTime < BUCKET_MS;
    if (
      sameBucket &&
      !this.gapNext &&
      typeof lastLow === "number" &&
      typeof lastHigh === "number"
    ) {
      this.low[last] = Math.min(lastLow, value);
      this.high[last] = Math.max(lastHigh, value);
      return;
    }
    if (isGap && lastTime !== undefined) this.push((lastTime + at) / 2, null);
    else if (lastTime !== undefined) this.learnSpacing(silence);
    this.gapNext = false;
    this.push(at, value);
    this.forget(at - WINDOW_MS);
  }

  /** What comes next does not continue what came before. */
  breakLine(): void {
    this.gapNext = this.time.length > 0;
  }

  /** Grows in place: for drawing at once, not for keeping. */
  columns(): Columns {
    return [this.time, this.low, this.high];
  }

  private learnSpacing(silence: number): void {
    this.spacing = Number.isFinite(this.spacing)
      ? this.spacing + (silence - this.spacing) / 8
      : silence;
  }

  private push(at: number, value: number | null): void {
    this.time.push(at);
    this.low.push(value);
    this.high.push(value);
  }

  /** Removes what is older, in one go for many. */
  private forget(before: number): void {
    const first = this.time[0];
    if (first === undefined || first > before - WINDOW_MS / 4) return;
    const from = this.time.findIndex((at) => at >= before);
    this.time = this.time.slice(from);
    this.low = this.low.slice(from);
    this.high = this.high.slice(from);
  }
}
