import type { AddressInfo } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { ConnectionBench, TestServer, wake } from "../testing/server";

const bench = ConnectionBench.forEachTest();

describe("when it is lost", () => {
  it.each([1001, 1011, 1012, 1013])("comes back after a close with %i", async (code) => {
    bench.connect();
    await bench.reached("live");
    const states = bench.history();
    bench.server.sockets[0]?.close(code);
    await vi.waitFor(() => expect(states).toEqual(["reconnecting", "connecting", "live"]));
    expect(bench.server.sockets).toHaveLength(2);
  });

  it("comes back when the server does, and says meanwhile that it does not answer", async () => {
    bench.connect();
    await bench.reached("live");
    const { port } = bench.server;
    await bench.server.stop();
    const { cause } = await vi.waitFor(async () => {
      const state = await bench.reached("unreachable");
      expect(state.cause).not.toBe("");
      return state;
    });
    expect(cause).toContain("not running");
    bench.server = await TestServer.start(port);
    await bench.reached("live");
  });

  it("says when the next try is, and does not wait when told so", async () => {
    bench.connect({ random: () => 0.99 });
    await bench.reached("live");
    bench.server.sockets[0]?.terminate();
    const { retryAt } = await bench.reached("reconnecting");
    expect(retryAt - Date.now()).toBeGreaterThan(0);
    expect(retryAt - Date.now()).toBeLessThanOrEqual(500);
    bench.connection.retryNow();
    expect(bench.status()).toBe("connecting");
    await bench.reached("live");
    expect(bench.server.sockets).toHaveLength(2);
  });

  it("does not hear a socket it has replaced", async () => {
    const messages: unknown[] = [];
    bench.connect({ random: () => 0 }).onMessage((data) => messages.push(data));
    await bench.reached("live");
    const old = bench.server.sockets[0];
    bench.server.echoes = false;
    wake();
    await vi.waitFor(() => expect(bench.server.sockets).toHaveLength(2), { timeout: 3000 });
    await bench.reached("live");
    old?.send("from the old one");
    bench.server.sockets[1]?.send("from the new one");
    await vi.waitFor(() => expect(messages).toEqual(["from the new one"]));
  });
});

describe("how long it waits", () => {
  it("doubles with each failed try, and starts again only after a connection has held", async () => {
    bench.connect({ random: () => 0.999 });
    await bench.reached("live");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const waits = new Map<number, number>();
    bench.connection.subscribe(() => {
      const state = bench.connection.getSnapshot();
      if ("retryAt" in state && !waits.has(state.retryAt))
        waits.set(state.retryAt, Math.round(state.retryAt - Date.now()));
    });
    const until = (status: string) =>
      vi.waitUntil(() => bench.status() === status, { interval: 1 });
    const { port } = bench.server;
    await bench.server.stop();
    await until("reconnecting");
    for (let i = 0; i < 3; ++i) {
      vi.advanceTimersByTime(10_000);
      await until("unreachable");
    }
    bench.server = await TestServer.start(port);
    vi.advanceTimersByTime(10_000);
    await until("live");
    bench.server.sockets[0]?.terminate(); // it has not held
    await until("reconnecting");
    vi.advanceTimersByTime(10_000);
    await until("live");
    vi.advanceTimersByTime(5000); // now it has
    bench.server.sockets[1]?.terminate();
    await until("reconnecting");
    expect([...waits.values()]).toEqual([500, 999, 1998, 3996, 7992, 500]);
  });

  it("gives up a handshake that gets no answer", async () => {
    const net = await import("node:net");
    const mute = net.createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((listening) => mute.once("listening", listening));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    bench.connect({ address: `ws://127.0.0.1:${(mute.address() as AddressInfo).port}/` });
    vi.advanceTimersByTime(10_000);
    expect(bench.status()).toBe("unreachable");
    bench.connection.stop();
    mute.close();
  });
});
