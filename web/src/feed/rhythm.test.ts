import { describe, expect, it } from "vitest";
import { Rhythm } from "./rhythm";

describe("Rhythm", () => {
  it("knows nothing before the second event", () => {
    const rhythm = new Rhythm();
    expect(rhythm.read()).toBeNull();
    rhythm.beat(0);
    expect(rhythm.read()).toBeNull();
  });

  it("has no jitter when the events are regular", () => {
    const rhythm = new Rhythm();
    for (let i = 0; i < 10; ++i) rhythm.beat(i * 250);
    expect(rhythm.read()).toEqual({ interval: 250, jitter: 0 });
  });

  it("finds the interval and its mean deviation", () => {
    const rhythm = new Rhythm();
    for (let i = 0; i < 1000; ++i) rhythm.beat(i * 1000 + (i % 2) * 100);
    const { interval, jitter } = rhythm.read() ?? { interval: 0, jitter: 0 };
    expect(interval).toBeCloseTo(1000, -1);
    expect(jitter).toBeCloseTo(100, -1);
  });

  it("does not count the time a connection was down", () => {
    const rhythm = new Rhythm();
    rhythm.beat(0);
    rhythm.beat(1000);
    rhythm.pause();
    rhythm.beat(60_000);
    rhythm.beat(61_000);
    expect(rhythm.read()).toEqual({ interval: 1000, jitter: 0 });
  });
});
