import { withQuery } from "./address";

/** As ws-demo writes them. Others are not sent back: a server that refuses one would refuse the page for ever. */
const ID = /^[0-9a-zA-Z]{1,32}:(\d{1,20})$/;
/** The greatest number that fits the server's 64 bits. */
const GREATEST_NUMBER = 2n ** 64n - 1n;

/** What a page that opens wants to see of each topic. */
const LAST_AT_FIRST = "1";

/**
 * How far the page has come in the published events, and so what its next connection asks to be told
 * first. The server tells where the page stands before anything else, so that nothing is missed even
 * where nothing had come. A replay ends with `$recovered`; what comes after that is new.
 */
export class Position {
  /** The newest id that has come, of an event or with what the server says by itself. */
  private newest: string | null = null;
  private hasCaughtUp = false;

  /** Whether no replay has been told to its end yet: there is nothing that could have been missed. */
  get isFirst(): boolean {
    return !this.hasCaughtUp;
  }

  /** The address for the next connection to the server at `address`. */
  ask(address: string): string {
    if (this.newest !== null) return asking(address, "since", this.newest);
    const own = new URL(address).searchParams;
    if (own.has("since") || own.has("last")) return address;
    return asking(address, "last", LAST_AT_FIRST);
  }

  /** Something with this id has come. Ids come in order: the newest is the last. */
  saw(id: string): void {
    const number = ID.exec(id)?.[1];
    if (number === undefined || BigInt(number) > GREATEST_NUMBER) return;
    this.newest = id;
  }

  /** The replay is complete. */
  caughtUp(): void {
    this.hasCaughtUp = true;
  }
}

/** The server takes `since` or `last`, and not both. */
const asking = (address: string, name: "since" | "last", value: string): string =>
  withQuery(address, [[name, value]], ["since", "last"]);
