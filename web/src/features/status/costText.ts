import type { Interruption, Loss } from "../../feed/recovery";
import { formatNumber } from "../../format";

/** "2 missed events recovered", or why there were others, or both. */
export function interruptionText({ recovered, gap }: Interruption): string {
  const parts: string[] = [];
  if (gap !== null) parts.push(`events were lost${gap && `: ${gap}`}`);
  if (recovered > 0) parts.push(`${counted(recovered, "missed event")} recovered`);
  return parts.join("; ");
}

/** "12 events were lost: this page was too slow" */
export function lossText({ count }: Loss): string {
  return `${counted(count, "event")} ${count === 1 ? "was" : "were"} lost: this page was too slow`;
}

const counted = (count: number, what: string): string =>
  `${formatNumber(count)} ${what}${count === 1 ? "" : "s"}`;
