const TIME_OF_DAY = {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
} as const;
const clock = new Intl.DateTimeFormat("en", TIME_OF_DAY);
const exactClock = new Intl.DateTimeFormat("en", { ...TIME_OF_DAY, fractionalSecondDigits: 3 });
const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** 14:03:07 */
export const formatClock = (at: number): string => clock.format(at);

/** 14:03:07.123 */
export const formatTime = (at: number): string => exactClock.format(at);

/** 4,294,967,295 */
export const formatNumber = (value: number): string => whole.format(value);

/** 4.3B */
export const formatCompact = (value: number): string => compact.format(value);

/** 850 µs, 1.2 ms, 340 ms, 1.00 s */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1) return `${Math.round(milliseconds * 1000)} µs`;
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${(milliseconds / 60_000).toFixed(1)} min`;
}

/** 75 B, 64 KiB, 1.5 MiB */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${trim(bytes / 1024)} KiB`;
  return `${trim(bytes / 1024 / 1024)} MiB`;
}

const trim = (value: number): string => value.toFixed(1).replace(/\.0$/, "");
