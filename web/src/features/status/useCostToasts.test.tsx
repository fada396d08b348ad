import { renderHook } from "@testing-library/react";
import { toast } from "sonner";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Feed } from "../../feed/feed";
import { FakeConnection } from "../../testing/fakes";
import { QUIET_MS, useCostToasts } from "./useCostToasts";

let connection: FakeConnection;
let said: string[];
let frames: FrameRequestCallback[];

beforeEach(() => {
  said = [];
  const listen = (kind: string) => (text: unknown, data?: { id?: unknown }) =>
    said.push(`${kind} ${String(data?.id)}: ${String(text)}`);
  vi.spyOn(toast, "success").mockImplementation(listen("success"));
  vi.spyOn(toast, "warning").mockImplementation(listen("warning"));
  frames = [];
  vi.spyOn(window, "requestAnimationFrame").mockImplementation((callback) => frames.push(callback));
  connection = new FakeConnection();
  const feed = new Feed(connection.asConnection());
  renderHook(() => useCostToasts(feed));
  say("$recovered", { count: 5 });
});

function say(topic: string, payload: unknown) {
  connection.deliver(JSON.stringify({ topic, payload }));
  for (const callback of frames.splice(0)) callback(0);
}

function interrupt() {
  connection.become({ status: "reconnecting", retryAt: 0 });
  connection.become({ status: "live" });
}

describe("useCostToasts", () => {
  it("says nothing when the page opens, nor of an interruption that cost nothing", () => {
    interrupt();
    say("$recovered", { count: 0 });
    expect(said).toEqual([]);
  });

  it("says once what was recovered, in the toast of the connection", () => {
    interrupt();
    say("$recovered", { count: 2 });
    say("random", { num: 1, message: "" });
    expect(said).toEqual(["success connection: Connected again: 2 missed events recovered"]);
    interrupt();
    say("$recovered", { count: 2 });
    expect(said).toHaveLength(2);
  });

  it("warns of what was lost", () => {
    interrupt();
    say("$gap", { reason: "too long ago" });
    expect(said).toEqual([]);
    say("$recovered", { count: 0 });
    expect(said).toEqual([
      "warning connection: Connected again, but events were lost: too long ago",
    ]);
  });

  it("says that the page is too slow, but not each time", () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    for (let i = 0; i < 10; ++i) say("$lost", { count: 3 });
    vi.setSystemTime(Date.now() + QUIET_MS);
    say("$lost", { count: 3 });
    expect(said).toEqual([
      "warning lost: 3 events were lost: this page was too slow",
      "warning lost: 33 events were lost: this page was too slow",
    ]);
    vi.useRealTimers();
  });
});
