import { useSnapshot } from "../../connection/useSnapshot";
import type { Feed } from "../../feed/feed";
import { formatClock } from "../../format";
import { interruptionText, lossText } from "./costText";

/**
 * What was missed, for as long as nothing newer is to be said of it. No live region: the toasts are one,
 * and a count that grows would be read aloud each time.
 */
export function Costs({ feed }: { feed: Feed }) {
  const { interruption, loss } = useSnapshot(feed);
  return (
    <>
      {interruption && (
        <Cost
          at={interruption.at}
          text={interruptionText(interruption)}
          isBad={interruption.gap !== null}
        />
      )}
      {loss && <Cost at={loss.at} text={lossText(loss)} isBad />}
    </>
  );
}

function Cost({ at, text, isBad }: { at: number; text: string; isBad: boolean }) {
  return (
    <p className="status-more" data-bad={isBad}>
      <span className="cost">{text}</span>
      <time className="cost-time">{formatClock(at)}</time>
    </p>
  );
}
