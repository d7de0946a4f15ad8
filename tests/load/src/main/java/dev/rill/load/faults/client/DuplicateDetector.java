package dev.rill.load.faults.client;

import java.util.HashSet;
import java.util.Set;

/**
 * The numbers that have come on one line: which comes again there though the client has not asked for it again. One
 * thread.
 */
final class DuplicateDetector {

    private final Set<Long> seen = new HashSet<>();
    private long askedAgainAfter = Long.MAX_VALUE;

    /**
     * The client asks on this line for what comes after a number, not for the first time: that may come twice from now
     * on.
     */
    void requestedAgain(long startingAfter) {
        askedAgainAfter = Math.min(askedAgainAfter, startingAfter);
    }

    /** Whether it came on this line before, and was not asked for again. */
    boolean isUnrequestedRepeat(long number) {
        return !seen.add(number) && number <= askedAgainAfter;
    }
}
