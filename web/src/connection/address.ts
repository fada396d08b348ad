/** Where the page looks for its server. */
interface Surroundings {
  /** The page's own address. */
  page: Pick<Location, "protocol" | "host" | "search">;
  /** `VITE_WS_URL`, where the build sets it. */
  configured: string | undefined;
  /** Whether Vite's development server serves the page, and not ws-demo. */
  development: boolean;
}

/**
 * The WebSocket to connect to: `?server=ws://…` of the page, else `VITE_WS_URL`, else the server the
 * page came from, else (in `yarn dev`) ws-demo's default.
 */
export function serverAddress({ page, configured, development }: Surroundings): string {
  const asked = new URLSearchParams(page.search).get("server");
  if (asked !== null && isWebSocketAddress(asked)) return asked;
  if (configured) return configured;
  if (development) return "ws://localhost:9001";
  return `${page.protocol === "https:" ? "wss:" : "ws:"}//${page.host}/ws`;
}

function isWebSocketAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  return ["ws:", "wss:"].includes(new URL(text).protocol);
}

/** The same server over HTTP, at `path`. */
export function httpAddress(webSocketAddress: string, path: string): string {
  const url = new URL(path, webSocketAddress);
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  return url.href;
}
