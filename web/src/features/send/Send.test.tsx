import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { Feed } from "../../feed/feed";
import { FakeConnection } from "../../testing/fakes";
import { Send } from "./Send";

let connection: FakeConnection;

beforeEach(() => {
  connection = new FakeConnection();
  const feed = new Feed(connection.asConnection());
  render(<Send connection={connection.asConnection()} feed={feed} />);
});

const box = () => screen.getByRole("textbox", { name: "Text to send" });
const outcome = () => screen.getByRole("status");

describe("Send", () => {
  it("sends with Enter, and breaks the line with Shift+Enter", async () => {
    await userEvent.type(box(), "one{Shift>}{Enter}{/Shift}two{Enter}");
    expect(connection.sent).toEqual(["one\ntwo"]);
    expect(box()).toHaveValue("");
  });

  it("sends with the button", async () => {
    await userEvent.type(box(), "hello");
    await userEvent.click(screen.getByRole("button", { name: "Send" }));
    expect(connection.sent).toEqual(["hello"]);
  });

  it("does not send nothing", async () => {
    await userEvent.click(screen.getByRole("button", { name: "Send" }));
    expect(connection.sent).toEqual([]);
  });

  it("waits for the echo and says how long it took", async () => {
    await userEvent.type(box(), "hello{Enter}");
    await screen.findByText("Waiting for the echo…");
    act(() => connection.deliver("hello"));
    expect(await screen.findByText(/^5 B came back after .*s\.$/)).toBeVisible();
  });

  it("sends a file as binary", async () => {
    const file = new File([new Uint8Array([1, 2, 3])], "three.bin");
    await userEvent.upload(screen.getByLabelText("File to send as binary"), file);
    expect(screen.getByText("three.bin · 3 B")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Send the file" }));
    expect(new Uint8Array(connection.sent[0] as ArrayBuffer)).toEqual(new Uint8Array([1, 2, 3]));
    expect(screen.getByText("Choose a file")).toBeVisible();
  });

  it("keeps what cannot be sent, and says so until the page is live", async () => {
    connection.become({ status: "reconnecting", retryAt: 0 });
    await userEvent.type(box(), "precious{Enter}");
    expect(connection.sent).toEqual([]);
    expect(box()).toHaveValue("precious");
    expect(outcome()).toHaveTextContent("Not connected. Your text is kept");
    act(() => connection.become({ status: "live", mayBeRefused: true }));
    expect(outcome()).toHaveTextContent("Not connected. Your text is kept");
    act(() => connection.become({ status: "live" }));
    expect(outcome()).not.toHaveTextContent("Not connected");
    await userEvent.type(box(), "{Enter}");
    expect(connection.sent).toEqual(["precious"]);
  });
});
