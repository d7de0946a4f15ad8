package dev.rill.chat.answer;

import java.time.Duration;

/**
 * How often an attempt sends a request to the log: at most three times a second by default.
 *
 * @param append the least time between two appends
 * @param directives the least time between two reads of the directives, and so how soon a stop is noticed; also the
 *     pause after a request that failed
 * @param lease how long an attempt that makes no request keeps the right to append; it is renewed after a quarter of it
 */
public record LogIntervals(Duration append, Duration directives, Duration lease) {

    /** An append every second, the directives every 500 ms, a lease of 12 s. */
    public static final LogIntervals DEFAULT =
            new LogIntervals(Duration.ofSeconds(1), Duration.ofMillis(500), Duration.ofSeconds(12));
}
