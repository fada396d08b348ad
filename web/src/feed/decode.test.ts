import { describe, expect, it } from "vitest";
import { asCount, asRandomPayload, asReason, decode } from "./decode";

describe("decode", () => {
  it("knows an event", () => {
    expect(decode('{"topic":"random","payload":{"num":1,"message":"m"}}')).toEqual({
      kind: "event",
      topic: "random",
      payload: { num: 1, message: "m" },
      id: null,
    });
    expect(decode('{"payload":null,"topic":"","id":"x:1"}')).toEqual({
      kind: "event",
      topic: "",
      payload: null,
      id: "x:1",
    });
    expect(decode('{"topic":"t","payload":1,"id":2}')).toMatchObject({ id: null });
  });

  it.each(["{}", "[]", "null", "1", '"text"', '{"topic":1,"payload":2}', '{"topic":"t"}', "[1,2]"])(
    "knows JSON that is no event: %s",
    (text) => expect(decode(text)).toEqual({ kind: "json" }),
  );

  it.each(["", "hello", "{", '{"topic":"t","payload":}', "\u0000", "NaN"])(
    "knows text that is not JSON: %j",
    (text) => expect(decode(text)).toEqual({ kind: "text" }),
  );

  it("knows binary", () => {
    expect(decode(new ArrayBuffer(3))).toEqual({ kind: "binary" });
  });

  it("survives nesting that is too deep for a parser", () => {
    expect(() => decode("[".repeat(1_000_000))).not.toThrow();
  });
});

describe("asRandomPayload", () => {
  it("takes what can be plotted", () => {
    expect(asRandomPayload({ num: 4294967295, message: "Hello, world!" })).toEqual({
      num: 4294967295,
      message: "Hello, world!",
    });
  });

  it.each([
    null,
    1,
    "text",
    [],
    {},
    { num: "1", message: "" },
    { num: 1 },
    { num: Number.NaN, message: "" },
    { num: Number.POSITIVE_INFINITY, message: "" },
  ])("takes nothing else: %j", (payload) => expect(asRandomPayload(payload)).toBeNull());
});

describe("asCount", () => {
  it("takes a whole number", () => {
    expect(asCount({ count: 3 })).toBe(3);
  });

  it.each([null, 3, [], {}, { count: "3" }, { count: -1 }, { count: 1.5 }, { count: 1e300 }])(
    "takes nothing else: %j",
    (payload) => expect(asCount(payload)).toBe(0),
  );
});

describe("asReason", () => {
  it("takes a text, of a long one the beginning", () => {
    expect(asReason({ reason: "old" })).toBe("old");
    expect(asReason({ reason: "x".repeat(10_000) })).toBe("x".repeat(200));
  });

  it.each([null, "x", {}, { reason: 1 }])("takes nothing else: %j", (payload) =>
    expect(asReason(payload)).toBe(""),
  );
});
