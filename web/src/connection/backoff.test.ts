import { describe, expect, it } from "vitest";
import { LONGEST_WAIT_MS, retryDelay } from "./backoff";

describe("retryDelay", () => {
  it("doubles its limit from half a second to twenty", () => {
    const limits = [0, 1, 2, 3, 4, 5, 6, 7].map((failures) => retryDelay(failures, () => 1));
    expect(limits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]);
  });

  it("stays at the limit however many tries have failed", () => {
    expect(retryDelay(5000, () => 1)).toBe(LONGEST_WAIT_MS);
  });

  it("may be anything from nothing to the limit", () => {
    expect(retryDelay(3, () => 0)).toBe(0);
    expect(retryDelay(3, () => 0.25)).toBe(1000);
  });
});
