// A proxy that compresses what it passes on with npm's `compression`, as many a Node server does:
//   node compressing_proxy.cjs

"use strict";
const compression = require("compression");
const http = require("node:http");

const LISTENING = { host: "127.0.0.1", port: 8080 };
const UPSTREAM = { host: "127.0.0.1", port: 9001 };
const compress = compression({ threshold: 0 });

http
  .createServer((request, answer) => {
    compress(request, answer, () => {
      const { method, url, headers } = request;
      const onward = http.request({ ...UPSTREAM, method, path: url, headers }, (from) => {
        answer.writeHead(from.statusCode, from.headers);
        from.pipe(answer);
      });
      onward.on("error", () => answer.destroy());
      request.pipe(onward);
    });
  })
  .listen(LISTENING);
