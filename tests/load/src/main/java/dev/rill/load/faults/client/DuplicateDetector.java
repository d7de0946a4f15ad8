package dev.rill.load.faults.client;

import java.util.HashSet;
import java.util.Set;

/**
 * Finds event numbers that arrive twice on one connection although the client did not ask for them again. One thread.
 */
final class DuplicateDetector {

    private final Set<Long> seen = new HashSet<>();
    private long askedAgainAfter = Long.MAX_VALUE;

    /**
     * The client has asked again, on this connection, for the events after a number: these may arrive twice from now
     * on.
     */
    void requestedAgain(long startingAfter) {
        askedAgainAfter = Math.min(askedAgainAfter, startingAfter);
    }

    /** Takes a number; true if it arrived on this connection before and was not asked for again. */
    boolean isUnrequestedRepeat(long number) {
        return !seen.add(number) && number <= askedAgainAfter;
    }
}
