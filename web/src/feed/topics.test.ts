import { beforeEach, describe, expect, it } from "vitest";
import { NAME_LENGTH, PAYLOAD_LENGTH, TOPICS_KEPT, Topics } from "./topics";

let topics: Topics;

beforeEach(() => {
  topics = new Topics();
});

const names = () => topics.read().map(({ name }) => name);

describe("topics", () => {
  it("have their newest payload, how many came, and when the last did", () => {
    topics.add("prices", { eur: 1 }, 100);
    topics.add("prices", { eur: 2 }, 200);
    expect(topics.read()).toEqual([
      { name: "prices", payload: '{"eur":2}', isWhole: true, count: 2, at: 200 },
    ]);
  });

  it("come newest first, and the longest silent goes", () => {
    for (let i = 0; i < TOPICS_KEPT; ++i) topics.add(`topic ${i}`, i, i);
    topics.add("topic 0", "again", 100);
    topics.add("one more", null, 101);
    expect(names()).toHaveLength(TOPICS_KEPT);
    expect(names().slice(0, 2)).toEqual(["one more", "topic 0"]);
    expect(names()).not.toContain("topic 1");
    expect(names()).toContain("topic 2");
  });

  it("are the same array until something changes", () => {
    topics.add("a", 1, 1);
    const before = topics.read();
    expect(topics.read()).toBe(before);
    topics.add("b", 1, 1);
    expect(topics.read()).not.toBe(before);
    expect(before).toHaveLength(1);
  });

  it("keep only the beginning of what is long", () => {
    topics.add("n".repeat(100_000), "p".repeat(100_000), 1);
    const [topic] = topics.read();
    expect(topic?.name).toHaveLength(NAME_LENGTH);
    expect(topic).toMatchObject({ isWhole: false, payload: `"${"p".repeat(PAYLOAD_LENGTH - 1)}` });
  });

  it("may be called anything and hold anything", () => {
    const deep = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
    for (const name of ["__proto__", "constructor", "", "<b>", "\u202e"]) topics.add(name, deep, 1);
    expect(topics.read()).toHaveLength(5);
    expect(topics.read()[0]?.payload).toContain("too deeply");
  });
});
