package dev.rill.chat.answer;

import java.time.Duration;

/**
 * The intervals between an attempt's requests to the log; at most three requests a second by default.
 *
 * @param append the minimum interval between two appends
 * @param directives the interval between two reads of the directives, and so the delay until a cancel request is
 *     noticed; also the pause after a failed request
 * @param lease the duration of a lease; it is renewed after a quarter of it
 */
public record LogIntervals(Duration append, Duration directives, Duration lease) {

    /** An append every second, the directives every 500 ms, a lease of 12 s. */
    public static final LogIntervals DEFAULT =
            new LogIntervals(Duration.ofSeconds(1), Duration.ofMillis(500), Duration.ofSeconds(12));
}
