// Subscribing with a signed token: a page that renews it, and the real page with one in its address.

import { createHmac, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Heard } from "./fixtures/renewing";
import {
  complaintsOf,
  type Looks,
  PUBLISH_TOKEN,
  Server,
  scratchFolder,
  startBrowser,
  still,
} from "./harness";

/** How long the renewed tokens live, in seconds. */
const LIFE = 2;
const EXPIRIES = 3;

const key = randomBytes(32);
const folder = scratchFolder();
let browser: Browser;
let closeBrowser: () => Promise<void>;
let page: Page;
let complaints: string[];
let server: Server;

beforeAll(async () => {
  const k = key.toString("base64url");
  const keys = [{ kty: "oct", kid: "k1", alg: "HS256", use: "sig", k }];
  writeFileSync(join(folder.path, "keys.json"), JSON.stringify({ keys }));
  ({ browser, close: closeBrowser } = await startBrowser());
});

afterAll(async () => {
  await closeBrowser();
  folder.remove();
});

beforeEach(async () => {
  const keys = ["--token-keys", join(folder.path, "keys.json"), "--token-clock-skew", "0s"];
  server = await Server.start(["--interval", "0", ...keys]);
});

afterEach(async () => {
  await page?.close();
  await server?.stop();
});

/** A token to listen to `numbers` with, which expires so many seconds from now. */
function makeToken(seconds: number): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + seconds;
  const head = encode({ alg: "HS256", kid: "k1", typ: "JWT" });
  const signed = `${head}.${encode({ exp, sub: "page", subscribe: ["numbers"] })}`;
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

async function publish(number: number): Promise<void> {
  const answer = await fetch(`${server.address}topics/numbers`, {
    method: "POST",
    headers: { Authorization: `Bearer ${PUBLISH_TOKEN}`, "Content-Type": "application/json" },
    body: String(number),
  });
  expect(answer.status).toBe(200);
}

/** The script of a page in e2e/fixtures. */
async function bundled(name: string): Promise<string> {
  const [output] = [
    await build({
      configFile: false,
      logLevel: "warn",
      build: {
        write: false,
        lib: {
          entry: join(import.meta.dirname, "fixtures", name),
          formats: ["iife"],
          name: "page",
        },
      },
    }),
  ].flat();
  if (!output || !("output" in output)) throw new Error("nothing was built");
  return output.output[0].code;
}

describe("a page that renews its token", () => {
  it("hears each event once and in order, however often a token expires", async () => {
    page = await browser.newPage();
    complaints = complaintsOf(page);
    await page.route("**/token", (route) => route.fulfill({ body: makeToken(LIFE) }));
    await page.goto(`${server.address}healthz`); // of the same origin, and without a policy
    await page.addScriptTag({ content: await bundled("renewing.ts") });
    const heard = () => page.evaluate(() => (window as unknown as { heard: Heard }).heard);
    await expect.poll(async () => (await heard()).said).toContain("$recovered");

    const expiries = () => server.log.match(/peer closed .*code=1008/g)?.length ?? 0;
    let count = 0;
    for (; expiries() < EXPIRIES; await delay(20)) await publish(++count);
    for (let i = 0; i < 10; ++i) await publish(++count); // while nobody listens
    await expect.poll(async () => (await heard()).numbers.at(-1), { timeout: 30_000 }).toBe(count);
    const { numbers, said, statuses } = await heard();
    expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    expect(new Set(said)).toEqual(new Set(["$position", "$recovered"]));
    expect(statuses).not.toContain("unreachable");
    expect(complaints).toEqual([]);
  });
});

const connection = () => page.getByRole("region", { name: "Connection" });
const toasts = () => page.getByText(/^(Connected|Connection lost)/);
const status = (words: string) => connection().getByRole("status").getByText(words).waitFor();

async function open(fragment: string, looks: Looks = {}): Promise<void> {
  page = await browser.newPage(looks);
  complaints = complaintsOf(page);
  await page.goto(`${server.address}?topic=numbers${fragment}`);
}

describe("the page", () => {
  it("listens with the token in its address, which it takes out of sight", async () => {
    const token = makeToken(60);
    await open(`#token=${token}`);
    await status("Live");
    expect(page.url()).toBe(`${server.address}?topic=numbers`);
    await publish(1);
    await page.getByRole("region", { name: "Topics" }).getByText("1 event").waitFor();
    expect(await page.content()).not.toContain(token);
    expect(server.log).not.toContain(token);
    expect(complaints).toEqual([]);
  });

  it.each(["light", "dark"] as const)(
    "is refused without one, says why, and takes one that comes then, in %s",
    async (colorScheme) => {
      await open("", still(colorScheme));
      await status("Refused");
      await connection()
        .getByText(/numbers.* token/)
        .waitFor();
      await page.evaluate(axe.source);
      const found = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
      expect(found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual(
        [],
      );
      await connection().getByRole("button", { name: "Try again" }).click();
      await status("Refused");
      expect(await toasts().count()).toBe(0); // it has never gone live

      await page.goto(`${page.url()}#token=${makeToken(60)}`);
      await status("Live");
      expect(page.url()).toBe(`${server.address}?topic=numbers`);
      expect(complaints).toEqual([]);
    },
  );

  it("says that its token has expired, and keeps trying", async () => {
    await open(`#token=${makeToken(-60)}`);
    await status("Unreachable");
    await connection()
      .getByText(/token.* expired/)
      .waitFor();
    await connection()
      .getByText(/^Next try in \d+ s$/)
      .waitFor();
    expect(page.url()).toBe(`${server.address}?topic=numbers`);
    expect(await toasts().count()).toBe(0); // it has never gone live
    expect(complaints).toEqual([]);
  });
});
