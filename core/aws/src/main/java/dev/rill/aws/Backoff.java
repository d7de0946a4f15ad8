package dev.rill.aws;

import dev.rill.chat.ops.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * Exponential backoff with jitter. Each wait is up to twice as long as the one before, and is chosen between half of
 * that and the whole, so that callers that were refused together do not retry together. Safe for use by many threads if
 * its random generator is.
 *
 * @see <a href="https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/">Timeouts, retries
 *     and backoff with jitter</a>
 */
public final class Backoff {

    private final Bounds bounds;
    private final RandomGenerator random;
    private final Time time;

    public Backoff(Bounds bounds, RandomGenerator random, Time time) {
        this.bounds = bounds;
        this.random = random;
        this.time = time;
    }

    /**
     * The bounds of a backoff.
     *
     * @param tries the most tries, the first included; at least 1
     * @param total the most time from the start of the first try to the end of the last wait
     * @param first the longest wait before the second try; the limit doubles with each later try
     * @param longest the longest of all waits
     */
    public record Bounds(int tries, Duration total, Duration first, Duration longest) {

        /**
         * 10 tries within 10 s, waits from 50 ms to 2 s: less than a lease (12 s), more than throttling usually lasts.
         */
        public static final Bounds DEFAULT =
                new Bounds(10, Duration.ofSeconds(10), Duration.ofMillis(50), Duration.ofSeconds(2));

        /**
         * 6 tries within 3 s, waits from 50 ms to 1 s: for a function that a client waits for. API Gateway gives up on
         * the function after 29 s, and what the function has yet to queue waits for the posts.
         */
        public static final Bounds BRIEF =
                new Bounds(6, Duration.ofSeconds(3), Duration.ofMillis(50), Duration.ofSeconds(1));

        public Bounds {
            if (tries < 1 || first.isNegative() || longest.isNegative()) {
                throw new IllegalArgumentException("there is at least one try, and no wait is negative");
            }
        }
    }

    /** Starts the first try of one call. */
    Tries begin() {
        return new Tries(time.instant());
    }

    /** The tries of one call. Used by one thread. */
    final class Tries {

        private final Instant started;
        private int count = 1;

        private Tries(Instant started) {
            this.started = started;
        }

        /** The number of tries so far, the current one included. */
        int count() {
            return count;
        }

        /** Waits and returns true if another try is allowed; returns false at once if not. */
        boolean waitForNext() throws InterruptedException {
            var wait = jittered(count);
            if (count >= bounds.tries() || time.instant().plus(wait).isAfter(started.plus(bounds.total()))) {
                return false;
            }
            time.sleep(wait);
            count++;
            return true;
        }

        private Duration jittered(int tries) {
            var doubled = bounds.first().multipliedBy(1L << Math.min(tries - 1, 20));
            long nanos = (doubled.compareTo(bounds.longest()) < 0 ? doubled : bounds.longest()).toNanos();
            return Duration.ofNanos(nanos - random.nextLong(nanos / 2 + 1));
        }
    }
}
