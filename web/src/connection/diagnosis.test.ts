import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { likelyCause } from "./diagnosis";

let server: Server;

/** An HTTP server that gives this answer, and its address as a WebSocket. */
async function answering(status: number, body: string): Promise<string> {
  server = createServer((_, answer) => answer.writeHead(status).end(body)).listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
}

afterEach(() => new Promise((closed) => server.close(closed)));

const ownPage = (address: string) => ({
  origin: address.replace("ws:", "http:").replace("/ws", ""),
});

describe("likelyCause", () => {
  it("repeats the reason of a server that takes nobody", async () => {
    const address = await answering(503, "draining\n");
    expect(await likelyCause(address, ownPage(address))).toContain("takes nobody new: draining.");
  });

  it("says that a server which answers has refused", async () => {
    const address = await answering(200, "ready");
    const page = ownPage(address);
    expect(await likelyCause(address, page)).toContain(`not allow pages from ${page.origin}`);
    expect(await likelyCause(address, { origin: "http://elsewhere" })).toContain(
      "not allow pages from http://elsewhere",
    );
  });

  it("says that nothing answers", async () => {
    const address = await answering(200, "");
    await new Promise((closed) => server.close(closed));
    expect(await likelyCause(address, ownPage(address))).toContain("not running");
  });
});
