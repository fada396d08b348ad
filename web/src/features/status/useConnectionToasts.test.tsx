import { renderHook } from "@testing-library/react";
import { toast } from "sonner";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { FakeConnection } from "../../testing/fakes";
import { useConnectionToasts } from "./useConnectionToasts";

let said: string[];

beforeEach(() => {
  said = [];
  const listen = (text: unknown) => said.push(String(text));
  vi.spyOn(toast, "success").mockImplementation(listen);
  vi.spyOn(toast, "error").mockImplementation(listen);
});

describe("useConnectionToasts", () => {
  it("tells of the connection once when it comes, goes and is back, and not of the tries", () => {
    const connection = new FakeConnection({ status: "connecting" });
    renderHook(() => useConnectionToasts(connection.asConnection()));
    connection.become({ status: "live" });
    connection.become({ status: "reconnecting", retryAt: 0 });
    for (let i = 0; i < 5; ++i) {
      connection.become({ status: "connecting" });
      connection.become({ status: "unreachable", retryAt: 0, cause: "" });
    }
    connection.become({ status: "live" });
    expect(said).toEqual(["Connected", "Connection lost", "Connected again"]);
  });

  it("tells of a connection that was there before the page", () => {
    const connection = new FakeConnection({ status: "live" });
    renderHook(() => useConnectionToasts(connection.asConnection()));
    expect(said).toEqual(["Connected"]);
  });

  it("says nothing of a socket that opens to be refused", () => {
    const connection = new FakeConnection({ status: "connecting" });
    renderHook(() => useConnectionToasts(connection.asConnection()));
    for (let i = 0; i < 5; ++i) {
      connection.become({ status: "live", mayBeRefused: true });
      connection.become({ status: "unreachable", retryAt: 0, cause: "It is full." });
    }
    connection.become({ status: "live", mayBeRefused: true });
    connection.become({ status: "refused", code: 4403, reason: "No." });
    expect(said).toEqual([]);
  });

  it("says nothing when the page itself closes", () => {
    const connection = new FakeConnection({ status: "live" });
    renderHook(() => useConnectionToasts(connection.asConnection()));
    connection.become({ status: "closed" });
    expect(said).toEqual(["Connected"]);
  });
});
