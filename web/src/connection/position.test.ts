import { beforeEach, describe, expect, it } from "vitest";
import { Position } from "./position";

let position: Position;

beforeEach(() => {
  position = new Position();
});

/** The query of the next connection. */
const asked = (address = "ws://h/ws?topic=*") => position.ask(address).split("?")[1];

describe("a position", () => {
  it("asks for the newest of each topic at first, however often that fails", () => {
    expect(position.isFirst).toBe(true);
    expect(asked()).toBe("topic=*&last=1");
    expect(asked()).toBe("topic=*&last=1");
  });

  it("then asks for what came after the newest event", () => {
    asked();
    position.saw("5f3a91c2:9");
    position.saw("5f3a91c2:10");
    position.caughtUp();
    expect(position.isFirst).toBe(false);
    expect(asked()).toBe("topic=*&since=5f3a91c2%3A10");
  });

  it("asks for what came after the position that it was told, where nothing has come", () => {
    asked();
    position.saw("5f3a91c2:0");
    position.caughtUp();
    expect(asked()).toBe("topic=*&since=5f3a91c2%3A0");
  });

  it("leaves the first question of an address that has one of its own, and only that", () => {
    expect(asked("ws://h/?since=a:1")).toBe("since=a:1");
    expect(asked("ws://h/?last=5")).toBe("last=5");
    position.saw("a:2");
    expect(asked("ws://h/?last=5&topic=x")).toBe("topic=x&since=a%3A2");
  });

  it.each([
    "",
    "7",
    ":7",
    "a:",
    "a:b",
    "a b:7",
    "a:7\n",
    `${"a".repeat(33)}:7`,
    `a:${"1".repeat(21)}`,
    "a:18446744073709551616", // 2^64: the server would refuse it
  ])("does not remember what is no id: %j", (id) => {
    position.saw("a:18446744073709551615");
    position.saw(id);
    expect(asked()).toBe("topic=*&since=a%3A18446744073709551615");
  });
});
