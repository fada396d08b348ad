import { describe, expect, it, vi } from "vitest";
import { ConnectionBench } from "../testing/server";

const bench = ConnectionBench.forEachTest();

describe("a connection", () => {
  it("goes from connecting to live", async () => {
    expect(bench.connect().getSnapshot().status).toBe("connecting");
    await bench.reached("live");
    expect(bench.server.sockets).toHaveLength(1);
  });

  it("opens one socket however often it is started", async () => {
    bench.connect().start();
    bench.connection.start();
    await bench.reached("live");
    expect(bench.server.sockets).toHaveLength(1);
  });

  it("gives messages as they come, text and binary", async () => {
    const messages: unknown[] = [];
    bench.connect().onMessage((data) => messages.push(data));
    await bench.reached("live");
    bench.server.sockets[0]?.send("text");
    bench.server.sockets[0]?.send(Buffer.from([1, 2]));
    await vi.waitFor(() => expect(messages).toHaveLength(2));
    expect(messages[0]).toBe("text");
    expect(new Uint8Array(messages[1] as ArrayBuffer)).toEqual(new Uint8Array([1, 2]));
  });

  it("sends only while it is live", async () => {
    expect(bench.connect().send("too early")).toBe(false);
    const messages: unknown[] = [];
    bench.connection.onMessage((data) => messages.push(data));
    await bench.reached("live");
    expect(bench.connection.send("now")).toBe(true);
    await vi.waitFor(() => expect(messages).toEqual(["now"]));
    bench.connection.stop();
    expect(bench.connection.send("too late")).toBe(false);
  });

  it("closes with 1000 when it is stopped, and stays closed", async () => {
    bench.connect();
    await bench.reached("live");
    bench.connection.stop();
    expect(bench.status()).toBe("closed");
    await vi.waitFor(() => expect(bench.server.closes).toEqual([1000]));
    bench.connection.retryNow();
    expect(bench.status()).toBe("closed");
  });

  it("may be started again", async () => {
    bench.connect();
    await bench.reached("live");
    bench.connection.stop();
    bench.connection.start();
    await bench.reached("live");
    expect(bench.server.sockets).toHaveLength(2);
  });
});

describe("what it asks to be told first", () => {
  it("is the newest of each topic, and then what came after the newest it has been told of", async () => {
    bench.connect();
    await bench.reached("live");
    bench.connection.position.saw("e1:7");
    bench.server.sockets[0]?.terminate();
    await vi.waitFor(() => expect(bench.server.queries).toEqual(["last=1", "since=e1%3A7"]));
  });

  it("is the same however often it tries, and after a stop", async () => {
    bench.connect();
    await bench.reached("live");
    bench.connection.position.saw("e1:7");
    bench.connection.stop();
    bench.connection.start();
    await bench.reached("live");
    bench.server.sockets[1]?.close(1008);
    await vi.waitFor(() =>
      expect(bench.server.queries.slice(1)).toEqual(Array(2).fill("since=e1%3A7")),
    );
  });
});
