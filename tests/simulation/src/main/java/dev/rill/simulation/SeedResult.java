package dev.rill.simulation;

import java.util.List;

/**
 * What came of one seed.
 *
 * @param profile how its story was made
 * @param problems what did not hold, in words; none if all did
 * @param tally what happened in it
 * @param traceHash tells this story apart from others
 * @param story a line an event, if it was recorded
 */
public record SeedResult(
        long seed, String profile, List<String> problems, Tally tally, long traceHash, List<String> story) {

    /** Whether all held. */
    public boolean holds() {
        return problems.isEmpty();
    }
}
