import { render, screen } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { Feed } from "../../feed/feed";
import { eventText, FakeConnection } from "../../testing/fakes";
import { Plot } from "./Plot";

// jsdom has no canvas, so what is tested here is what the plot is told to draw.
const plots = vi.hoisted(() => [] as { data: unknown; destroyed: boolean }[]);
vi.mock("uplot", () => ({
  default: class {
    data: unknown = null;
    destroyed = false;
    constructor() {
      plots.push(this);
    }
    setData(data: unknown) {
      this.data = structuredClone(data);
    }
    setScale() {}
    setSize() {}
    destroy() {
      this.destroyed = true;
    }
  },
}));

beforeEach(() => {
  plots.length = 0;
});

it("draws the numbers as they come, and lets go of the plot", async () => {
  const connection = new FakeConnection();
  const feed = new Feed(connection.asConnection());
  const { unmount } = render(<Plot feed={feed} />);
  expect(screen.getByRole("region", { name: "Numbers of the last two minutes" })).toBeVisible();
  connection.deliver(eventText(42));
  await vi.waitFor(() => expect(plots[0]?.data).toEqual([[expect.any(Number)], [42], [42]]));
  unmount();
  expect(plots).toHaveLength(1);
  expect(plots[0]?.destroyed).toBe(true);
});
