import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { Feed } from "../../feed/feed";
import { FakeConnection } from "../../testing/fakes";
import { Status } from "./Status";

function show(connection: FakeConnection) {
  const feed = new Feed(connection.asConnection());
  render(<Status connection={connection.asConnection()} feed={feed} />);
}

describe("Status", () => {
  it.each([
    ["connecting", "Connecting"],
    ["live", "Live"],
  ] as const)("says %s, and needs nothing from the reader", (status, words) => {
    show(new FakeConnection({ status }));
    expect(screen.getByRole("status")).toHaveTextContent(words);
    expect(screen.getByText("ws://test.invalid/ws")).toBeVisible();
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("does not say that a connection lives which may be refused yet", () => {
    const connection = new FakeConnection({ status: "live", mayBeRefused: true });
    show(connection);
    expect(screen.getByRole("status")).toHaveTextContent("Connecting");
    expect(screen.getByRole("region")).toHaveAttribute("data-status", "connecting");
    act(() => connection.become({ status: "live" }));
    expect(screen.getByRole("status")).toHaveTextContent("Live");
  });

  it("says why it is refused, and tries again only when told so", async () => {
    const reason = "Listening to 'prices' needs a token.";
    const connection = new FakeConnection({ status: "refused", code: 4401, reason });
    show(connection);
    expect(screen.getByRole("status")).toHaveTextContent(/^Refused$/);
    expect(screen.getByText(reason)).toBeVisible();
    expect(screen.queryByText(/Next try/)).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(connection.retries).toBe(1);
  });

  it("follows the connection", () => {
    const connection = new FakeConnection({ status: "connecting" });
    show(connection);
    act(() => connection.become({ status: "live" }));
    expect(screen.getByRole("status")).toHaveTextContent("Live");
  });

  it("counts down to the next try, outside of what is read aloud", () => {
    vi.useFakeTimers();
    show(new FakeConnection({ status: "reconnecting", retryAt: Date.now() + 2500 }));
    expect(screen.getByText("Next try in 3 s")).toBeVisible();
    act(() => vi.advanceTimersByTime(1000));
    expect(screen.getByText("Next try in 2 s")).toBeVisible();
    act(() => vi.advanceTimersByTime(5000));
    expect(screen.getByText("Next try in 0 s")).toBeVisible();
    expect(screen.getByRole("status")).toHaveTextContent(/^Reconnecting$/);
    vi.useRealTimers();
  });

  it("names the likely cause", () => {
    const retryAt = Date.now() + 1000;
    const connection = new FakeConnection({ status: "unreachable", retryAt, cause: "" });
    show(connection);
    expect(screen.getByText("Looking for the cause…")).toBeVisible();
    act(() => connection.become({ status: "unreachable", retryAt, cause: "It is full." }));
    expect(screen.getByText("It is full.")).toBeVisible();
  });

  it.each([
    { status: "reconnecting", retryAt: Date.now() + 9000 },
    { status: "unreachable", retryAt: Date.now() + 9000, cause: "" },
    { status: "offline" },
  ] as const)("lets the reader try now: $status", async (state) => {
    const connection = new FakeConnection(state);
    show(connection);
    await userEvent.click(screen.getByRole("button", { name: "Try now" }));
    expect(connection.retries).toBe(1);
  });

  it("shows what was missed, outside of what is read aloud, until the next interruption", async () => {
    const connection = new FakeConnection();
    show(connection);
    const say = (topic: string, payload: unknown) =>
      act(() => connection.deliver(JSON.stringify({ topic, payload })));
    say("$recovered", { count: 5 });
    act(() => connection.become({ status: "reconnecting", retryAt: 0 }));
    act(() => connection.become({ status: "live" }));
    say("$recovered", { count: 2 });
    say("$lost", { count: 7 });
    expect(await screen.findByText("2 missed events recovered")).toBeVisible();
    expect(await screen.findByText("7 events were lost: this page was too slow")).toBeVisible();
    expect(screen.getByRole("status")).toHaveTextContent(/^Live$/);
    expect(screen.queryByText(/5 missed/)).toBeNull();
    act(() => connection.become({ status: "reconnecting", retryAt: 0 }));
    await waitFor(() => expect(screen.queryByText(/missed|lost:/)).toBeNull());
  });
});
