import { describe, expect, it } from "vitest";
import { httpAddress, serverAddress, withQuery } from "./address";

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
      ).toBe("ws://localhost:9001/ws?topic=random&topic=*");
    },
  );

  it("takes VITE_WS_URL next", () => {
    expect(serverAddress({ page, configured: "ws://other:1/", development: true })).toBe(
      "ws://other:1/?topic=random&topic=*",
    );
  });

  it("takes the page's own server next, over TLS where the page is", () => {
    expect(serverAddress({ page, configured: undefined, development: false })).toBe(
      "ws://localhost:9001/ws?topic=random&topic=*",
    );
    const secure = { protocol: "https:", host: "example.com", search: "" };
    expect(serverAddress({ page: secure, configured: undefined, development: false })).toBe(
      "wss://example.com/ws?topic=random&topic=*",
    );
  });

  it("takes ws-demo's default in yarn dev", () => {
    const vite = { ...page, host: "localhost:5173" };
    expect(serverAddress({ page: vite, configured: undefined, development: true })).toBe(
      "ws://localhost:9001/?topic=random&topic=*",
    );
  });
});

describe("the topics", () => {
  const search = "?topic=prices&topic=news.*";
  const asked = "topic=prices&topic=news.*";

  it.each([
    ["?server=", "&server=ws://other/ws", undefined, false, "ws://other/ws"],
    ["VITE_WS_URL", "", "ws://other:1/", false, "ws://other:1/"],
    ["its own server", "", undefined, false, "ws://localhost:9001/ws"],
    ["yarn dev's", "", undefined, true, "ws://localhost:9001/"],
  ])("of the page's address go to %s", (_, more, configured, development, address) => {
    const own = { ...page, search: search + more };
    expect(serverAddress({ page: own, configured, development })).toBe(`${address}?${asked}`);
  });

  it("are not added to an address that asks for some, which stays as it is", () => {
    const configured = "ws://other:1/?a=b%20c&topic=x";
    expect(serverAddress({ page: { ...page, search }, configured, development: false })).toBe(
      configured,
    );
  });

  it("join a query that asks for none", () => {
    expect(serverAddress({ page, configured: "ws://other:1/?a=b%20c", development: false })).toBe(
      "ws://other:1/?a=b%20c&topic=random&topic=*",
    );
  });

  it("are escaped, and an empty one is none", () => {
    const own = { configured: undefined, development: false };
    expect(serverAddress({ page: { ...page, search: "?topic=a%26since%3D1" }, ...own })).toBe(
      "ws://localhost:9001/ws?topic=a%26since%3D1",
    );
    expect(serverAddress({ page: { ...page, search: "?topic=" }, ...own })).toBe(
      "ws://localhost:9001/ws?topic=random&topic=*",
    );
  });
});

describe("withQuery", () => {
  it("replaces what it is told to, and leaves the rest as it is", () => {
    const address = "ws://h/ws?since=a:1&x=%2f+&last&lastly=1";
    expect(withQuery(address, [["last", "1"]], ["since", "last"])).toBe(
      "ws://h/ws?x=%2f+&lastly=1&last=1",
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
