import { describe, expect, it } from "vitest";
import { Series, WINDOW_MS } from "./series";

describe("Series", () => {
  it("keeps slow values one by one", () => {
    const series = new Series();
    series.add(1000, 5);
    series.add(2000, 3);
    expect(series.columns()).toEqual([
      [1000, 2000],
      [5, 3],
      [5, 3],
    ]);
  });

  it("keeps the least and the greatest of fast ones", () => {
    const series = new Series();
    for (const value of [5, 9, 1, 4]) series.add(1000, value);
    series.add(1099, 7);
    series.add(1100, 8);
    expect(series.columns()).toEqual([
      [1000, 1100],
      [1, 8],
      [9, 8],
    ]);
  });

  it("shows a silence as a gap", () => {
    const series = new Series();
    series.add(0, 1);
    series.add(1000, 2);
    series.add(4000, 3);
    series.add(8000, 4);
    expect(series.columns()).toEqual([
      [0, 1000, 4000, 6000, 8000],
      [1, 2, 3, null, 4],
      [1, 2, 3, null, 4],
    ]);
  });

  it("knows a slow rhythm from a gap", () => {
    const series = new Series();
    for (let at = 0; at <= 50_000; at += 10_000) series.add(at, 1);
    expect(series.columns()[1]).not.toContain(null);
  });

  it("shows a lost connection as a gap, however short", () => {
    const series = new Series();
    series.breakLine();
    series.add(0, 1);
    series.breakLine();
    series.add(50, 2);
    expect(series.columns()[1]).toEqual([1, null, 2]);
  });

  it("stays bounded", () => {
    const series = new Series();
    for (let at = 0; at < 20 * WINDOW_MS; at += 20) series.add(at, at);
    const [time] = series.columns();
    expect(time.length).toBeLessThan(1600);
    expect(time[0]).toBeLessThanOrEqual(19 * WINDOW_MS);
    expect(time.at(-1)).toBeGreaterThan(20 * WINDOW_MS - 200);
  });
});
