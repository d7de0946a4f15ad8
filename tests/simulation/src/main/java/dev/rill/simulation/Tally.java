package dev.rill.simulation;

import dev.rill.chat.simulation.Fault;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What happened in one story, or in many together.
 *
 * @param virtual the virtual time that they took
 * @param steps how often a thread was chosen to run
 * @param modelCalls how often the model was asked
 * @param faults how often each fault was injected
 * @param endings how many responses ended in each way
 * @param endedOnRequest how many of the responses nothing would have ended, had no client asked for them afterwards
 */
public record Tally(
        Duration virtual,
        long steps,
        long modelCalls,
        Map<Fault, Integer> faults,
        Map<String, Integer> endings,
        int endedOnRequest) {

    static final Tally NONE = new Tally(Duration.ZERO, 0, 0, Map.of(), Map.of(), 0);

    Tally plus(Tally more) {
        var allFaults = new EnumMap<Fault, Integer>(Fault.class);
        allFaults.putAll(faults);
        more.faults.forEach((fault, count) -> allFaults.merge(fault, count, Integer::sum));
        var allEndings = new TreeMap<>(endings);
        more.endings.forEach((ending, count) -> allEndings.merge(ending, count, Integer::sum));
        return new Tally(
                virtual.plus(more.virtual),
                steps + more.steps,
                modelCalls + more.modelCalls,
                allFaults,
                allEndings,
                endedOnRequest + more.endedOnRequest);
    }
}
