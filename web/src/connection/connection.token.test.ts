import { describe, expect, it, vi } from "vitest";
import { ConnectionBench } from "../testing/server";

const bench = ConnectionBench.forEachTest();

/** Gives "t1", "t2" and so on. */
function counting() {
  let count = 0;
  return vi.fn(() => `t${++count}`);
}

/** Gives promises that the test settles, in order. */
function deferred() {
  const answers: { resolve: (token: string) => void; reject: (error: unknown) => void }[] = [];
  const getToken = () =>
    new Promise<string>((resolve, reject) => answers.push({ resolve, reject }));
  return { getToken, answers };
}

/** Gives what should not happen the time to happen. */
const settled = () => new Promise((done) => setTimeout(done, 50));

describe("the token", () => {
  it("is not offered where there is none", async () => {
    bench.connect();
    await bench.reached("live");
    expect(bench.server.offers).toEqual(["ws-demo.v1"]);
  });

  it("is asked for before each connection", async () => {
    const getToken = counting();
    bench.connect({ getToken });
    await bench.reached("live");
    bench.server.sockets[0]?.terminate();
    await vi.waitFor(() => expect(bench.server.sockets).toHaveLength(2));
    expect(bench.server.offers).toEqual(["ws-demo.v1,bearer.t1", "ws-demo.v1,bearer.t2"]);
    expect(getToken).toHaveBeenCalledTimes(2);
  });

  it("is waited for, and the position is that of the moment when it comes", async () => {
    const { getToken, answers } = deferred();
    bench.connect({ getToken });
    await settled();
    expect(bench.status()).toBe("connecting");
    expect(bench.server.sockets).toHaveLength(0);
    bench.connection.position.saw("e1:7");
    answers[0]?.resolve("late");
    await bench.reached("live");
    expect(bench.server.offers).toEqual(["ws-demo.v1,bearer.late"]);
    expect(bench.server.queries).toEqual(["since=e1%3A7"]);
  });

  it.each([null, ""])("may be %j", async (token) => {
    bench.connect({ getToken: async () => token });
    await bench.reached("live");
    expect(bench.server.offers).toEqual(["ws-demo.v1"]);
  });
});

describe("a token that comes too late", () => {
  it("opens nothing after a stop, nor beside the one of the next start", async () => {
    const { getToken, answers } = deferred();
    bench.connect({ getToken });
    bench.connection.stop();
    answers[0]?.resolve("old");
    await settled();
    expect(bench.status()).toBe("closed");
    expect(bench.server.sockets).toHaveLength(0);

    bench.connection.start();
    bench.connection.stop();
    bench.connection.start();
    answers[1]?.resolve("old");
    await settled();
    expect(bench.server.sockets).toHaveLength(0);
    answers[2]?.resolve("new");
    await bench.reached("live");
    expect(bench.server.offers).toEqual(["ws-demo.v1,bearer.new"]);
  });

  it("opens nothing without a network", async () => {
    const { getToken, answers } = deferred();
    const opened = vi.spyOn(globalThis, "WebSocket");
    bench.connect({ getToken, address: "ws://ws-demo.invalid/" });
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    window.dispatchEvent(new Event("offline"));
    answers[0]?.resolve("old");
    await settled();
    expect(opened).not.toHaveBeenCalled();
    expect(bench.status()).toBe("offline");
  });

  it("fails the try: the next one asks again, and the late answer is ignored", async () => {
    const { getToken, answers } = deferred();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    bench.connect({ getToken });
    vi.advanceTimersByTime(9999);
    expect(bench.status()).toBe("connecting");
    vi.advanceTimersByTime(1);
    expect(bench.connection.getSnapshot()).toMatchObject({
      status: "unreachable",
      cause: "Getting a token takes too long.",
    });
    vi.advanceTimersByTime(500);
    expect(answers).toHaveLength(2);
    vi.useRealTimers();
    answers[0]?.reject(new Error("too late"));
    answers[1]?.resolve("new");
    await bench.reached("live");
    expect(bench.server.offers).toEqual(["ws-demo.v1,bearer.new"]);
  });
});

describe("a token that cannot be had", () => {
  it.each([
    ["rejects", () => Promise.reject(new Error("signed out"))],
    [
      "throws",
      () => {
        throw new Error("signed out");
      },
    ],
  ])("is asked for again where getToken %s", async (_, fail) => {
    const getToken = vi
      .fn<() => string | Promise<string>>(() => "good")
      .mockImplementationOnce(fail);
    bench.connect({ getToken });
    const { cause, retryAt } = await bench.reached("unreachable");
    expect(cause).toBe("Getting a token failed: signed out");
    expect(retryAt).toBeGreaterThan(Date.now() - 1000);
    await bench.reached("live");
    expect(bench.server.offers).toEqual(["ws-demo.v1,bearer.good"]);
  });

  it("is asked for after a longer wait each time", async () => {
    const getToken = vi.fn(() => Promise.reject(new Error("signed out")));
    const waits: number[] = [];
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    bench.connect({ getToken, random: () => 0.999 }).subscribe(() => {
      const state = bench.connection.getSnapshot();
      if ("retryAt" in state) waits.push(Math.round(state.retryAt - Date.now()));
    });
    for (let i = 0; i < 4; ++i) await vi.advanceTimersByTimeAsync(10_000);
    expect(waits.slice(0, 4)).toEqual([500, 999, 1998, 3996]);
  });

  it("because its characters cannot be sent is a failed try, and is not shown", async () => {
    bench.connect({ getToken: () => "not to be seen" });
    const { cause } = await bench.reached("unreachable");
    expect(cause).toContain("characters that cannot be sent");
    expect(cause).not.toContain("seen");
    expect(bench.server.sockets).toHaveLength(0);
  });
});

describe("a token that expires", () => {
  const expire = (socket: number) => bench.server.sockets[socket]?.close(1008, "token expired");

  it("is replaced at once, and nothing is missed", async () => {
    bench.connect({ getToken: counting(), random: () => 0.999 });
    await bench.reached("live");
    bench.connection.position.saw("e1:7");
    const states = bench.history();
    expire(0);
    await vi.waitFor(() => expect(states).toEqual(["connecting", "live"]));
    expect(bench.server.offers.at(-1)).toBe("ws-demo.v1,bearer.t2");
    expect(bench.server.queries.at(-1)).toBe("since=e1%3A7");
  });

  it("is replaced after a wait if another expired shortly before", async () => {
    bench.connect({ getToken: () => "old", random: () => 0.999 });
    await bench.reached("live");
    expire(0);
    await vi.waitFor(() => expect(bench.server.sockets).toHaveLength(2));
    await bench.reached("live");
    expire(1);
    const { retryAt } = await bench.reached("reconnecting");
    expect(retryAt).toBeGreaterThan(Date.now());
    bench.connection.retryNow();
    await bench.reached("live");

    bench.connection.stop();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    bench.connection.start();
    await vi.waitUntil(() => bench.status() === "live");
    vi.advanceTimersByTime(5000); // now it has held
    const states = bench.history();
    expire(3);
    await vi.waitUntil(() => bench.server.sockets.length === 5);
    expect(states[0]).toBe("connecting");
  });

  it("is not assumed of other closes with 1008", async () => {
    bench.connect({ getToken: counting(), random: () => 0.999 });
    await bench.reached("live");
    bench.server.sockets[0]?.close(1008, "too slow");
    await bench.reached("reconnecting");
  });

  it("is refused, and then another may do", async () => {
    bench.server.refusal = [4401, "The token has expired."];
    bench.connect({ getToken: counting() });
    const { cause } = await bench.reached("unreachable");
    expect(cause).toBe("The token has expired.");
    bench.server.refusal = null;
    await vi.waitFor(() => expect(bench.connection.getSnapshot()).toEqual({ status: "live" }));
    expect(bench.server.offers.length).toBeGreaterThan(1);
    expect(bench.server.offers.at(-1)).toBe(`ws-demo.v1,bearer.t${bench.server.offers.length}`);
  });
});
