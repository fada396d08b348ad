import { describe, expect, it } from "vitest";
import { asRandomPayload, decode } from "./decode";

describe("decode", () => {
  it("knows an event", () => {
    expect(decode('{"topic":"random","payload":{"num":1,"message":"m"}}')).toEqual({
      kind: "event",
      topic: "random",
      payload: { num: 1, message: "m" },
    });
    expect(decode('{"payload":null,"topic":"","id":"x:1"}')).toEqual({
      kind: "event",
      topic: "",
      payload: null,
    });
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
