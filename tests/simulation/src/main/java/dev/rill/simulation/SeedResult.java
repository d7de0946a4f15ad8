package dev.rill.simulation;

import dev.rill.chat.simulation.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What came of one seed.
 *
 * @param profile how its story was made
 * @param problems what did not hold, in words; none if all did
 * @param faults how often each fault was injected
 * @param endings how many responses ended in each way
 * @param modelCalls how often the model was asked
 * @param virtual how long the story took
 * @param steps how often a thread was chosen to run
 * @param traceHash tells this story apart from others
 * @param story a line an event, if it was recorded
 */
public record SeedResult(
        long seed,
        String profile,
        List<String> problems,
        Map<Fault, Integer> faults,
        Map<String, Integer> endings,
        int modelCalls,
        Duration virtual,
        long steps,
        long traceHash,
        List<String> story) {

    /** Whether all held. */
    public boolean holds() {
        return problems.isEmpty();
    }
}
