import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { PUBLISH_TOKEN, Server, scratchFolder, startBrowser, Way } from "./harness";

let browser: Browser;
let closeBrowser: () => Promise<void>;
let page: Page;
let server: Server;
let peer: Socket;

beforeAll(async () => {
  ({ browser, close: closeBrowser } = await startBrowser());
});

afterAll(() => closeBrowser());

afterEach(async () => {
  await page?.close();
  peer?.destroy();
  await server?.stop("SIGKILL");
});

/** A WebSocket that is opened, and then does nothing, not even answer a close. */
async function connectPeer(): Promise<void> {
  peer = connect(server.port, "127.0.0.1");
  peer.on("error", () => {}); // a close follows
  peer.write(
    "GET /?topic=none HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  const [answer] = await once(peer, "data");
  expect(String(answer)).toMatch(/^HTTP\/1\.1 101 /);
}

async function publish(payload: string): Promise<void> {
  const answer = await fetch(`${server.address}topics/t`, {
    method: "POST",
    headers: { Authorization: `Bearer ${PUBLISH_TOKEN}`, "Content-Type": "application/json" },
    body: payload,
  });
  expect(answer.status).toBe(200);
}

/** The simplest page there can be: it opens an EventSource, and does nothing more about it. */
async function listen(address = server.address): Promise<void> {
  page = await browser.newPage();
  await page.goto(`${address}healthz`); // of the same origin, and without a policy
  await page.evaluate(() => {
    const source = new EventSource("/events?topic=t");
    const received: string[] = [];
    source.onmessage = ({ data }) => received.push(data);
    Object.assign(window, { source, received });
  });
}

/** Waits until the page has received this. Fails as soon as its EventSource has given up. */
async function received(text: string): Promise<void> {
  const outcome = await page.waitForFunction(
    (wanted) => {
      const { source, received } = window as unknown as {
        source: EventSource;
        received: string[];
      };
      if (received.some((data) => data.includes(wanted))) return "received";
      return source.readyState === EventSource.CLOSED && "given up";
    },
    text,
    { timeout: 30_000 },
  );
  expect(await outcome.jsonValue()).toBe("received");
}

describe("a browser's EventSource", () => {
  it("outlives a restart of the server that somebody holds up", async () => {
    server = await Server.start(["--interval", "0"]);
    const { port } = server;
    await connectPeer();
    await listen();
    await expect.poll(() => server.log).toContain("path=/events");
    await publish('"before"');
    await received('"payload":"before"');

    const stopped = server.stop();
    await received('"code":1001,"reason":"server is shutting down"');
    // It comes back within 3 s. The server waits 5 s for the peer.
    await received('"code":1013,"reason":"The server is shutting down."');
    await stopped;
    server = await Server.start(["--interval", "0"], port);
    await publish('"after"');
    await received('"payload":"after"');
  });

  it("misses nothing between its first connection and its first loss", async () => {
    server = await Server.start(["--interval", "0"]);
    const way = await Way.to(server);
    await listen(way.address);
    await received('"topic":"$position"');
    way.cut();
    await publish('"meanwhile"');
    way.mend();
    await received('"payload":"meanwhile"');
    await received('"topic":"$recovered","payload":{"count":1}');
    way.close();
  });

  it("misses nothing where a server with an event log is killed", async () => {
    const folder = scratchFolder();
    const options = ["--interval", "0", "--event-log", join(folder.path, "events.db")];
    server = await Server.start(options);
    const { port } = server;
    await listen();
    await received('"topic":"$position"');
    await server.stop("SIGKILL");
    server = await Server.start(options, port);
    await publish('"after"');
    await received('"payload":"after"');
    const texts = await page.evaluate(() => (window as unknown as { received: string[] }).received);
    expect(texts.filter((text) => text.includes("$gap"))).toEqual([]);
    await server.stop("SIGKILL");
    folder.remove();
  });

  it("comes back until there is room", async () => {
    server = await Server.start(["--interval", "0", "--max-peers", "1"]);
    await connectPeer();
    await listen();
    await received('"code":1013,"reason":"The server has as many peers as it accepts."');
    peer.destroy();
    await expect.poll(() => server.log, { timeout: 30_000 }).toContain("path=/events");
    await publish("1");
    await received('"payload":1');
  });
});
