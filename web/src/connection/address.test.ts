import { describe, expect, it } from "vitest";
import { httpAddress, serverAddress } from "./address";

const page = { protocol: "http:", host: "localhost:9001", search: "" };

describe("serverAddress", () => {
  it("takes ?server= first", () => {
    const search = "?server=wss://example.com/ws%3Ftopic=a";
    expect(
      serverAddress({ page: { ...page, search }, configured: "ws://other", development: true }),
    ).toBe("wss://example.com/ws?topic=a");
  });

  it.each(["?server=http://example.com", "?server=nonsense", "?server=", "?server=javascript:1"])(
    "passes over what is not the address of a WebSocket: %s",
    (search) => {
      expect(
        serverAddress({ page: { ...page, search }, configured: undefined, development: false }),
      ).toBe("ws://localhost:9001/ws");
    },
  );

  it("takes VITE_WS_URL next", () => {
    expect(serverAddress({ page, configured: "ws://other:1/", development: true })).toBe(
      "ws://other:1/",
    );
  });

  it("takes the page's own server next, over TLS where the page is", () => {
    expect(serverAddress({ page, configured: undefined, development: false })).toBe(
      "ws://localhost:9001/ws",
    );
    const secure = { protocol: "https:", host: "example.com", search: "" };
    expect(serverAddress({ page: secure, configured: undefined, development: false })).toBe(
      "wss://example.com/ws",
    );
  });

  it("takes ws-demo's default in yarn dev", () => {
    const vite = { ...page, host: "localhost:5173" };
    expect(serverAddress({ page: vite, configured: undefined, development: true })).toBe(
      "ws://localhost:9001",
    );
  });
});

describe("httpAddress", () => {
  it("is the same server", () => {
    expect(httpAddress("ws://localhost:9001/ws?topic=a", "/readyz")).toBe(
      "http://localhost:9001/readyz",
    );
    expect(httpAddress("wss://example.com", "/readyz")).toBe("https://example.com/readyz");
  });
});
