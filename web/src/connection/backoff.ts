/** The longest first wait, in milliseconds; it doubles with every try that fails. */
export const FIRST_WAIT_MS = 500;
/** What the doubling stops at, in milliseconds. */
export const LONGEST_WAIT_MS = 20_000;

/**
 * How long to wait before the next try: anything from nothing to the limit, evenly ("full jitter"), so
 * that the thousands of pages that one restart cut off do not all come back in the same moment.
 * See https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param failures how many tries have failed in a row, from 0
 * @param random a number from 0 (inclusive) to 1 (exclusive)
 * @returns milliseconds
 */
export function retryDelay(failures: number, random: () => number = Math.random): number {
  return random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
}
