import { withQuery } from "./address";

/** As ws-demo writes them. Others are not sent back: a server that refuses one would refuse the page for ever. */
const ID = /^[0-9a-zA-Z]{1,32}:(\d{1,20})$/;
/** The greatest number that fits the server's 64 bits. */
const GREATEST_NUMBER = 2n ** 64n - 1n;

/** What a page that opens wants to see of each topic. */
const LAST_AT_FIRST = "1";
/** As much of each topic as the server keeps, unless it is told otherwise. */
const LAST_OF_ALL = "1000";

/**
 * How far the page has come in the published events, and so what its next connection asks to be told
 * first. A replay ends with `$recovered`; what comes after that is new.
 */
export class Position {
  /** The id of the newest event that has come. */
  private newest: string | null = null;
  private hasCaughtUp = false;
  /** Since the last connect the server has told of a gap, and of no event after it. */
  private isBehindGap = false;

  /** Whether no replay has been told to its end yet: there is nothing that could have been missed. */
  get isFirst(): boolean {
    return !this.hasCaughtUp;
  }

  /** The address for the next connection to the server at `address`. */
  ask(address: string): string {
    this.isBehindGap = false;
    if (this.newest !== null) return asking(address, "since", this.newest);
    // The history was empty when the page caught up, so that nothing in it can have been seen.
    if (this.hasCaughtUp) return asking(address, "last", LAST_OF_ALL);
    const own = new URL(address).searchParams;
    if (own.has("since") || own.has("last")) return address;
    return asking(address, "last", LAST_AT_FIRST);
  }

  /** An event with this id has come. They come in order: the newest is the last. */
  saw(id: string): void {
    const number = ID.exec(id)?.[1];
    if (number === undefined || BigInt(number) > GREATEST_NUMBER) return;
    this.newest = id;
    this.isBehindGap = false;
  }

  /** The server cannot tell all that came after the id it was asked for. */
  gap(): void {
    this.isBehindGap = true;
  }

  /**
   * The replay is complete. Where it was a gap and nothing else, the server has nothing that has been
   * seen, and the id leads nowhere: to ask for it again would be to be told of the same gap again.
   */
  caughtUp(): void {
    if (this.isBehindGap) this.newest = null;
    this.isBehindGap = false;
    this.hasCaughtUp = true;
  }
}

/** The server takes `since` or `last`, and not both. */
const asking = (address: string, name: "since" | "last", value: string): string =>
  withQuery(address, [[name, value]], ["since", "last"]);
