/** The longest time between two tries, in milliseconds. */
const LONGEST = 30_000;

/**
 * The window of the first delay. 1,000 clients that lose one server make less than 500 handshakes a second with it, which
 * is what API Gateway takes.
 */
const FIRST = 3_000;

/**
 * Exponential backoff with full jitter: a time from 0 to a window that doubles with each failure.
 *
 * @param failures how many tries have failed before, from 0
 * @param random from 0 (inclusive) to 1
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoff(failures: number, random: () => number): number {
  return random() * Math.min(LONGEST, FIRST * 2 ** failures);
}
