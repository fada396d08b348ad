import { beforeEach, describe, expect, it, vi } from "vitest";
import { FakeConnection, publishedText } from "../testing/fakes";
import { Feed } from "./feed";

let connection: FakeConnection;
let feed: Feed;
let frames: FrameRequestCallback[];

beforeEach(() => {
  frames = [];
  vi.spyOn(window, "requestAnimationFrame").mockImplementation((callback) => frames.push(callback));
  connection = new FakeConnection({ status: "connecting" });
  feed = new Feed(connection.asConnection());
});

/** A connection is made, and asks for what it does. */
function connect(): string {
  const address = connection.position.ask(connection.address);
  connection.become({ status: "live" });
  return address.split("?")[1] ?? "";
}
const cut = () => connection.become({ status: "reconnecting", retryAt: 0 });
const say = (topic: string, payload: unknown, id?: string) =>
  connection.deliver(JSON.stringify({ topic, payload, id }));
const recovered = (count: unknown, id?: string) => say("$recovered", { count }, id);
const gap = (id?: string) => say("$gap", { reason: "the event log began anew since" }, id);

function snapshot() {
  for (const callback of frames.splice(0)) callback(0);
  return feed.getSnapshot();
}

describe("an interruption", () => {
  it("is none when the page opens, however much it is shown", () => {
    connect();
    connection.deliver(publishedText("a", 1, "e:1"));
    gap();
    recovered(1);
    expect(snapshot().interruption).toBeNull();
  });

  it("costs what is recovered after it", () => {
    connect();
    recovered(0);
    cut();
    connect();
    recovered(3);
    expect(snapshot().interruption).toMatchObject({ recovered: 3, gap: null });
  });

  it("costs nothing where nothing was missed", () => {
    connect();
    recovered(0);
    cut();
    connect();
    recovered(0);
    expect(snapshot().interruption).toBeNull();
  });

  it("costs what cannot be recovered, too", () => {
    connect();
    recovered(0);
    cut();
    connect();
    gap();
    recovered(2);
    expect(snapshot().interruption).toMatchObject({
      recovered: 2,
      gap: "the event log began anew since",
    });
  });

  it("is forgotten at the next, whose gap is not the last one's", () => {
    connect();
    recovered(0);
    cut();
    connect();
    gap();
    recovered(2);
    cut();
    expect(snapshot().interruption).toBeNull();
    connect();
    gap(); // and then it is cut before the end
    cut();
    connect();
    recovered(1);
    expect(snapshot().interruption).toMatchObject({ recovered: 1, gap: null });
  });

  it("by a restart leaves nothing of the old epoch, whether there is anything new or not", () => {
    connect();
    connection.deliver(publishedText("a", 1, "old:5"));
    recovered(1);
    cut();
    expect(connect()).toBe("since=old%3A5");
    gap("new:0");
    cut();
    expect(connect()).toBe("since=new%3A0");
    recovered(0, "new:0");
    cut();
    expect(connect()).toBe("since=new%3A0");
    connection.deliver(publishedText("a", 2, "new:1"));
    recovered(1);
    cut();
    expect(connect()).toBe("since=new%3A1");
  });

  it("survives whatever the server says of it", () => {
    connect();
    recovered(0);
    cut();
    connect();
    say("$gap", null);
    say("$lost", "many");
    say("$unheard-of", {});
    recovered("3");
    expect(snapshot()).toMatchObject({ interruption: { recovered: 0, gap: "" }, loss: null });
  });
});

it("goes on from the position that was told, where nothing has come", () => {
  expect(connect()).toBe("last=1");
  say("$position", {}, "e:7");
  cut();
  expect(connect()).toBe("since=e%3A7");
  say("$position", {}, "e:7");
  recovered(0, "e:9");
  cut();
  expect(connect()).toBe("since=e%3A9");
});

describe("a loss", () => {
  it("is summed up until the connection ends, and does not end it", () => {
    connect();
    recovered(0);
    say("$lost", { count: 12 });
    say("$lost", { count: 30 });
    expect(snapshot().loss).toMatchObject({ count: 42 });
    expect(connection.retries).toBe(0);
    cut();
    connect();
    expect(snapshot().loss).toBeNull();
  });

  it("does not move the position: it came before the newest event", () => {
    connect();
    connection.deliver(publishedText("a", 1, "e:1"));
    say("$lost", { count: 12 });
    connection.deliver(publishedText("a", 1, "e:14"));
    recovered(1);
    cut();
    expect(connect()).toBe("since=e%3A14");
  });
});
