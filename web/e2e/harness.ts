import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

const repository = join(import.meta.dirname, "../..");

/** The real ws-demo, serving the built page. Stopped by stop(); its log is kept. */
export class Server {
  log = "";
  private readonly process: ChildProcess;

  private constructor(options: string[]) {
    const program = process.env.WS_DEMO_PROGRAM ?? join(repository, "build/release/ws-demo");
    const page = join(repository, "web/dist");
    this.process = spawn(program, ["--web-root", page, ...options], {
      stdio: ["ignore", "ignore", "pipe"],
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

/** Everything that the page complains of. A lost connection is no complaint: it is what is tested. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    const expected = /WebSocket connection to|ERR_CONNECTION_REFUSED/;
    if (["error", "warning"].includes(message.type()) && !expected.test(message.text()))
      complaints.push(message.text());
  });
  return complaints;
}
