import { act, fireEvent, render, screen, within } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Feed } from "../../feed/feed";
import { FakeConnection } from "../../testing/fakes";
import { Log } from "./Log";

let connection: FakeConnection;
let user: UserEvent;

beforeEach(() => {
  user = userEvent.setup();
  connection = new FakeConnection();
  const feed = new Feed(connection.asConnection());
  vi.spyOn(window, "requestAnimationFrame").mockImplementation((callback) => {
    queueMicrotask(() => act(() => callback(0)));
    return 1;
  });
  render(<Log feed={feed} />);
});

const deliver = (...messages: (string | ArrayBuffer)[]) =>
  act(async () => {
    for (const message of messages) connection.deliver(message);
  });
const rows = () => screen.queryAllByRole("option");
const list = () => screen.getByRole("listbox", { name: "Messages" });

/** jsdom lays nothing out: this is where the reader has scrolled to. */
function scrollTo(top: number, height = 10_000) {
  Object.defineProperties(list(), {
    scrollHeight: { value: height, configurable: true },
    clientHeight: { value: 280, configurable: true },
  });
  list().scrollTop = top;
  fireEvent.scroll(list());
}

describe("Log", () => {
  it("says that there is nothing yet", () => {
    expect(screen.getByText("No messages yet")).toBeVisible();
  });

  it("lists what comes, as what it is", async () => {
    await deliver(
      '{"topic":"prices","payload":1}',
      "plain",
      "[1]",
      new Uint8Array([222, 173]).buffer,
    );
    const texts = rows().map((row) => row.textContent);
    expect(texts[0]).toContain("prices1");
    expect(texts[1]).toContain("textplain");
    expect(texts[2]).toContain("json[1]");
    expect(texts[3]).toContain("binaryde ad");
    expect(texts[3]).toContain("2 B");
  });

  it("shows what is nested too deeply to write as JSON", async () => {
    await deliver(`{"topic":"deep","payload":${"[".repeat(8000)}${"]".repeat(8000)}}`);
    expect(rows()[0]).toHaveTextContent("nested too deeply");
  });

  it("draws only what is in sight, of however many", async () => {
    await deliver(...Array.from({ length: 500 }, (_, i) => `message ${i}`));
    expect(rows().length).toBeLessThan(40);
  });

  it("filters by text, topic and kind, whatever the case", async () => {
    await deliver("Apple", '{"topic":"fruit","payload":"pear"}', "other");
    const box = screen.getByRole("searchbox", { name: "Filter the log by text" });
    await user.type(box, "apple");
    expect(rows()).toHaveLength(1);
    await user.clear(box);
    await user.type(box, "FRUIT");
    expect(rows()).toHaveLength(1);
    await user.type(box, "x");
    expect(screen.getByText("No message has this text")).toBeVisible();
  });

  it("holds still while it is paused, and says how much is newer", async () => {
    await deliver("one");
    await user.click(screen.getByRole("button", { name: "Pause" }));
    await deliver("two", "three");
    expect(rows()).toHaveLength(1);
    await user.click(screen.getByRole("button", { name: "2 newer ↓" }));
    expect(rows()).toHaveLength(3);
    expect(screen.getByRole("button", { name: "Pause" })).toBeVisible();
  });

  it("does not pull a reader who has scrolled up back down", async () => {
    await deliver(...Array.from({ length: 300 }, (_, i) => `message ${i}`));
    scrollTo(1000);
    expect(screen.getByRole("button", { name: "Resume" })).toBeVisible();
    await deliver("newer");
    expect(list().scrollTop).toBe(1000);
    await user.click(screen.getByRole("button", { name: "1 newer ↓" }));
    expect(list().scrollTop).toBe(10_000);
  });

  it("clears", async () => {
    await deliver("one");
    await user.click(screen.getByRole("button", { name: "Clear" }));
    expect(screen.getByText("No messages yet")).toBeVisible();
    expect(list()).toHaveTextContent(/^$/);
  });

  it("shows the selected message readably, and copies it as it came", async () => {
    await deliver('{"topic":"t","payload":{"a":1}}');
    const row = rows()[0];
    if (!row) throw new Error("no row");
    await user.click(row);
    const detail = within(screen.getByRole("region", { name: "Selected message" }));
    expect(detail.getByText(/"payload": \{/)).toBeVisible();
    await user.click(detail.getByRole("button", { name: "Copy" }));
    expect(await navigator.clipboard.readText()).toBe('{"topic":"t","payload":{"a":1}}');
  });

  it("is read with the keyboard alone", async () => {
    await deliver("first", "second", "third");
    await user.tab(); // filter
    await user.tab(); // pause
    await user.tab(); // clear
    await user.tab();
    expect(list()).toHaveFocus();
    await user.keyboard("{ArrowUp}");
    expect(rows()[2]).toHaveAttribute("aria-selected", "true");
    await user.keyboard("{Home}");
    expect(rows()[0]).toHaveAttribute("aria-selected", "true");
    expect(list()).toHaveAttribute("aria-activedescendant", rows()[0]?.id);
  });
});
