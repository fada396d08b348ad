import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  complaintsOf,
  type Looks,
  PUBLISH_TOKEN,
  Server,
  scratchFolder,
  startBrowser,
  still,
  Way,
} from "./harness";

let browser: Browser;
let closeBrowser: () => Promise<void>;
let page: Page;
let complaints: string[];
let server: Server;
let way: Way;

beforeAll(async () => {
  ({ browser, close: closeBrowser } = await startBrowser());
});

afterAll(() => closeBrowser());

afterEach(async () => {
  await page?.close();
  way?.close();
  await server?.stop();
});

/** Opens the page of a new server, whose way to it can be cut, and waits until it has all there is. */
async function open(query = "", looks: Looks = {}, options = ["--interval", "0"]): Promise<void> {
  server = await Server.start(options);
  way = await Way.to(server);
  page = await browser.newPage(looks);
  complaints = complaintsOf(page);
  await page.goto(way.address + query);
  await live();
  await page.getByRole("option", { name: "$recovered" }).waitFor();
}

/** As anybody would: with curl. Past the way that may be cut. */
async function publish(topic: string, payload: string): Promise<void> {
  await promisify(execFile)("curl", [
    ...["--silent", "--show-error", "--fail", "-X", "POST", `${server.address}topics/${topic}`],
    ...["-H", `Authorization: Bearer ${PUBLISH_TOKEN}`],
    ...["-H", "Content-Type: application/json", "-d", payload],
  ]);
}

const connection = () => page.getByRole("region", { name: "Connection" });
const live = () => connection().getByText("Live").waitFor();
const notLive = () => connection().getByRole("button", { name: "Try now" }).waitFor();
const log = () => page.getByRole("option").allTextContents();
const topics = () => page.getByRole("region", { name: "Topics" }).getByRole("listitem");
const toasts = () => page.getByRole("region", { name: /^Notifications/ });

/** Waits until the panel shows these, each a topic and its newest payload and how many there were. */
async function listed(...expected: string[]): Promise<void> {
  await expect
    .poll(async () => (await topics().allTextContents()).map((text) => text.slice(0, -12)))
    .toEqual(expected);
}

/** The published events of the log, and what the server says of itself. */
const logged = async () =>
  (await log()).map((text) => text.replace(/^[\d:.]+← in/, "").replace(/\d+ B$/, ""));

/** The connection is down while this happens. */
async function meanwhile(happens: () => Promise<void>): Promise<void> {
  way.cut();
  await notLive();
  await happens();
  way.mend();
  await live();
}

describe("what is published", () => {
  it("is shown, and what was missed is brought back, once", async () => {
    await open();
    await page.getByText(/^curl -X POST http:\/\/127\.0\.0\.1:\d+\/topics\/prices /).waitFor();
    await publish("prices", '{"eur": 1.10}');
    await listed('prices{"eur":1.1}1 event');
    const caughtUp = ["$position{}", '$recovered{"count":0}'];
    expect(await logged()).toEqual([...caughtUp, 'prices{"eur":1.1}']);

    await meanwhile(async () => {
      await publish("prices", '{"eur": 1.20}');
      await publish("news.sport", '"they won"');
    });
    await connection().getByText("2 missed events recovered").waitFor();
    await toasts().getByText("Connected again: 2 missed events recovered").waitFor();
    await listed('news.sport"they won"1 event', 'prices{"eur":1.2}2 events');
    expect((await logged()).slice(3)).toEqual([
      "$position{}",
      'prices{"eur":1.2}',
      'news.sport"they won"',
      '$recovered{"count":2}',
    ]);

    await meanwhile(async () => {});
    await toasts().getByText("Connected again", { exact: true }).waitFor();
    await connection().getByText("missed").waitFor({ state: "detached" });
    expect(await topics().count()).toBe(2);
    expect(complaints).toEqual([]);
  });

  it("is brought back to a page that had seen nothing yet", async () => {
    await open();
    await meanwhile(async () => {
      await publish("prices", "1");
      await publish("prices", "2");
    });
    await connection().getByText("2 missed events recovered").waitFor();
    await listed("prices22 events");
  });

  it("is shown to a page that opens later, which has missed nothing", async () => {
    await open();
    for (const payload of ["1", "2"]) await publish("prices", payload);
    await publish("news", "3");
    await page.reload();
    await listed("news31 event", "prices21 event");
    expect(await connection().getByText("missed").count()).toBe(0);
  });

  it("is only what the page's address asks for", async () => {
    await open("?topic=news.*");
    await publish("prices", "1");
    await publish("news.sport", "true");
    await listed("news.sporttrue1 event");
    expect(await logged()).toEqual(["$position{}", '$recovered{"count":0}', "news.sporttrue"]);
  });

  it("before a restart of the server is gone, and the page says so, once", async () => {
    await open();
    await publish("prices", "1");
    await listed("prices11 event");
    const { port } = server;
    await meanwhile(async () => {
      await server.stop();
      server = await Server.start(["--interval", "0"], port);
    });
    const gap = "events were lost: the event log began anew since";
    await connection().getByText(gap).waitFor();
    await toasts().getByText(`Connected again, but ${gap}`).waitFor();

    await meanwhile(() => publish("prices", "2"));
    await connection().getByText("1 missed event recovered").waitFor();
    await meanwhile(async () => {});
    await connection().getByText("missed").waitFor({ state: "detached" });
    await listed("prices22 events");
    expect((await log()).filter((text) => text.includes("$gap"))).toHaveLength(1);
    expect(complaints).toEqual([]);
  });

  it("before a server with an event log was killed is there still, and nothing is missed", async () => {
    const folder = scratchFolder();
    const options = ["--interval", "0", "--event-log", join(folder.path, "events.db")];
    await open("", {}, options);
    await publish("prices", "1");
    await listed("prices11 event");
    const { port } = server;
    await meanwhile(async () => {
      await publish("prices", "2");
      await server.stop("SIGKILL");
      server = await Server.start(options, port);
    });
    await connection().getByText("1 missed event recovered").waitFor();
    await listed("prices22 events");
    expect((await log()).filter((text) => text.includes("$gap"))).toEqual([]);
    await server.stop("SIGKILL");
    folder.remove();
  });

  it.each(["light", "dark"] as const)(
    "has nothing that axe finds fault with, in %s",
    async (colorScheme) => {
      await open("", still(colorScheme));
      const faults = async () => {
        const found = await page.evaluate(() =>
          (window as unknown as { axe: typeof axe }).axe.run(),
        );
        return found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
      };
      await page.evaluate(axe.source);
      const height = () => page.evaluate(() => document.documentElement.scrollHeight);
      const [faultsWithout, heightWithout] = [await faults(), await height()];
      expect(faultsWithout).toEqual([]);
      await meanwhile(async () => {
        for (let i = 0; i < 20; ++i) await publish(`topic.${i}`, `"${"x".repeat(1000)}"`);
      });
      await connection().getByText("20 missed events recovered").waitFor();
      expect(await faults()).toEqual([]);
      await meanwhile(async () => {});
      await connection().getByText("missed").waitFor({ state: "detached" });
      expect(await height()).toBe(heightWithout); // nothing moved
    },
  );
});
