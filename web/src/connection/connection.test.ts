import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket as NodeSocket, WebSocketServer } from "ws";
import { Connection, type ConnectionState } from "./connection";

/** ws's client, which is a browser's but for this: there an error that nobody listens for is no exception. */
class BrowserSocket extends NodeSocket {
  constructor(address: string) {
    super(address);
    this.on("error", () => {});
  }
}

/** A real server on a port of the system's choice, and what happened to it. */
class TestServer {
  readonly sockets: NodeSocket[] = [];
  readonly closes: number[] = [];
  /** What each socket asked for. */
  readonly queries: (string | undefined)[] = [];
  /** What it does with a message: echo, as ws-demo does. */
  echoes = true;
  private readonly server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.server = server;
    server.on("connection", (socket, request) => {
      this.sockets.push(socket);
      this.queries.push(request.url?.split("?")[1]);
      socket.on("message", (data, isBinary) => {
        if (this.echoes) socket.send(data, { binary: isBinary });
      });
      socket.on("close", (code) => this.closes.push(code));
    });
  }

  static async start(port = 0): Promise<TestServer> {
    const server = new WebSocketServer({ port, host: "127.0.0.1" });
    const result = new TestServer(server);
    await new Promise((listening) => server.once("listening", listening));
    return result;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.server.clients) socket.terminate();
    await new Promise((closed) => this.server.close(closed));
  }
}

let server: TestServer;
let connection: Connection;

beforeEach(async () => {
  vi.stubGlobal("WebSocket", BrowserSocket);
  server = await TestServer.start();
});

afterEach(async () => {
  vi.useRealTimers();
  connection.stop();
  await server.stop();
});

function connect(random: () => number = () => 0.02): Connection {
  connection = new Connection(`ws://127.0.0.1:${server.port}/`, random);
  connection.start();
  return connection;
}

/** Waits until the connection is in this state. */
function reached<S extends ConnectionState["status"]>(status: S) {
  return vi.waitFor(
    () => {
      const state = connection.getSnapshot();
      expect(state.status).toBe(status);
      return state as Extract<ConnectionState, { status: S }>;
    },
    { timeout: 5000, interval: 5 },
  );
}

/** Every state from now on. */
function history(): string[] {
  const states: string[] = [];
  connection.subscribe(() => states.push(connection.getSnapshot().status));
  return states;
}

const wake = () => document.dispatchEvent(new Event("visibilitychange"));

describe("a connection", () => {
  it("goes from connecting to live", async () => {
    expect(connect().getSnapshot().status).toBe("connecting");
    await reached("live");
    expect(server.sockets).toHaveLength(1);
  });

  it("opens one socket however often it is started", async () => {
    connect().start();
    connection.start();
    await reached("live");
    expect(server.sockets).toHaveLength(1);
  });

  it("gives messages as they come, text and binary", async () => {
    const messages: unknown[] = [];
    connect().onMessage((data) => messages.push(data));
    await reached("live");
    server.sockets[0]?.send("text");
    server.sockets[0]?.send(Buffer.from([1, 2]));
    await vi.waitFor(() => expect(messages).toHaveLength(2));
    expect(messages[0]).toBe("text");
    expect(new Uint8Array(messages[1] as ArrayBuffer)).toEqual(new Uint8Array([1, 2]));
  });

  it("sends only while it is live", async () => {
    expect(connect().send("too early")).toBe(false);
    const messages: unknown[] = [];
    connection.onMessage((data) => messages.push(data));
    await reached("live");
    expect(connection.send("now")).toBe(true);
    await vi.waitFor(() => expect(messages).toEqual(["now"]));
    connection.stop();
    expect(connection.send("too late")).toBe(false);
  });

  it("closes with 1000 when it is stopped, and stays closed", async () => {
    connect();
    await reached("live");
    connection.stop();
    expect(connection.getSnapshot().status).toBe("closed");
    await vi.waitFor(() => expect(server.closes).toEqual([1000]));
    connection.retryNow();
    expect(connection.getSnapshot().status).toBe("closed");
  });

  it("may be started again", async () => {
    connect();
    await reached("live");
    connection.stop();
    connection.start();
    await reached("live");
    expect(server.sockets).toHaveLength(2);
  });
});

describe("when it is lost", () => {
  it.each([1001, 1011, 1012, 1013])("comes back after a close with %i", async (code) => {
    connect();
    await reached("live");
    const states = history();
    server.sockets[0]?.close(code);
    await vi.waitFor(() => expect(states).toEqual(["reconnecting", "connecting", "live"]));
    expect(server.sockets).toHaveLength(2);
  });

  it("comes back when the server does, and says meanwhile that it does not answer", async () => {
    connect();
    await reached("live");
    const { port } = server;
    await server.stop();
    const { cause } = await vi.waitFor(async () => {
      const state = await reached("unreachable");
      expect(state.cause).not.toBe("");
      return state;
    });
    expect(cause).toContain("not running");
    server = await TestServer.start(port);
    await reached("live");
  });

  it("says when the next try is, and does not wait when told so", async () => {
    connect(() => 0.99);
    await reached("live");
    server.sockets[0]?.terminate();
    const { retryAt } = await reached("reconnecting");
    expect(retryAt - Date.now()).toBeGreaterThan(0);
    expect(retryAt - Date.now()).toBeLessThanOrEqual(500);
    connection.retryNow();
    expect(connection.getSnapshot().status).toBe("connecting");
    await reached("live");
    expect(server.sockets).toHaveLength(2);
  });

  it("does not hear a socket it has replaced", async () => {
    const messages: unknown[] = [];
    connect(() => 0).onMessage((data) => messages.push(data));
    await reached("live");
    const old = server.sockets[0];
    server.echoes = false;
    wake();
    await vi.waitFor(() => expect(server.sockets).toHaveLength(2), { timeout: 3000 });
    await reached("live");
    old?.send("from the old one");
    server.sockets[1]?.send("from the new one");
    await vi.waitFor(() => expect(messages).toEqual(["from the new one"]));
  });
});

describe("what it asks to be told first", () => {
  it("is the newest of each topic, and then what came after the newest it has been told of", async () => {
    connect();
    await reached("live");
    connection.position.saw("e1:7");
    server.sockets[0]?.terminate();
    await vi.waitFor(() => expect(server.queries).toEqual(["last=1", "since=e1%3A7"]));
  });

  it("is the same however often it tries, and after a stop", async () => {
    connect();
    await reached("live");
    connection.position.saw("e1:7");
    connection.stop();
    connection.start();
    await reached("live");
    server.sockets[1]?.close(1008);
    await vi.waitFor(() => expect(server.queries.slice(1)).toEqual(Array(2).fill("since=e1%3A7")));
  });
});

describe("how long it waits", () => {
  it("doubles with each failed try, and starts again only after a connection has held", async () => {
    connect(() => 0.999);
    await reached("live");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const waits = new Map<number, number>();
    connection.subscribe(() => {
      const state = connection.getSnapshot();
      if ("retryAt" in state && !waits.has(state.retryAt))
        waits.set(state.retryAt, Math.round(state.retryAt - Date.now()));
    });
    const until = (status: string) =>
      vi.waitUntil(() => connection.getSnapshot().status === status, { interval: 1 });
    const { port } = server;
    await server.stop();
    await until("reconnecting");
    for (let i = 0; i < 3; ++i) {
      vi.advanceTimersByTime(10_000);
      await until("unreachable");
    }
    server = await TestServer.start(port);
    vi.advanceTimersByTime(10_000);
    await until("live");
    server.sockets[0]?.terminate(); // it has not held
    await until("reconnecting");
    vi.advanceTimersByTime(10_000);
    await until("live");
    vi.advanceTimersByTime(5000); // now it has
    server.sockets[1]?.terminate();
    await until("reconnecting");
    expect([...waits.values()]).toEqual([500, 999, 1998, 3996, 7992, 500]);
  });

  it("gives up a handshake that gets no answer", async () => {
    const net = await import("node:net");
    const mute = net.createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((listening) => mute.once("listening", listening));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    connection = new Connection(`ws://127.0.0.1:${(mute.address() as AddressInfo).port}/`);
    connection.start();
    vi.advanceTimersByTime(10_000);
    expect(connection.getSnapshot().status).toBe("unreachable");
    connection.stop();
    mute.close();
  });
});

describe("a page that wakes", () => {
  it("keeps a socket that answers, and nobody sees the question", async () => {
    const messages: unknown[] = [];
    connect().onMessage((data) => messages.push(data));
    await reached("live");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let answered = false;
    server.sockets[0]?.once("message", () => {
      answered = true;
    });
    wake();
    await vi.waitUntil(() => answered);
    server.sockets[0]?.send("after the answer");
    await vi.waitUntil(() => messages.length > 0);
    vi.advanceTimersByTime(2000);
    expect(connection.getSnapshot().status).toBe("live");
    expect(messages).toEqual(["after the answer"]);
    expect(server.sockets).toHaveLength(1);
  });

  it("replaces a silent socket within two seconds", async () => {
    connect();
    await reached("live");
    server.echoes = false;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    wake();
    vi.advanceTimersByTime(2000);
    expect(connection.getSnapshot().status).toBe("connecting");
    await vi.waitUntil(() => connection.getSnapshot().status === "live");
    expect(server.sockets).toHaveLength(2);
  });
});

describe("without a network", () => {
  const goOffline = (offline: boolean) => {
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(!offline);
    window.dispatchEvent(new Event(offline ? "offline" : "online"));
  };

  it("waits for it, and then does not wait longer", async () => {
    connection = new Connection("ws://ws-demo.invalid/");
    connection.start();
    goOffline(true);
    expect(connection.getSnapshot().status).toBe("offline");
    goOffline(false);
    expect(connection.getSnapshot().status).toBe("connecting");
  });

  it("still reaches a server on this machine", async () => {
    connect();
    await reached("live");
    goOffline(true);
    expect(connection.getSnapshot().status).toBe("live");
    server.sockets[0]?.terminate();
    await reached("live");
  });
});
