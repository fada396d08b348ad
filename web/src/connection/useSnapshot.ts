import { useSyncExternalStore } from "react";

/** What lives outside React and tells of its changes. A snapshot never changes; a new state is a new one. */
export interface Source<T> {
  subscribe(listener: () => void): () => void;
  getSnapshot(): T;
}

/** The state of a connection, or of a feed, as of now. */
export function useSnapshot<T>(source: Source<T>): T {
  return useSyncExternalStore(source.subscribe, source.getSnapshot);
}
