import { httpAddress } from "./address";

/** How long the question may take, in milliseconds. */
const PATIENCE_MS = 2000;

/**
 * The likely cause of a handshake that failed. A browser does not tell a page why, so this asks the
 * server over HTTP where the page may: its own server gives its reason, of another it can only be seen
 * whether anything answers.
 */
export async function likelyCause(
  address: string,
  page: Pick<Location, "origin"> = window.location,
): Promise<string> {
  const question = httpAddress(address, "/readyz");
  const isOwnServer = new URL(question).origin === page.origin;
  try {
    const answer = await fetch(question, {
      mode: isOwnServer ? "same-origin" : "no-cors",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.status === 503) {
      const reason = (await answer.text()).trim().slice(0, 200);
      return `The server takes nobody new: ${reason || "it is full or shutting down"}.`;
    }
    return `The server runs, but refused the connection. It may be full, not allow pages from ${page.origin}, or not know the topics asked for.`;
  } catch {
    return "Nothing answers there: the server is not running, or something on the way blocks it.";
  }
}
