/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** The server's WebSocket, where it is not the one the page comes from. */
  readonly VITE_WS_URL?: string;
}
