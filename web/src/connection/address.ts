/** Where the page looks for its server. */
interface Surroundings {
  /** The page's own address. */
  page: Pick<Location, "protocol" | "host" | "search">;
  /** `VITE_WS_URL`, where the build sets it. */
  configured: string | undefined;
  /** Whether Vite's development server serves the page, and not ws-demo. */
  development: boolean;
}

/** What the page subscribes to unless its address says otherwise: the built-in stream, and all that is published. */
const USUAL_TOPICS = ["random", "*"];

/**
 * The WebSocket to connect to: `?server=ws://…` of the page, else `VITE_WS_URL`, else the server the
 * page came from, else (in `yarn dev`) ws-demo's default. It asks for the topics of the page's own
 * `?topic=…&topic=…`, or for the usual ones, unless the address of the server already asks for some.
 */
export function serverAddress(surroundings: Surroundings): string {
  const address = withoutTopics(surroundings);
  if (new URL(address).searchParams.has("topic")) return address;
  const asked = new URLSearchParams(surroundings.page.search).getAll("topic").filter(Boolean);
  const topics = asked.length > 0 ? asked : USUAL_TOPICS;
  return withQuery(
    address,
    topics.map((topic) => ["topic", topic]),
  );
}

function withoutTopics({ page, configured, development }: Surroundings): string {
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

/**
 * `address` with these fields at the end of its query. What is there already stays as it is, to the
 * byte, but for the fields named in `replaced`.
 */
export function withQuery(
  address: string,
  fields: readonly (readonly [name: string, value: string])[],
  replaced: readonly string[] = [],
): string {
  const url = new URL(address);
  const kept = url.search
    .slice(1)
    .split("&")
    .filter((field) => field !== "" && !replaced.includes(field.split("=", 1)[0] ?? ""));
  const added = fields.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  url.search = [...kept, ...added].join("&");
  return url.href;
}

/** The same server over HTTP, at `path`. */
export function httpAddress(webSocketAddress: string, path: string): string {
  const url = new URL(path, webSocketAddress);
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  return url.href;
}
