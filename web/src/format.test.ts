import { expect, it } from "vitest";
import { formatCompact, formatDuration, formatNumber, formatSize, formatTime } from "./format";

it("writes durations with three digits or so", () => {
  expect([0.0004, 0.85, 1.24, 340.4, 1000, 90_000].map(formatDuration)).toEqual([
    "0 µs",
    "850 µs",
    "1.2 ms",
    "340 ms",
    "1.00 s",
    "1.5 min",
  ]);
});

it("writes sizes in binary units", () => {
  expect([0, 1023, 1024, 65_536, 1_572_864].map(formatSize)).toEqual([
    "0 B",
    "1023 B",
    "1 KiB",
    "64 KiB",
    "1.5 MiB",
  ]);
});

it("writes numbers for reading", () => {
  expect(formatNumber(4_294_967_295)).toBe("4,294,967,295");
  expect(formatCompact(4_294_967_295)).toBe("4.3B");
});

it("writes the time of day to the millisecond", () => {
  expect(formatTime(new Date(2026, 0, 2, 3, 4, 5, 6).getTime())).toBe("03:04:05.006");
});
