import { request } from "node:http";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { complaintsOf, type Looks, Server, startBrowser, still } from "./harness";

let browser: Browser;
let closeBrowser: () => Promise<void>;
let page: Page;
let complaints: string[];
const servers: Server[] = [];

beforeAll(async () => {
  ({ browser, close: closeBrowser } = await startBrowser());
});

afterAll(() => closeBrowser());

afterEach(async () => {
  await page?.close();
  for (const server of servers.splice(0)) await server.stop();
});

async function start(options: string[] = [], port = 0): Promise<Server> {
  const server = await Server.start(options, port);
  servers.push(server);
  return server;
}

async function open(address: string, looks: Looks = {}): Promise<void> {
  page = await browser.newPage(looks);
  complaints = complaintsOf(page);
  await page.goto(address);
}

const status = () => page.getByRole("region", { name: "Connection" }).getByRole("status");
const number = () => page.getByTestId("number");
const live = () => status().getByText("Live").waitFor();
const entries = () => page.getByRole("option");

/** Waits until a number stands there that is not `old`. */
async function newNumber(old: string): Promise<string> {
  await page.waitForFunction(
    (before) => ![before, "–"].includes(document.querySelector(".number")?.textContent ?? "–"),
    old,
  );
  return (await number().textContent()) ?? "";
}

describe("the page", () => {
  it("comes from the server, goes live, and shows a new number each second", async () => {
    const server = await start();
    await open(server.address);
    await live();
    const first = await newNumber("–");
    const second = await newNumber(first);
    await newNumber(second);
    await page.getByText(/^1\.0\d s$|^9\d\d ms$/).waitFor(); // the interval
    expect(complaints).toEqual([]);
    expect(server.log.match(/peer opened/g)).toHaveLength(1);
  });

  it("shows the echo of what is sent, and how long it took", async () => {
    await open((await start(["--interval", "0"])).address);
    await live();
    await page.getByRole("textbox", { name: "Text to send" }).fill("grüße 🙂");
    await page.keyboard.press("Enter");
    await page.getByText(/^12 B came back after /).waitFor();
    expect(await entries().count()).toBe(4); // the first are the position, and the end of a replay of nothing
    await page
      .getByLabel("File to send as binary")
      .setInputFiles({ name: "big.bin", mimeType: "", buffer: Buffer.alloc(1 << 20, 7) });
    await page.getByRole("button", { name: "Send the file" }).click();
    await page.getByText(/^1 MiB came back after /).waitFor();
    expect(complaints).toEqual([]);
  });

  it("recovers by itself when the server is stopped and started again", async () => {
    const server = await start();
    const { port } = server;
    await open(server.address);
    await live();
    await page.getByText("Connected", { exact: true }).waitFor();
    const before = await newNumber("–");
    await server.stop();
    await page.getByText("Connection lost").waitFor();
    await status().getByText("Unreachable").waitFor();
    await page.getByText(/the server is not running/).waitFor();
    await page.getByText(/^Next try in \d+ s$/).waitFor();
    await page.getByRole("textbox", { name: "Text to send" }).fill("kept");
    await page.keyboard.press("Enter");
    await page.getByText(/Your text is kept/).waitFor();
    await start([], port);
    await live();
    await page.getByText("Connected again").waitFor();
    await newNumber(before);
    await page.keyboard.press("Enter");
    await page.getByText(/^4 B came back after /).waitFor();
    expect(complaints).toEqual([]);
  });

  it("closes the socket when it is left", async () => {
    const server = await start();
    await open(server.address);
    await live();
    await page.close({ runBeforeUnload: false });
    await server.logged("peer closed");
    expect(server.log).toMatch(/peer closed .* code=(1000|1001) /);
  });

  it("closes the socket when the reader goes elsewhere, and opens one on the way back", async () => {
    const server = await start();
    await open(server.address);
    await live();
    await page.goto("about:blank");
    await server.logged("peer closed");
    expect(server.log).toMatch(/peer closed .* code=(1000|1001) /);
    await page.goBack();
    await live();
  });

  it.each(["light", "dark"] as const)(
    "has nothing that axe finds fault with, in %s",
    async (colorScheme) => {
      const server = await start(["--interval", "50ms"]);
      await open(server.address, still(colorScheme));
      await live();
      await entries().nth(3).click();
      await page.getByRole("region", { name: "Selected message" }).waitFor();
      await page.evaluate(axe.source);
      const found = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
      expect(found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual(
        [],
      );
      await server.stop();
      await page.getByText(/the server is not running/).waitFor();
      const lost = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
      expect(lost.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual(
        [],
      );
    },
  );

  it("takes another server from its address", async () => {
    const server = await start();
    const other = await start(["--interval", "0"]);
    await open(`${server.address}?server=ws://localhost:${other.port}/ws`);
    await live();
    await page.getByText(`ws://localhost:${other.port}/ws`).waitFor();
    await other.logged("peer opened");
    expect(server.log).not.toContain("peer opened");
  });
});

describe("whatever arrives", () => {
  it("lands in the log as what it is", async () => {
    const strange = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    strange.on("connection", (socket) => {
      for (const text of ["", "not JSON", "[1]", '{"topic":"random","payload":null}', "null"])
        socket.send(text);
      socket.send('{"topic":"prices","payload":{"num":"x"}}');
      socket.send(Buffer.from([0, 1, 255]));
      socket.send("<img src=x onerror=alert(1)>");
      socket.send("x".repeat(1 << 20));
    });
    const server = await start();
    const { port } = strange.address() as { port: number };
    await open(`${server.address}?server=ws://localhost:${port}/`);
    await entries().nth(8).waitFor();
    const texts = await entries().allTextContents();
    expect(texts.map((text) => text.replace(/^[\d:.]+← in/, "").slice(0, 12))).toEqual([
      "text(empty)0",
      "textnot JSON",
      "json[1]3 B",
      "randomnull33",
      "jsonnull4 B",
      'prices{"num"',
      "binary00 01 ",
      "text<img src",
      "textxxxxxxxx",
    ]);
    expect(await number().textContent()).toBe("–");
    expect(complaints).toEqual([]);
    for (const socket of strange.clients) socket.terminate();
    strange.close();
  });
});

describe("a busy stream", () => {
  it("of 1,000 events a second does not make the page miss input", async () => {
    await open((await start(["--interval", "1ms"])).address);
    await live();
    await page.evaluate(() => {
      const found: number[] = [];
      new PerformanceObserver((list) => {
        for (const task of list.getEntries()) found.push(task.duration);
      }).observe({ type: "longtask" });
      Object.assign(window, { longTasks: found });
    });
    const typed = "typed while a thousand events a second arrive";
    const box = page.getByRole("textbox", { name: "Text to send" });
    await box.pressSequentially(typed, { delay: 40 });
    expect(await box.inputValue()).toBe(typed);
    await page.keyboard.press("Enter");
    await page.getByText(/came back after /).waitFor();
    await page.getByRole("searchbox").fill("random");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: /newer ↓$/ }).click();
    const longTasks = await page.evaluate(
      () => (window as unknown as { longTasks: number[] }).longTasks,
    );
    console.info(`long tasks while typing: ${longTasks.map(Math.round).join(" ") || "none"} (ms)`);
    // How long a task takes is the machine's business; that input was never lost is checked above. A
    // page that renders each message has hundreds of these.
    expect(longTasks.length).toBeLessThan(20);
    expect(complaints).toEqual([]);
  });

  it("of 5,000 messages a second leaves memory bounded and the page alive", async () => {
    const firehose = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    let sent = 0;
    firehose.on("connection", (socket) => {
      const timer = setInterval(() => {
        for (let i = 0; i < 50; ++i, ++sent)
          socket.send(`{"topic":"random","payload":{"num":${sent},"message":"m"}}`);
      }, 10);
      socket.on("close", () => clearInterval(timer));
      socket.on("message", (data) => socket.send(data.toString()));
    });
    const server = await start();
    const { port } = firehose.address() as { port: number };
    await open(`${server.address}?server=ws://localhost:${port}/`);
    await live();
    const session = await page.context().newCDPSession(page);
    const heap = async () => {
      await session.send("HeapProfiler.collectGarbage");
      return (await session.send("Runtime.getHeapUsage")).usedSize;
    };
    const receivedAtLeast = (count: number) =>
      page.waitForFunction(
        (wanted) =>
          Number([...document.querySelectorAll("dd")].at(-1)?.textContent?.replaceAll(",", "")) >
          wanted,
        count,
      );
    await receivedAtLeast(10_000);
    const early = await heap();
    await receivedAtLeast(40_000);
    expect((await heap()) - early).toBeLessThan(5_000_000);
    await page.getByRole("textbox", { name: "Text to send" }).fill("still there");
    await page.keyboard.press("Enter");
    await page.getByText(/^11 B came back after /).waitFor();
    expect(complaints).toEqual([]);
    for (const socket of firehose.clients) socket.terminate();
    firehose.close();
  });
});

describe("the server", () => {
  it("serves the page as a browser should have it", async () => {
    const server = await start();
    await open(server.address);
    const script = await page.locator("script[src]").getAttribute("src");
    const get = (path: string, headers: Record<string, string> = {}) =>
      new Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) =>
        request(new URL(path, server.address), { headers }, (answer) => {
          answer
            .resume()
            .on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers }));
        })
          .on("error", reject)
          .end(),
      );
    const index = await get("/");
    expect(index.headers["cache-control"]).toBe("no-cache");
    expect((await get("/", { "If-None-Match": String(index.headers.etag) })).status).toBe(304);
    const asset = await get(String(script), { "Accept-Encoding": "gzip, br" });
    expect(asset.headers["content-encoding"]).toBe("br");
    expect(asset.headers["cache-control"]).toContain("immutable");
  });
});
