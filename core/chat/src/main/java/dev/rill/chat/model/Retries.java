package dev.rill.chat.model;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The delays before retries of a model that failed before any output: exponential backoff with full jitter, or the
 * server's {@code Retry-After}.
 *
 * @param attempts the maximum number of requests, the first included
 * @param base the upper bound of the delay after the first failure; it doubles with each further failure
 * @param cap the upper bound of every delay; if {@code Retry-After} is longer, there is no retry
 * @param random the source of the jitter, safe for use by many threads
 */
public record Retries(int attempts, Duration base, Duration cap, RandomGenerator random) {

    /** A request that fails is not sent again. No delay is drawn. */
    public static final Retries NONE = new Retries(1, Duration.ZERO, Duration.ZERO, () -> 0);

    /**
     * Returns the delay before the next request; empty if there must be no further one.
     *
     * @param failures the number of consecutive failures, this one included
     */
    public Optional<Duration> delay(int failures, ModelException failure) {
        if (!failure.failure().isRetryable() || failures >= attempts) {
            return Optional.empty();
        }
        if (failure.retryAfter().isPresent()) {
            return failure.retryAfter().filter(wait -> wait.compareTo(cap) <= 0);
        }
        var ceiling = Math.min(cap.toMillis(), base.toMillis() << Math.min(failures - 1, 20));
        return Optional.of(Duration.ofMillis(random.nextLong(ceiling + 1)));
    }
}
