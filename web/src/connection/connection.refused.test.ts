import { describe, expect, it, vi } from "vitest";
import { ConnectionBench, wake } from "../testing/server";
import type { ConnectionState } from "./connection";

const bench = ConnectionBench.forEachTest();

describe("a final refusal", () => {
  it.each([
    [4400, "The topic is invalid."],
    [4401, "Listening to 'prices' needs a token."],
    [4403, "Listening to 'prices' is not allowed."],
  ])("with %i ends the tries, with the reason", async (code, reason) => {
    bench.server.refusal = [code, reason];
    bench.connect();
    expect(await bench.reached("refused")).toEqual({ status: "refused", code, reason });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    vi.advanceTimersByTime(3_600_000);
    wake();
    window.dispatchEvent(new Event("online"));
    expect(bench.status()).toBe("refused");
    expect(bench.server.sockets).toHaveLength(1);
  });

  it.each([4400, 4403])("is what %i means, with a token too", async (code) => {
    bench.server.refusal = [code, "No."];
    bench.connect({ getToken: () => "token" });
    await bench.reached("refused");
  });

  it("may be tried again by hand", async () => {
    bench.server.refusal = [4403, "No."];
    bench.connect();
    await bench.reached("refused");
    bench.server.refusal = null;
    bench.connection.retryNow();
    await bench.reached("live");
  });

  it("stays while the network goes and comes back", async () => {
    bench.server.refusal = [4403, "No."];
    const { port } = bench.server;
    bench.connect({ address: `ws://0.0.0.0:${port}/` }); // this machine, but not by a name that works offline
    await bench.reached("refused");
    const onLine = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    window.dispatchEvent(new Event("offline"));
    expect(bench.status()).toBe("refused");
    onLine.mockReturnValue(true);
    window.dispatchEvent(new Event("online"));
    expect(bench.status()).toBe("refused");
  });
});

describe("a refusal for now", () => {
  it.each([
    [4429, "There are too many peers from this address."],
    [4503, "The server is shutting down."],
  ])("with %i is the cause, and the server is tried again", async (code, reason) => {
    bench.server.refusal = [code, reason];
    bench.connect();
    expect((await bench.reached("unreachable")).cause).toBe(reason);
    bench.server.refusal = null;
    await vi.waitFor(() => expect(bench.connection.getSnapshot()).toEqual({ status: "live" }));
  });

  it("makes the next wait longer, although the socket opens each time", async () => {
    bench.server.refusal = [4503, "The server is full."];
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const waits: number[] = [];
    bench.connect({ random: () => 0.999 }).subscribe(() => {
      const state = bench.connection.getSnapshot();
      if ("retryAt" in state) waits.push(Math.round(state.retryAt - Date.now()));
    });
    for (let i = 1; i <= 4; ++i) {
      await vi.waitUntil(() => waits.length === i, { interval: 1 });
      vi.advanceTimersByTime(5000);
    }
    expect(waits).toEqual([500, 999, 1998, 3996]);
  });

  it("is not replaced by the guess that an earlier try began", async () => {
    let answer = (_: Response) => {};
    vi.spyOn(globalThis, "fetch").mockReturnValue(
      new Promise((resolve) => {
        answer = resolve;
      }),
    );
    const unused = "ws://127.0.0.1:1/";
    bench.connect({ address: unused, random: () => 0.999 });
    await bench.reached("unreachable");
    Object.assign(bench.connection, { address: `ws://127.0.0.1:${bench.server.port}/` });
    bench.server.refusal = [4503, "The server is full."];
    bench.connection.retryNow();
    await vi.waitFor(async () =>
      expect((await bench.reached("unreachable")).cause).toBe("The server is full."),
    );
    answer(new Response("ready"));
    await new Promise((done) => setTimeout(done, 50));
    expect((await bench.reached("unreachable")).cause).toBe("The server is full.");
  });
});

describe("a socket that has just opened", () => {
  const states = (): ConnectionState[] => {
    const all: ConnectionState[] = [];
    bench.connection.subscribe(() => all.push(bench.connection.getSnapshot()));
    return all;
  };

  it("counts as one that may be refused until it is", async () => {
    bench.server.refusal = [4403, "No."];
    bench.connect();
    const all = states();
    await bench.reached("refused");
    expect(all.slice(0, -1)).toEqual([{ status: "live", mayBeRefused: true }]);
  });

  it("is accepted with the first message, before a listener gets that", async () => {
    bench.connect();
    const heard: unknown[] = [];
    bench.connection.onMessage(() => heard.push(bench.connection.getSnapshot()));
    await bench.reached("live");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    bench.server.sockets[0]?.send("first");
    await vi.waitUntil(() => heard.length > 0);
    expect(heard).toEqual([{ status: "live" }]);
  });

  it("is accepted after half a second of silence, unless it is closing", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    bench.connect();
    await vi.waitUntil(() => bench.status() === "live", { interval: 1 });
    vi.advanceTimersByTime(400);
    expect(bench.connection.getSnapshot()).toEqual({ status: "live", mayBeRefused: true });
    const readyState = vi.spyOn(WebSocket.prototype, "readyState", "get");
    readyState.mockReturnValue(WebSocket.CLOSING);
    vi.advanceTimersByTime(200);
    expect(bench.connection.getSnapshot()).toEqual({ status: "live", mayBeRefused: true });
    readyState.mockRestore();

    bench.connection.stop();
    bench.connection.start();
    await vi.waitUntil(() => bench.status() === "live", { interval: 1 });
    vi.advanceTimersByTime(500);
    expect(bench.connection.getSnapshot()).toEqual({ status: "live" });
  });

  it("has its own half second, not the rest of that of the socket before", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    bench.connect();
    await vi.waitUntil(() => bench.status() === "live", { interval: 1 });
    vi.advanceTimersByTime(300);
    bench.connection.stop();
    bench.connection.start();
    await vi.waitUntil(() => bench.status() === "live", { interval: 1 });
    vi.advanceTimersByTime(300);
    expect(bench.connection.getSnapshot()).toEqual({ status: "live", mayBeRefused: true });
  });

  it("can send", async () => {
    bench.connect();
    const all = states();
    const messages: unknown[] = [];
    bench.connection.onMessage((data) => messages.push(data));
    await vi.waitFor(() => expect(all).toHaveLength(1), { interval: 1 });
    expect(bench.connection.send("at once")).toBe(true);
    await vi.waitFor(() => expect(messages).toEqual(["at once"]));
  });
});
