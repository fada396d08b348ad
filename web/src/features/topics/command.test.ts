import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { publishCommand } from "./command";

/** What a shell makes of the command: the arguments of a curl that only prints them. */
const parsed = (address: string): string[] =>
  execFileSync("sh", ["-c", `curl() { printf '%s\\n' "$@"; }; ${publishCommand(address)}`], {
    encoding: "utf8",
  })
    .trimEnd()
    .split("\n");

it("is what a shell takes to publish", () => {
  expect(publishCommand("ws://localhost:9001/ws?topic=random&topic=*")).toBe(
    "curl -X POST http://localhost:9001/topics/prices -H 'Authorization: Bearer TOKEN' " +
      `-H 'Content-Type: application/json' -d '{"eur": 1.10}'`,
  );
  expect(parsed("wss://example.com/ws")).toEqual([
    "-X",
    "POST",
    "https://example.com/topics/prices",
    "-H",
    "Authorization: Bearer TOKEN",
    "-H",
    "Content-Type: application/json",
    "-d",
    '{"eur": 1.10}',
  ]);
});

it.each([
  ["topic=random&topic=news.*", "news.prices"],
  ["topic=news/today", "news/today"],
  ["topic=news&topic=*", "prices"],
  ["topic=random", "prices"],
  ["topic=%24(id)", "prices"],
])("is about a topic that the page hears: %s", (query, topic) => {
  expect(parsed(`ws://h/?${query}`)[2]).toBe(`http://h/topics/${topic}`);
});

it.each(["ws://$(id)/", "ws://a;id/", "ws://a`id`/", "ws://a'$(id)'b/", "ws://$(id)&b@h/"])(
  "lets no command in from an address: %s",
  (address) => {
    expect(parsed(address)).toHaveLength(9);
    expect(parsed(address)[2]).toBe(`http${new URL("/topics/prices", address).href.slice(2)}`);
  },
);
