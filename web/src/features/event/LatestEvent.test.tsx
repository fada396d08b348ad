import { act, render, screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { Feed } from "../../feed/feed";
import { eventText, FakeConnection } from "../../testing/fakes";
import { LatestEvent } from "./LatestEvent";

it("has room for an event before there is one, and then shows it", async () => {
  const connection = new FakeConnection();
  const feed = new Feed(connection.asConnection());
  render(<LatestEvent feed={feed} />);
  const card = within(screen.getByRole("region", { name: "Latest event" }));
  expect(card.getByText("No event yet")).toBeVisible();

  act(() => connection.deliver(eventText(1_234_567_890)));
  expect(await card.findByText("1,234,567,890")).toBeVisible();
  expect(card.getByText("Hello, world!")).toBeVisible();
  expect(card.getByText(/^\d\d:\d\d:\d\d\.\d{3}$/)).toBeVisible();

  act(() => connection.deliver(eventText(2)));
  expect(await card.findByText("2", { selector: ".number" })).toBeVisible();
  expect(card.getByText(/^± /)).toBeVisible();
});
