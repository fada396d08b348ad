import { describe, expect, it } from "vitest";
import { asRefusal, isTokenExpired } from "./refusal";

describe("asRefusal", () => {
  it.each([
    [4400, true, true],
    [4401, true, false],
    [4403, true, true],
    [4429, false, false],
    [4499, true, true],
    [4500, false, false],
    [4503, false, false],
    [4599, false, false],
  ])("of %i is final without tokens: %s, with them: %s", (code, without, withTokens) => {
    expect(asRefusal(code, "Why.", false)).toEqual({ reason: "Why.", isFinal: without });
    expect(asRefusal(code, "Why.", true)).toEqual({ reason: "Why.", isFinal: withTokens });
  });

  it.each([4400, 4401, 4403, 4418, 4429, 4503])("has words of its own for a bare %i", (code) => {
    expect(asRefusal(code, "", false)?.reason).toMatch(/^The.*\.$/);
  });

  it.each([1000, 1006, 1008, 1013, 4000, 4399, 4600])("is none of %i", (code) => {
    expect(asRefusal(code, "Why.", true)).toBeNull();
  });
});

describe("isTokenExpired", () => {
  it.each([
    [1008, "token expired", true],
    [1008, "too slow", false],
    [4401, "token expired", false],
  ])("of %i %s is %s", (code, reason, expected) => {
    expect(isTokenExpired(code, reason)).toBe(expected);
  });
});
