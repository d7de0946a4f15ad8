package dev.rill.aws;

import dev.rill.chat.ops.Sleeper;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * When to try again and when to give up: waits that double, each between a half and the whole of its length, so that
 * those who were refused together do not come back together. Safe for use by many threads if its random generator is.
 *
 * @see <a href="https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/">Timeouts, retries
 *     and backoff with jitter</a>
 */
public final class Backoff {

    private final Bounds bounds;
    private final RandomGenerator random;
    private final InstantSource clock;
    private final Sleeper sleeper;

    public Backoff(Bounds bounds, RandomGenerator random, InstantSource clock, Sleeper sleeper) {
        this.bounds = bounds;
        this.random = random;
        this.clock = clock;
        this.sleeper = sleeper;
    }

    /**
     * How long to be patient.
     *
     * @param tries at most, the first one included
     * @param total no wait ends later than this after the first try began
     * @param first the longest wait before the second try; each later one may be twice as long as that before it
     * @param longest the longest wait of all
     */
    public record Bounds(int tries, Duration total, Duration first, Duration longest) {

        /** 10 tries within 10 seconds: a throttled region calms down, and a lease of 12 seconds outlives it. */
        public static final Bounds DEFAULT =
                new Bounds(10, Duration.ofSeconds(10), Duration.ofMillis(50), Duration.ofSeconds(2));

        public Bounds {
            if (tries < 1 || first.isNegative() || longest.isNegative()) {
                throw new IllegalArgumentException("there is at least one try, and no wait is negative");
            }
        }
    }

    /** Begins with the first try of one call. */
    Tries begin() {
        return new Tries(clock.instant());
    }

    /** The tries of one call, on one thread. */
    final class Tries {

        private final Instant begun;
        private int made = 1;

        private Tries(Instant begun) {
            this.begun = begun;
        }

        /** How many tries were made or are under way. */
        int made() {
            return made;
        }

        /** Waits and answers true if there may be another try; answers false at once if not. */
        boolean waitForNext() throws InterruptedException {
            var wait = jittered(made);
            if (made >= bounds.tries() || clock.instant().plus(wait).isAfter(begun.plus(bounds.total()))) {
                return false;
            }
            sleeper.sleep(wait);
            made++;
            return true;
        }

        private Duration jittered(int tries) {
            var doubled = bounds.first().multipliedBy(1L << Math.min(tries - 1, 20));
            long nanos = (doubled.compareTo(bounds.longest()) < 0 ? doubled : bounds.longest()).toNanos();
            return Duration.ofNanos(nanos - random.nextLong(nanos / 2 + 1));
        }
    }
}
