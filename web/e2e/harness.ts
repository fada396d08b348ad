import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const repository = join(import.meta.dirname, "../..");

/** What the server's publishers have to know. */
export const PUBLISH_TOKEN = "of the tests";

/** The real ws-demo, serving the built page. Stopped by stop(); its log is kept. */
export class Server {
  log = "";
  private readonly process: ChildProcess;

  private constructor(options: string[]) {
    const program = process.env.WS_DEMO_PROGRAM ?? join(repository, "build/release/ws-demo");
    const page = join(repository, "web/dist");
    this.process = spawn(program, ["--web-root", page, ...options], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, WS_DEMO_PUBLISH_TOKEN: PUBLISH_TOKEN },
    });
    this.process.stderr?.setEncoding("utf8").on("data", (text) => {
      this.log += text;
    });
  }

  /** Starts it and waits until it listens. */
  static async start(options: string[] = [], port = 0): Promise<Server> {
    const server = new Server(["--port", String(port), ...options]);
    await server.logged("listening on");
    return server;
  }

  get port(): number {
    return Number(/listening on ws:\/\/[^\n]*:(\d+)/.exec(this.log)?.[1]);
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Waits until the log has this. */
  async logged(text: string): Promise<void> {
    while (!this.log.includes(text)) {
      if (this.process.exitCode !== null) throw new Error(`ws-demo ended: ${this.log}`);
      await once(this.process.stderr ?? this.process, "data");
    }
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, "exit");
    this.process.kill(signal);
    await ended;
  }
}

/** A folder that is gone after the test. */
export function scratchFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "ws-demo-e2e-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Stands between a page and its server, so that the way can be cut. */
export class Way {
  private isCut = false;
  private readonly sockets = new Set<Socket>();
  private readonly listener = createServer((near) => {
    if (this.isCut) {
      near.destroy();
      return;
    }
    const far = connect(this.serverPort, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(from);
      from.pipe(to);
      from.on("error", () => {}); // a close follows
      from.on("close", () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  });
  private readonly serverPort: number;

  private constructor(serverPort: number) {
    this.serverPort = serverPort;
  }

  static async to(server: Server): Promise<Way> {
    const way = new Way(server.port);
    way.listener.listen(0, "127.0.0.1");
    await once(way.listener, "listening");
    return way;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}/`;
  }

  /** Drops what is connected, and everything that tries to. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  close(): void {
    this.cut();
    this.listener.close();
  }
}

/** Debian's Chromium, with a profile of its own and nothing that talks to the world. */
export async function startBrowser(): Promise<{ browser: Browser; close: () => Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), "ws-demo-e2e-"));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    env: { ...process.env, HOME: home } as Record<string, string>,
    args: [
      "--no-sandbox", // the tests may run as root
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const close = async () => {
    await browser.close();
    rmSync(home, { recursive: true, force: true });
  };
  return { browser, close };
}

export type Looks = Pick<BrowserContextOptions, "colorScheme" | "reducedMotion">;

/** For what judges colours: nothing is caught while it fades in, or turns from light to dark. */
export const still = (colorScheme: "light" | "dark"): Looks => ({
  colorScheme,
  reducedMotion: "reduce",
});

/** Everything that the page complains of. A lost connection is no complaint: it is what is tested. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    const expected =
      /WebSocket connection to|net::ERR_(CONNECTION_\w+|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)/;
    if (["error", "warning"].includes(message.type()) && !expected.test(message.text()))
      complaints.push(message.text());
  });
  return complaints;
}
