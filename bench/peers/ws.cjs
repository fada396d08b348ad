// What ws-demo does, with Node and ws: a timer for each peer.
//
//   node ws.cjs PORT

const { WebSocketServer } = require("ws");

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  backlog: 4096,
  perMessageDeflate: false,
});
server.on("connection", (peer) => {
  const push = () => {
    const num = Math.floor(Math.random() * 2 ** 32);
    peer.send(JSON.stringify({ topic: "random", payload: { num, message: "Hello, world!" } }));
  };
  push();
  const timer = setInterval(push, 1000);
  peer.on("message", (message, isBinary) => peer.send(message, { binary: isBinary }));
  peer.on("close", () => clearInterval(timer));
  peer.on("error", () => {});
});
