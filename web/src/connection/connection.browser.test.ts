import { describe, expect, it, vi } from "vitest";
import { ConnectionBench, wake } from "../testing/server";

const bench = ConnectionBench.forEachTest();

describe("a page that wakes", () => {
  it("keeps a socket that answers, and nobody sees the question", async () => {
    const messages: unknown[] = [];
    bench.connect().onMessage((data) => messages.push(data));
    await bench.reached("live");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let answered = false;
    bench.server.sockets[0]?.once("message", () => {
      answered = true;
    });
    wake();
    await vi.waitUntil(() => answered);
    bench.server.sockets[0]?.send("after the answer");
    await vi.waitUntil(() => messages.length > 0);
    vi.advanceTimersByTime(2000);
    expect(bench.status()).toBe("live");
    expect(messages).toEqual(["after the answer"]);
    expect(bench.server.sockets).toHaveLength(1);
  });

  it("replaces a silent socket within two seconds", async () => {
    bench.connect();
    await bench.reached("live");
    bench.server.echoes = false;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    wake();
    vi.advanceTimersByTime(2000);
    expect(bench.status()).toBe("connecting");
    await vi.waitUntil(() => bench.status() === "live");
    expect(bench.server.sockets).toHaveLength(2);
  });
});

describe("without a network", () => {
  const goOffline = (offline: boolean) => {
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(!offline);
    window.dispatchEvent(new Event(offline ? "offline" : "online"));
  };

  it("waits for it, and then does not wait longer", async () => {
    bench.connect({ address: "ws://ws-demo.invalid/" });
    goOffline(true);
    expect(bench.status()).toBe("offline");
    goOffline(false);
    expect(bench.status()).toBe("connecting");
  });

  it("still reaches a server on this machine", async () => {
    bench.connect();
    await bench.reached("live");
    goOffline(true);
    expect(bench.status()).toBe("live");
    bench.server.sockets[0]?.terminate();
    await bench.reached("live");
  });
});
