import { act, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { Feed } from "../../feed/feed";
import { eventText, FakeConnection, publishedText } from "../../testing/fakes";
import { Topics } from "./Topics";

let connection: FakeConnection;

beforeEach(() => {
  connection = new FakeConnection();
  const feed = new Feed(connection.asConnection());
  render(<Topics connection={connection.asConnection()} feed={feed} />);
});

const deliver = (...texts: string[]) =>
  act(() => {
    for (const text of texts) connection.deliver(text);
  });

describe("Topics", () => {
  it("tells how to publish while nothing has been, and copies that", async () => {
    const user = userEvent.setup();
    deliver(eventText(1));
    const command = screen.getByText(/^curl -X POST http:\/\/test\.invalid\/topics\/prices -H /);
    expect(screen.getByText("--publish-token-file")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Copy the command" }));
    expect(await navigator.clipboard.readText()).toBe(command.textContent);
  });

  it("lists what is published, newest first, in place of that", async () => {
    deliver(
      publishedText("prices", { eur: 1 }, "e:1"),
      publishedText("news", "<b>bold</b>", "e:2"),
      publishedText("prices", { eur: 2 }, "e:3"),
    );
    const list = within(await screen.findByRole("list", { name: /^Published topics/ }));
    const [first, second] = list.getAllByRole("listitem");
    expect(first).toHaveTextContent(/^prices\{"eur":2\}2 events\d\d:\d\d:\d\d\.\d{3}$/);
    expect(second).toHaveTextContent(/^news"<b>bold<\/b>"1 event\d\d:/);
    expect(screen.queryByText(/curl/)).toBeNull();
  });

  it("shows that a payload is longer", async () => {
    deliver(publishedText("long", "x".repeat(1000), "e:1"));
    expect(await screen.findByText(/^"x{299}…$/)).toBeVisible();
  });
});
