import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { PUBLISH_TOKEN, Server, startBrowser, Way } from "./harness";

let browser: Browser;
let closeBrowser: () => Promise<void>;
let elsewhere: HttpServer;
let page: Page;
let server: Server;

beforeAll(async () => {
  ({ browser, close: closeBrowser } = await startBrowser());
  elsewhere = createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end());
  elsewhere.listen(0, "127.0.0.1");
  await once(elsewhere, "listening");
});

afterAll(async () => {
  elsewhere.close();
  await closeBrowser();
});

afterEach(async () => {
  await page?.close();
  await server?.stop("SIGKILL");
});

/** Opens a page that does not come from ws-demo, and starts ws-demo, which allows it. */
async function openPage(): Promise<void> {
  const origin = `http://app.localhost:${(elsewhere.address() as AddressInfo).port}`;
  server = await Server.start(["--interval", "0", "--allow-origin", origin]);
  page = await browser.newPage();
  await page.goto(origin);
}

/** Publishes from the page. */
function publish(address: string, payload: string): Promise<number> {
  return page.evaluate(
    async ({ url, token, body }) => {
      const answer = await fetch(url, {
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body,
      });
      return answer.status;
    },
    { url: `${address}topics/t`, token: PUBLISH_TOKEN, body: payload },
  );
}

/** What the page has received, once it has this. */
async function received(text: string): Promise<string[]> {
  const texts = await page.waitForFunction(
    (wanted) => {
      const { received } = window as unknown as { received: string[] };
      return received.some((data) => data.includes(wanted)) && received;
    },
    text,
    { timeout: 30_000 },
  );
  return texts.jsonValue() as Promise<string[]>;
}

describe("a page of another origin", () => {
  it("publishes, hears over an EventSource with credentials, and comes back", async () => {
    await openPage();
    const way = await Way.to(server);
    await page.evaluate((url) => {
      const received: string[] = [];
      const source = new EventSource(url, { withCredentials: true });
      source.onmessage = ({ data }) => received.push(data);
      Object.assign(window, { received });
    }, `${way.address}events?topic=t`);
    await received('"topic":"$position"');
    expect(await publish(server.address, '"live"')).toBe(200);
    await received('"payload":"live"');
    way.cut();
    expect(await publish(server.address, '"meanwhile"')).toBe(200);
    way.mend();
    const texts = await received('"topic":"$recovered","payload":{"count":1}');
    expect(texts.some((text) => text.includes('"payload":"meanwhile"'))).toBe(true);
    way.close();
  });

  it("goes on behind the last event that it has, over fetch", async () => {
    await openPage();
    const address = `${server.address}events?topic=t`;
    /** Reads the stream up to this, from the page. */
    const read = (wanted: string, headers: Record<string, string>) =>
      page.evaluate(
        async ({ address, wanted, headers }) => {
          const abort = new AbortController();
          const { body, status } = await fetch(address, {
            headers,
            credentials: "include",
            signal: abort.signal,
          });
          const reader = (body as ReadableStream<BufferSource>)
            .pipeThrough(new TextDecoderStream())
            .getReader();
          let text = `${status} `;
          while (!text.includes(wanted)) {
            const { value, done } = await reader.read();
            if (done) break;
            text += value;
          }
          abort.abort();
          return text;
        },
        { address, wanted, headers },
      );
    const position = await read('"$position"', {});
    expect(await publish(server.address, '"next"')).toBe(200);
    const id = /id: (\S+)\n/.exec(position)?.[1] ?? "none";
    const text = await read('"$recovered"', { "Last-Event-ID": id, Authorization: "Bearer none" });
    expect(text).toMatch(/^200 /);
    expect(text).toContain('"payload":"next"');
  });
});
