import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { WebSocket as NodeSocket, WebSocketServer } from "ws";
import { Connection, type ConnectionOptions, type ConnectionState } from "../connection/connection";

/** The client of ws, which throws on an error event without a listener. A browser's WebSocket does not. */
class BrowserSocket extends NodeSocket {
  constructor(address: string, protocols: string[]) {
    super(address, protocols);
    this.on("error", () => {});
  }
}

/** A real server on a port that the system chooses. It records what happens to it. */
export class TestServer {
  readonly sockets: NodeSocket[] = [];
  readonly closes: number[] = [];
  /** The query of each socket's address. */
  readonly queries: (string | undefined)[] = [];
  /** The subprotocols that each socket was offered. It selects ws-demo.v1. */
  readonly offers: (string | undefined)[] = [];
  /** What it closes each socket with as soon as that is open, as ws-demo refuses a connection. */
  refusal: readonly [code: number, reason: string] | null = null;
  /** Whether it sends each message back, as ws-demo does. */
  echoes = true;
  private readonly server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.server = server;
    server.on("connection", (socket, request) => {
      this.sockets.push(socket);
      this.queries.push(request.url?.split("?")[1]);
      this.offers.push(request.headers["sec-websocket-protocol"]);
      if (this.refusal) socket.close(...this.refusal);
      socket.on("message", (data, isBinary) => {
        if (this.echoes) socket.send(data, { binary: isBinary });
      });
      socket.on("close", (code) => this.closes.push(code));
    });
  }

  static async start(port = 0): Promise<TestServer> {
    const server = new WebSocketServer({
      port,
      host: "127.0.0.1",
      handleProtocols: (offered) => offered.has("ws-demo.v1") && "ws-demo.v1",
    });
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

/** A real server for each test of a file. The server and the connection are stopped after the test. */
export class ConnectionBench {
  /** May be replaced by a test that stops it and starts another. */
  server!: TestServer;
  connection!: Connection;

  /** To be called once in a test file, outside of its tests. */
  static forEachTest(): ConnectionBench {
    const bench = new ConnectionBench();
    beforeEach(async () => {
      vi.stubGlobal("WebSocket", BrowserSocket);
      bench.server = await TestServer.start();
    });
    afterEach(async () => {
      vi.useRealTimers();
      bench.connection.stop();
      await bench.server.stop();
    });
    return bench;
  }

  /** Starts a connection, to the server if no other address is given. */
  connect(options: Partial<ConnectionOptions> = {}): Connection {
    const address = `ws://127.0.0.1:${this.server.port}/`;
    this.connection = new Connection({ address, random: () => 0.02, ...options });
    this.connection.start();
    return this.connection;
  }

  status(): ConnectionState["status"] {
    return this.connection.getSnapshot().status;
  }

  /** Waits until the connection is in this state. */
  reached<S extends ConnectionState["status"]>(status: S) {
    return vi.waitFor(
      () => {
        const state = this.connection.getSnapshot();
        expect(state.status).toBe(status);
        return state as Extract<ConnectionState, { status: S }>;
      },
      { timeout: 5000, interval: 5 },
    );
  }

  /** Every status from now on. */
  history(): string[] {
    const statuses: string[] = [];
    this.connection.subscribe(() => {
      if (statuses.at(-1) !== this.status()) statuses.push(this.status());
    });
    return statuses;
  }
}

/** The page comes into sight again. */
export const wake = () => document.dispatchEvent(new Event("visibilitychange"));
