import { describe, expect, it } from "vitest";
import { interruptionText, lossText } from "./costText";

describe("interruptionText", () => {
  it.each([
    [1, null, "1 missed event recovered"],
    [3, null, "3 missed events recovered"],
    [12_345, null, "12,345 missed events recovered"],
    [0, "it is too old", "events were lost: it is too old"],
    [0, "", "events were lost"],
    [2, "it is too old", "events were lost: it is too old; 2 missed events recovered"],
  ])("of %i and %j", (recovered, gap, text) => {
    expect(interruptionText({ recovered, gap, at: 0 })).toBe(text);
  });
});

describe("lossText", () => {
  it.each([
    [1, "1 event was lost: this page was too slow"],
    [12, "12 events were lost: this page was too slow"],
  ])("of %i", (count, text) => {
    expect(lossText({ count, at: 0 })).toBe(text);
  });
});
