import { beforeEach, describe, expect, it, vi } from "vitest";
import { eventText, FakeConnection, publishedText } from "../testing/fakes";
import { Feed, KEPT_LENGTH, LOG_LENGTH } from "./feed";

let connection: FakeConnection;
let feed: Feed;
let frames: FrameRequestCallback[];

/** The browser draws a frame. */
function frame() {
  for (const callback of frames.splice(0)) callback(0);
  return feed.getSnapshot();
}

beforeEach(() => {
  frames = [];
  vi.spyOn(window, "requestAnimationFrame").mockImplementation((callback) => frames.push(callback));
  connection = new FakeConnection();
  feed = new Feed(connection.asConnection());
});

describe("the feed", () => {
  it("publishes once a frame, however much came", () => {
    const published = vi.fn();
    feed.subscribe(published);
    for (let i = 0; i < 1000; ++i) connection.deliver(eventText(i));
    expect(published).not.toHaveBeenCalled();
    expect(frame().latest?.num).toBe(999);
    expect(published).toHaveBeenCalledTimes(1);
    frame();
    expect(published).toHaveBeenCalledTimes(1);
  });

  it("does not change a snapshot it has given", () => {
    connection.deliver(eventText(1));
    const before = frame();
    const copy = structuredClone(before);
    connection.deliver(eventText(2));
    frame();
    expect(before).toEqual(copy);
  });

  it("keeps the last messages, whatever they are", () => {
    const strange = ["", "not JSON", "[1]", eventText("one"), eventText(1, "prices"), "null"];
    for (const data of strange) connection.deliver(data);
    connection.deliver(new Uint8Array([0, 255]).buffer);
    const { entries, latest, received } = frame();
    expect(entries.map(({ kind, topic }) => topic ?? kind)).toEqual([
      "text",
      "text",
      "json",
      "random",
      "prices",
      "json",
      "binary",
    ]);
    expect(latest).toBeNull();
    expect(received).toBe(7);
  });

  it("stays bounded without any frame", () => {
    const big = "x".repeat(1 << 20);
    for (let i = 0; i < 3 * LOG_LENGTH; ++i) connection.deliver(i % 100 === 0 ? big : eventText(i));
    const { entries, received } = frame();
    expect(received).toBe(3 * LOG_LENGTH);
    expect(entries).toHaveLength(LOG_LENGTH);
    expect(entries.at(-1)?.id).toBe(3 * LOG_LENGTH);
    for (const { content } of entries) expect(content.length).toBeLessThanOrEqual(KEPT_LENGTH);
  });

  it("tells the size in bytes and whether it kept all", () => {
    connection.deliver("grüße");
    connection.deliver("ü".repeat(KEPT_LENGTH + 1));
    const [short, long] = frame().entries;
    expect(short).toMatchObject({ size: 7, isWhole: true });
    expect(long).toMatchObject({ size: 2 * (KEPT_LENGTH + 1), isWhole: false });
  });

  it("matches echoes to what was sent, in order, among events", () => {
    expect(feed.send("one")).toBe(true);
    expect(feed.send(new Uint8Array([1, 2]).buffer)).toBe(true);
    expect(frame().awaited).toBe(2);
    connection.deliver(eventText(1));
    connection.deliver("one");
    connection.deliver(new Uint8Array([1, 2]).buffer);
    connection.deliver("one");
    const { entries, awaited, lastEcho } = frame();
    expect(awaited).toBe(0);
    expect(
      entries.map(({ direction, roundTrip }) => direction + (roundTrip !== null ? "!" : "")),
    ).toEqual(["out", "out", "in", "in!", "in!", "in"]);
    expect(lastEcho?.kind).toBe("binary");
  });

  it("does not take an echo for an event", () => {
    feed.send(eventText(7));
    connection.deliver(eventText(7));
    expect(frame().latest).toBeNull();
  });

  it("sends nothing and logs nothing while the connection is down", () => {
    connection.become({ status: "reconnecting", retryAt: 0 });
    expect(feed.send("kept by who wrote it")).toBe(false);
    expect(frame().entries).toHaveLength(0);
  });

  it("waits for no echo from a connection that is gone", () => {
    feed.send("lost");
    connection.become({ status: "reconnecting", retryAt: 0 });
    connection.become({ status: "live" });
    connection.deliver("lost");
    expect(frame()).toMatchObject({ awaited: 0, lastEcho: null });
  });

  it("clears the log, and nothing else", () => {
    connection.deliver(eventText(1));
    feed.clear();
    expect(frame()).toMatchObject({ entries: [], received: 1, latest: { num: 1 } });
  });
});

describe("published events", () => {
  it("are told to the connection, which goes on from there", () => {
    connection.deliver(publishedText("prices", 1, "e:1"));
    connection.deliver(publishedText("news", 1, "e:2"));
    connection.deliver(eventText(1));
    expect(connection.position.ask(connection.address)).toContain("since=e%3A2");
  });

  it("are not taken from an echo", () => {
    const text = publishedText("prices", 1, "e:1");
    feed.send(text);
    connection.deliver(text);
    expect(frame().topics).toEqual([]);
    expect(connection.position.ask(connection.address)).toContain("last=");
  });

  it("are listed by topic, newest first, and nothing else is", () => {
    connection.deliver(publishedText("prices", 1, "e:1"));
    connection.deliver(publishedText("news", { a: [1] }, "e:2"));
    connection.deliver(publishedText("$lost", 1, "e:3"));
    connection.deliver(eventText(1));
    connection.deliver(eventText(1, "without an id"));
    expect(frame().topics).toMatchObject([
      { name: "news", payload: '{"a":[1]}', count: 1 },
      { name: "prices", payload: "1", count: 1 },
    ]);
  });

  it("do not disturb the number and its rhythm, not even on its topic", () => {
    const now = vi.spyOn(performance, "now");
    const at = (time: number, text: string) => {
      now.mockReturnValue(time);
      connection.deliver(text);
    };
    at(0, eventText(1));
    at(400, publishedText("prices", 1, "e:1"));
    at(700, publishedText("random", { num: 7, message: "published" }, "e:2"));
    at(800, '{"topic":"$recovered","payload":{"count":2}}');
    at(900, eventText(8, "other"));
    at(1000, eventText(2));
    expect(frame()).toMatchObject({
      latest: { num: 2, message: "Hello, world!" },
      regularity: { interval: 1000, jitter: 0 },
    });
    expect(feed.series.columns()[1].filter((value) => value === 7)).toEqual([]);
  });

  it("may be on a topic of any length, of which the log keeps the beginning", () => {
    connection.deliver(publishedText("t".repeat(100_000), 1, "e:1"));
    expect(frame().entries[0]?.topic).toBe("t".repeat(128));
  });
});
