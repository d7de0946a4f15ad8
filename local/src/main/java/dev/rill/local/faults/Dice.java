package dev.rill.local.faults;

import java.util.SplittableRandom;

/** Random numbers for many threads: which thread gets which depends on their order, the numbers on the seed alone. */
final class Dice {
    private final SplittableRandom random;

    Dice(SplittableRandom random) {
        this.random = random;
    }

    /** From 0, inclusive, to 1, exclusive. */
    synchronized double roll() {
        return random.nextDouble();
    }
}
