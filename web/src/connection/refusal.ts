/** Why the server refused a connection, and whether trying again may help. */
export interface Refusal {
  /** The server's text, or a general one where it sent none. */
  readonly reason: string;
  readonly isFinal: boolean;
}

/**
 * Browsers do not tell a page why a handshake failed. So the server completes it, and then closes with
 * 4000 + the HTTP status of the refusal, 400 to 599.
 */
const STATUS_BASE = 4000;
const UNAUTHORIZED = 401;
const TOO_MANY = 429;

const USUAL_REASONS: Readonly<Record<number, string>> = {
  400: "The server does not understand what this page asks for.",
  401: "The server wants a valid token.",
  403: "The server does not allow this.",
  429: "The server has too many connections from this address.",
  503: "The server accepts no new connections for now.",
};

/**
 * The refusal that a close with this code and reason is, or null.
 *
 * @param hasTokens whether the next try gets a new token
 */
export function asRefusal(code: number, reason: string, hasTokens: boolean): Refusal | null {
  const status = code - STATUS_BASE;
  if (status < 400 || status > 599) return null;
  const isForNow = status >= 500 || status === TOO_MANY || (status === UNAUTHORIZED && hasTokens);
  const usual = USUAL_REASONS[status] ?? `The server refuses the connection with ${status}.`;
  return { reason: reason || usual, isFinal: !isForNow };
}

/** Whether a live connection was closed because its token has expired. */
export const isTokenExpired = (code: number, reason: string): boolean =>
  code === 1008 && reason === "token expired";
