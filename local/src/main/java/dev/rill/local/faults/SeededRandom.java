package dev.rill.local.faults;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.SplittableRandom;

/**
 * A sequence of random numbers that depends on the seed alone. Safe for use by many threads; which thread gets which
 * number depends on the order of their calls.
 */
final class SeededRandom {
    @GuardedBy("this")
    private final SplittableRandom random;

    SeededRandom(SplittableRandom random) {
        this.random = random;
    }

    /** From 0, inclusive, to 1, exclusive. */
    synchronized double next() {
        return random.nextDouble();
    }
}
