import { retryDelay } from "./backoff";
import { likelyCause } from "./diagnosis";
import { Position } from "./position";
import { asRefusal, isTokenExpired } from "./refusal";
import { subprotocols } from "./token";

/** How long a handshake may take before it counts as failed, and getToken before it; in milliseconds. */
const HANDSHAKE_MS = 10_000;
/** A refusal comes right after the upgrade. A socket still open after this, in milliseconds, is accepted. */
const REFUSAL_MS = 500;
/** How long a connection must hold before the next loss starts with a short wait again. */
const HELD_MS = 5000;
/** How long a page that wakes waits for a sign of life before it replaces its socket. */
const SIGN_OF_LIFE_MS = 1500;

/** What the socket is doing. `retryAt` is a time as of Date.now(). */
export type ConnectionState =
  | { readonly status: "connecting" }
  /**
   * The socket is open. The server refuses a connection by closing it right after the upgrade. Until it has
   * sent something, or REFUSAL_MS have passed, `mayBeRefused` is set: the page still shows "Connecting".
   */
  | { readonly status: "live"; readonly mayBeRefused?: true }
  /** It was live, and will be tried again. */
  | { readonly status: "reconnecting"; readonly retryAt: number }
  /** A try failed, or was refused for now; the next one follows. */
  | { readonly status: "unreachable"; readonly retryAt: number; readonly cause: string }
  /** The server refused for a reason that does not pass by itself. Only `retryNow()` tries again. */
  | { readonly status: "refused"; readonly code: number; readonly reason: string }
  /** The browser has no network; the next try is when it has. */
  | { readonly status: "offline" }
  /** Not started, or stopped. */
  | { readonly status: "closed" };

export type Data = string | ArrayBuffer;
type MessageListener = (data: Data) => void;
type GetToken = () => string | null | Promise<string | null>;

export interface ConnectionOptions {
  /** The server's WebSocket, without what a single connection asks to be told first. */
  readonly address: string;
  /** Called before each connection for the token to send; null for none. If it fails, the try has failed. */
  readonly getToken?: GetToken | undefined;
  /** For the jitter of the waits: from 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
}

/**
 * A WebSocket that comes back by itself.
 *
 * It lives outside React: main.tsx makes one and starts it, components read it through `useSnapshot`.
 * Between start() and stop() it owns at most one socket and at most one timer for the next try; a socket
 * that was replaced is never heard again.
 */
export class Connection {
  /** Without what a single connection asks to be told first. */
  readonly address: string;
  /** Who reads the messages tells it what came, so that a new connection asks for what did not. */
  readonly position = new Position();
  private readonly getToken: GetToken | undefined;
  private readonly random: () => number;
  private readonly stateListeners = new Set<() => void>();
  private readonly messageListeners = new Set<MessageListener>();
  private state: ConnectionState = { status: "closed" };
  private socket: WebSocket | null = null;
  private retryTimer: Timer;
  private handshakeTimer: Timer;
  private heldTimer: Timer;
  private refusalTimer: Timer;
  private silenceTimer: Timer;
  /** Grows whenever a try begins or ends. A token that was asked for under another number is ignored. */
  private attempt = 0;
  /** How many tries have failed since a connection last held. */
  private failures = 0;
  /** Whether a token has expired since a connection last held. */
  private hasExpired = false;
  /** The likely cause of the last failure that came without a reason. */
  private guess = "";
  /** The question whose echo is the sign of life that is waited for. */
  private probe: string | null = null;
  private probes = 0;

  constructor({ address, getToken, random = Math.random }: ConnectionOptions) {
    this.address = address;
    this.getToken = getToken;
    this.random = random;
  }

  /** For `useSnapshot`. */
  subscribe = (listener: () => void): (() => void) => {
    this.stateListeners.add(listener);
    return () => this.stateListeners.delete(listener);
  };

  getSnapshot = (): ConnectionState => this.state;

  /** Calls `listener` with each message as it comes. Returns what ends that. */
  onMessage(listener: MessageListener): () => void {
    this.messageListeners.add(listener);
    return () => this.messageListeners.delete(listener);
  }

  start(): void {
    if (this.state.status !== "closed") return;
    window.addEventListener("online", this.wentOnline);
    window.addEventListener("offline", this.wentOffline);
    window.addEventListener("pageshow", this.awoke);
    document.addEventListener("visibilitychange", this.awoke);
    this.connect();
  }

  /** Closes with 1000 and does not come back. */
  stop(): void {
    window.removeEventListener("online", this.wentOnline);
    window.removeEventListener("offline", this.wentOffline);
    window.removeEventListener("pageshow", this.awoke);
    document.removeEventListener("visibilitychange", this.awoke);
    this.drop(1000);
    this.become({ status: "closed" });
  }

  /** Sends now, or returns false: nothing is queued for a connection that is not there. */
  send(data: Data): boolean {
    if (this.state.status !== "live" || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(data);
    return true;
  }

  /** Does not wait for the next try. */
  retryNow(): void {
    if (["reconnecting", "unreachable", "refused", "offline"].includes(this.state.status))
      this.connect();
  }

  private connect(): void {
    this.drop();
    this.become({ status: "connecting" });
    if (this.getToken) this.openWithToken(this.getToken);
    else this.open(null);
  }

  private async openWithToken(getToken: GetToken): Promise<void> {
    const { attempt } = this;
    this.handshakeTimer = setTimeout(
      () => this.lost("Getting a token takes too long."),
      HANDSHAKE_MS,
    );
    try {
      const token = await getToken();
      if (attempt === this.attempt) this.open(token);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (attempt === this.attempt) this.lost(`Getting a token failed: ${reason}`);
    }
  }

  private open(token: string | null): void {
    const socket = new WebSocket(this.position.ask(this.address), subprotocols(token));
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    clearTimeout(this.handshakeTimer);
    this.handshakeTimer = setTimeout(() => this.lost(), HANDSHAKE_MS);
    socket.onopen = () => {
      clearTimeout(this.handshakeTimer);
      this.heldTimer = setTimeout(() => {
        this.failures = 0;
        this.hasExpired = false;
      }, HELD_MS);
      this.refusalTimer = setTimeout(() => this.accepted(), REFUSAL_MS);
      this.become({ status: "live", mayBeRefused: true });
    };
    socket.onmessage = ({ data }: MessageEvent<Data>) => this.heard(data);
    socket.onclose = (event) => this.closed(event); // an error is always followed by a close
  }

  /** The server has accepted the connection. In a socket that is closing, the refusal has come already. */
  private accepted(): void {
    clearTimeout(this.refusalTimer);
    if (this.socket?.readyState === WebSocket.OPEN) this.become({ status: "live" });
  }

  private heard(data: Data): void {
    clearTimeout(this.silenceTimer);
    if (this.state.status === "live" && this.state.mayBeRefused) this.accepted();
    if (data === this.probe) {
      this.probe = null;
      return;
    }
    for (const listener of this.messageListeners) listener(data);
  }

  private closed({ code, reason }: CloseEvent): void {
    const refusal = asRefusal(code, reason, this.getToken !== undefined);
    if (refusal?.isFinal) {
      this.drop();
      this.become({ status: "refused", code, reason: refusal.reason });
    } else if (isTokenExpired(code, reason) && !this.hasExpired) {
      this.hasExpired = true; // so that a getToken which returns the same token does not loop
      this.connect();
    } else {
      this.lost(refusal?.reason);
    }
  }

  /** The connection is gone, or never was. With the reason, if it is known. */
  private lost(reason?: string): void {
    const wasLive = this.state.status === "live";
    this.drop();
    if (!this.mayReachServer()) {
      this.become({ status: "offline" });
      return;
    }
    const wait = retryDelay(this.failures, this.random);
    this.failures += 1;
    const retryAt = Date.now() + wait;
    this.retryTimer = setTimeout(() => this.connect(), wait);
    if (reason !== undefined) {
      this.become({ status: "unreachable", retryAt, cause: reason });
    } else if (wasLive) {
      this.become({ status: "reconnecting", retryAt });
    } else {
      this.become({ status: "unreachable", retryAt, cause: this.guess });
      this.findCause();
    }
  }

  private async findCause(): Promise<void> {
    const guess = await likelyCause(this.address);
    const { state } = this;
    // A reason that the server gave meanwhile is better than a guess.
    if (state.status === "unreachable" && state.cause === this.guess)
      this.become({ ...state, cause: guess });
    this.guess = guess;
  }

  /** Lets go of the socket and of every timer. */
  private drop(code?: number): void {
    this.attempt += 1;
    clearTimeout(this.retryTimer);
    clearTimeout(this.handshakeTimer);
    clearTimeout(this.heldTimer);
    clearTimeout(this.refusalTimer);
    clearTimeout(this.silenceTimer);
    this.probe = null;
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close(code);
  }

  private become(state: ConnectionState): void {
    this.state = state;
    for (const listener of this.stateListeners) listener();
  }

  /** A server on this machine is there without a network too. */
  private mayReachServer(): boolean {
    const host = new URL(this.address).hostname;
    return navigator.onLine || host === "localhost" || host === "[::1]" || host.startsWith("127.");
  }

  private wentOnline = (): void => {
    if (this.state.status === "offline") this.connect();
    else this.askForSignOfLife();
  };

  private wentOffline = (): void => {
    if (this.mayReachServer()) return;
    if (this.state.status === "live") {
      this.askForSignOfLife();
    } else if (this.state.status !== "refused") {
      this.drop();
      this.become({ status: "offline" });
    }
  };

  private awoke = (): void => {
    if (document.visibilityState === "visible") this.askForSignOfLife();
  };

  /**
   * A page that slept may hold a socket that died meanwhile without a word. The server echoes, so a
   * question gets an answer whatever the interval; where nothing at all comes, the socket is replaced.
   */
  private askForSignOfLife(): void {
    if (this.state.status !== "live" || this.probe !== null) return;
    this.probes += 1;
    this.probe = JSON.stringify({ topic: "$probe", payload: this.probes });
    this.socket?.send(this.probe);
    this.silenceTimer = setTimeout(() => this.connect(), SIGN_OF_LIFE_MS);
  }
}

type Timer = ReturnType<typeof setTimeout> | undefined;
