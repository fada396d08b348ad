/** With this subprotocol, the server tells why it refuses a connection. It selects this one only. */
const PROTOCOL = "ws-demo.v1";
/** Prefix of a token. Subprotocols are the only field of the handshake that a browser lets a page set. */
const BEARER = "bearer.";
/** The characters of a subprotocol (RFC 9110 section 5.6.2). Those of a JWT are among them. */
const SENDABLE = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * The subprotocols to offer, with the token where there is one.
 *
 * @throws Error for a token that cannot be sent. The message does not contain it.
 */
export function subprotocols(token: string | null): string[] {
  if (!token) return [PROTOCOL];
  if (!SENDABLE.test(token)) throw new Error("it has characters that cannot be sent.");
  return [PROTOCOL, BEARER + token];
}

/**
 * The token of `#token=…` in a page's address, and the address without it, otherwise unchanged. Browsers
 * do not send fragments, so that the token is in no server's log.
 */
export function takeToken(address: string): { token: string | null; address: string } {
  const start = address.indexOf("#");
  if (start < 0) return { token: null, address };
  const fragment = address.slice(start + 1);
  const fields = fragment.split("&");
  const kept = fields.filter((field) => !field.startsWith("token="));
  if (kept.length === fields.length) return { token: null, address };
  const rest = kept.length > 0 ? `#${kept.join("&")}` : "";
  return {
    token: new URLSearchParams(fragment).get("token")?.trim() || null,
    address: address.slice(0, start) + rest,
  };
}
