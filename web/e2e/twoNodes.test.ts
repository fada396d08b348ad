// Two servers with one log, behind the nginx of doc/deploy: both are restarted, one after the other.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { complaintsOf, PUBLISH_TOKEN, Server, scratchFolder, startBrowser } from "./harness";

const ends: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function freePort(): Promise<number> {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const address = taken.address();
  taken.close();
  await once(taken, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Runs a program until the end of the test. */
function run(command: string, options: string[]): ChildProcess {
  const running = spawn(command, options, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  ends.push(async () => {
    const ended = once(running, "exit");
    running.kill("SIGKILL");
    if (running.exitCode === null) await ended;
  });
  return running;
}

async function startNats(folder: string): Promise<string> {
  const port = await freePort();
  const options = ["--addr", "127.0.0.1", "--port", String(port), "--jetstream"];
  const nats = run("nats-server", [...options, "--store_dir", join(folder, "nats")]);
  for (let log = ""; !log.includes("Server is ready"); )
    log += String((await once(nats.stderr ?? nats, "data"))[0]);
  return `nats://127.0.0.1:${port}`;
}

/** nginx as doc/deploy has it, but without TLS. */
async function startNginx(folder: string, nodes: Server[]): Promise<string> {
  const [port, plainPort] = [await freePort(), await freePort()];
  const config = readFileSync(join(import.meta.dirname, "../../doc/deploy/nginx.conf"), "utf8")
    .replace("listen 80;", `listen 127.0.0.1:${plainPort};`)
    .replace("listen 443 ssl http2;", `listen 127.0.0.1:${port};`)
    .replace(/^ *listen \[::\].*$/gm, "")
    .replace(/^ *ssl_certificate.*$/gm, "")
    .replace("server 127.0.0.1:9001", `server 127.0.0.1:${nodes[0]?.port}`)
    .replace("# server 127.0.0.1:9002", `server 127.0.0.1:${nodes[1]?.port}`);
  mkdirSync(join(folder, "nginx"));
  writeFileSync(join(folder, "ws-demo.conf"), config);
  writeFileSync(
    join(folder, "main.conf"),
    `${process.getuid?.() === 0 ? "user root;" : ""} daemon off; pid nginx.pid; error_log stderr;
     events { worker_connections 1024; }
     http { access_log off; client_body_temp_path nginx; proxy_temp_path nginx;
            fastcgi_temp_path nginx; uwsgi_temp_path nginx; scgi_temp_path nginx;
            include ws-demo.conf; }`,
  );
  run("nginx", ["-p", folder, "-e", "stderr", "-c", "main.conf"]);
  const address = `http://127.0.0.1:${port}/`;
  await answers(`${address}healthz`);
  return address;
}

async function answers(address: string): Promise<void> {
  await expect
    .poll(() => fetch(address).then(({ status }) => status, String), { timeout: 20_000 })
    .toBe(200);
}

async function publish(node: Server, number: number): Promise<boolean> {
  const headers = {
    Authorization: `Bearer ${PUBLISH_TOKEN}`,
    "Content-Type": "application/json",
    "Idempotency-Key": `number-${number}`,
  };
  const address = `${node.address}topics/numbers`;
  const request = { method: "POST", headers, body: String(number) };
  return await fetch(address, request).then(
    ({ ok }) => ok,
    () => false,
  );
}

it("a page misses nothing while both nodes are restarted, and hears of no gap", async () => {
  const folder = scratchFolder();
  ends.push(folder.remove);
  const nats = await startNats(folder.path);
  const start = async (port = 0) => {
    const node = await Server.start(["--interval", "0", "--event-log", nats], port);
    ends.push(() => node.stop());
    await answers(`${node.address}readyz`);
    return node;
  };
  const nodes = [await start(), await start()];
  const address = await startNginx(folder.path, nodes);
  const { browser, close } = await startBrowser();
  ends.push(close);
  const page = await browser.newPage();
  const complaints = complaintsOf(page);
  await page.goto(address);
  await page.getByRole("option", { name: "$recovered" }).waitFor();

  let isOver = false;
  const publishing = (async () => {
    let count = 0;
    for (; !isOver; await delay(10)) {
      ++count;
      // The nodes take turns; what one does not take, the other does.
      for (let i = count; !(await publish(nodes[i % 2] as Server, count)); ++i) await delay(10);
    }
    return count;
  })();
  for (const i of [0, 1, 0, 1]) {
    const { port } = nodes[i] as Server;
    await nodes[i]?.stop();
    nodes[i] = await start(port);
  }
  isOver = true;
  const count = await publishing;
  const topic = page.getByRole("region", { name: "Topics" }).getByRole("listitem");
  await expect
    .poll(async () => (await topic.allTextContents()).map((text) => text.slice(0, -12)))
    .toEqual([`numbers${count}${count} events`]);
  const log = await page.getByRole("option").allTextContents();
  expect(log.filter((text) => text.includes("$gap"))).toEqual([]);
  expect(await page.getByText("events were lost").count()).toBe(0);
  expect(complaints).toEqual([]);
}, 120_000);
