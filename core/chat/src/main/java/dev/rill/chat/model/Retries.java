package dev.rill.chat.model;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * When to ask a model again that failed before any output: exponential backoff with full jitter, or the model's own
 * {@code Retry-After}.
 *
 * @param attempts how often the model is asked at most
 * @param base the longest wait after the first failure; doubles with each
 * @param cap the longest wait; a model that asks for more is not asked again
 * @param random safe for use by many threads
 */
public record Retries(int attempts, Duration base, Duration cap, RandomGenerator random) {

    /**
     * How long to wait after this failure, the {@code failures}th in a row; empty if there is no use in asking again.
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
