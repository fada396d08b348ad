import { retryDelay } from "./backoff";
import { likelyCause } from "./diagnosis";
import { Position } from "./position";

/** How long a handshake may take before it counts as failed, in milliseconds. */
const HANDSHAKE_MS = 10_000;
/** How long a connection must hold before the next loss starts with a short wait again. */
const HELD_MS = 5000;
/** How long a page that wakes waits for a sign of life before it replaces its socket. */
const SIGN_OF_LIFE_MS = 1500;

/** What the socket is doing. `retryAt` is a time as of Date.now(). */
export type ConnectionState =
  | { readonly status: "connecting" }
  | { readonly status: "live" }
  /** It was live, and will be tried again. */
  | { readonly status: "reconnecting"; readonly retryAt: number }
  /** A handshake failed, and will be tried again. */
  | { readonly status: "unreachable"; readonly retryAt: number; readonly cause: string }
  /** The browser has no network; the next try is when it has. */
  | { readonly status: "offline" }
  /** Not started, or stopped. */
  | { readonly status: "closed" };

export type Data = string | ArrayBuffer;
type MessageListener = (data: Data) => void;

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
  private readonly random: () => number;
  private readonly stateListeners = new Set<() => void>();
  private readonly messageListeners = new Set<MessageListener>();
  private state: ConnectionState = { status: "closed" };
  private socket: WebSocket | null = null;
  private retryTimer: Timer;
  private handshakeTimer: Timer;
  private heldTimer: Timer;
  private silenceTimer: Timer;
  /** How many tries have failed since a connection last held. */
  private failures = 0;
  private cause = "";
  /** The question whose echo is the sign of life that is waited for. */
  private probe: string | null = null;
  private probes = 0;

  constructor(address: string, random: () => number = Math.random) {
    this.address = address;
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
    if (["reconnecting", "unreachable", "offline"].includes(this.state.status)) this.connect();
  }

  private connect(): void {
    this.drop();
    this.become({ status: "connecting" });
    const socket = new WebSocket(this.position.ask(this.address));
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    this.handshakeTimer = setTimeout(() => this.lost(), HANDSHAKE_MS);
    socket.onopen = () => {
      clearTimeout(this.handshakeTimer);
      this.heldTimer = setTimeout(() => {
        this.failures = 0;
      }, HELD_MS);
      this.become({ status: "live" });
    };
    socket.onmessage = ({ data }: MessageEvent<Data>) => this.heard(data);
    socket.onclose = () => this.lost(); // an error is always followed by a close
  }

  private heard(data: Data): void {
    clearTimeout(this.silenceTimer);
    if (data === this.probe) {
      this.probe = null;
      return;
    }
    for (const listener of this.messageListeners) listener(data);
  }

  /** The connection is gone, or never was. */
  private lost(): void {
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
    if (wasLive) {
      this.become({ status: "reconnecting", retryAt });
    } else {
      this.become({ status: "unreachable", retryAt, cause: this.cause });
      this.findCause();
    }
  }

  private async findCause(): Promise<void> {
    this.cause = await likelyCause(this.address);
    if (this.state.status === "unreachable") this.become({ ...this.state, cause: this.cause });
  }

  /** Lets go of the socket and of every timer. */
  private drop(code?: number): void {
    clearTimeout(this.retryTimer);
    clearTimeout(this.handshakeTimer);
    clearTimeout(this.heldTimer);
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
    } else {
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
