// Talks to ws-demo with npm's `ws`, an implementation of WebSocket that is not Beast:
//   node talk.cjs PORT
// Gets events, has text, binary and a megabyte echoed, pings, and closes. Exit status 0 when all of it
// was as it should be.

"use strict";
const assert = require("node:assert");
const { once } = require("node:events");
const WebSocket = require("ws");

async function main() {
  const socket = new WebSocket(`ws://127.0.0.1:${process.argv[2]}/ws`);
  const waiting = [];
  const arrived = [];
  socket.on("message", (data, isBinary) => {
    const message = { data, isBinary };
    if (waiting.length > 0) waiting.shift()(message);
    else arrived.push(message);
  });
  const next = () =>
    arrived.length > 0
      ? Promise.resolve(arrived.shift())
      : new Promise((resolve) => waiting.push(resolve));
  const isEvent = ({ data, isBinary }) => !isBinary && data.toString().startsWith('{"topic":"random"');
  const nextReply = async () => {
    for (;;) {
      const message = await next();
      if (!isEvent(message)) return message;
    }
  };
  await once(socket, "open");

  for (let i = 0; i < 3; ++i) {
    const { data, isBinary } = await next();
    assert.equal(isBinary, false);
    assert.match(
      data.toString(),
      /^\{"topic":"random","payload":\{"num":\d{1,10},"message":"Hello, world!"\}\}$/,
    );
  }

  for (const sent of ["", "grüße 🙂", "x".repeat(65536), Buffer.from([0, 255, 10]), Buffer.alloc(1 << 20, 7)]) {
    socket.send(sent);
    const { data, isBinary } = await nextReply();
    assert.equal(isBinary, typeof sent !== "string");
    assert.ok(Buffer.from(sent).equals(data), `${data.length} bytes came back`);
  }

  for (let i = 0; i < 200; ++i) socket.send(`message ${i}`);
  for (let i = 0; i < 200; ++i) assert.equal((await nextReply()).data.toString(), `message ${i}`);

  socket.ping("are you there");
  const [pong] = await once(socket, "pong");
  assert.equal(pong.toString(), "are you there");

  socket.close(4000, "done");
  const [code] = await once(socket, "close");
  assert.equal(code, 4000);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
