// Publishes with Node's HTTP client and subscribes with npm's `ws`, and comes back for what it missed:
//   node recover.cjs PORT TOKEN
// Exit status 0 when all of it was as it should be.

"use strict";
const assert = require("node:assert");
const http = require("node:http");
const { once } = require("node:events");
const WebSocket = require("ws");

const [port, token] = process.argv.slice(2);

async function publish(topic, payload) {
  const request = http.request({
    host: "127.0.0.1",
    port,
    path: `/topics/${topic}`,
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
  });
  request.end(JSON.stringify(payload));
  const [response] = await once(request, "response");
  assert.equal(response.statusCode, 200);
  let text = "";
  for await (const part of response) text += part;
  return JSON.parse(text);
}

/** A subscriber, and a function that waits for its next event. */
async function subscribe(query) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/${query}`);
  const arrived = [];
  socket.on("message", (data) => arrived.push(JSON.parse(data)));
  await once(socket, "open");
  const next = async () => {
    while (arrived.length === 0) await once(socket, "message");
    return arrived.shift();
  };
  return { socket, next };
}

async function main() {
  const first = await subscribe("?topic=prices&topic=news.*");
  const position = await first.next();
  assert.equal(position.topic, "$position");
  const { id, subscribers } = await publish("prices", { eur: 1.1 });
  assert.equal(subscribers, 1);
  assert.deepEqual(await first.next(), { topic: "prices", payload: { eur: 1.1 }, id });
  first.socket.close();
  await once(first.socket, "close");

  await publish("news.sport", "missed");
  await publish("other", "not asked for");
  await publish("prices", [1, 2]);
  const all = await subscribe(
    `?topic=prices&topic=news.*&since=${encodeURIComponent(position.id)}`,
  );
  assert.deepEqual(await all.next(), position);
  assert.equal((await all.next()).id, id);
  all.socket.close();
  const back = await subscribe(`?topic=prices&topic=news.*&since=${encodeURIComponent(id)}`);
  assert.deepEqual(await back.next(), { ...position, id });
  assert.equal((await back.next()).payload, "missed");
  const last = await back.next();
  assert.deepEqual(last.payload, [1, 2]);
  assert.deepEqual(await back.next(), {
    topic: "$recovered",
    payload: { count: 2 },
    id: last.id,
  });
  await publish("prices", null);
  assert.equal((await back.next()).payload, null);
  back.socket.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
