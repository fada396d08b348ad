import { useEffect } from "react";
import { toast } from "sonner";
import type { Feed } from "../../feed/feed";
import type { Interruption, Loss } from "../../feed/recovery";
import { interruptionText, lossText } from "./costText";

/** For how long a page that stays too slow is not told so again, in milliseconds. */
export const QUIET_MS = 30_000;

/**
 * Says what an interruption cost, in the toast that says that it is over, and once in a while that the
 * page is too slow. Sonner's list of toasts is a live region: this is what is read aloud, once.
 */
export function useCostToasts(feed: Feed): void {
  useEffect(() => {
    let toldInterruption: Interruption | null = null;
    let toldLoss: Loss | null = null;
    return feed.subscribe(() => {
      const { interruption, loss } = feed.getSnapshot();
      if (interruption && interruption !== toldInterruption) {
        toldInterruption = interruption;
        const text = interruptionText(interruption);
        if (interruption.gap === null)
          toast.success(`Connected again: ${text}`, { id: "connection" });
        else toast.warning(`Connected again, but ${text}`, { id: "connection" });
      }
      if (loss && loss.at >= (toldLoss?.at ?? Number.NEGATIVE_INFINITY) + QUIET_MS) {
        toldLoss = loss;
        toast.warning(lossText(loss), { id: "lost" });
      }
    });
  }, [feed]);
}
