package dev.rill.load.faults.check;

import dev.rill.load.faults.client.PromptOutcome.Ending;
import dev.rill.load.faults.prompt.PromptPlan;
import dev.rill.load.faults.scenario.Scenario;
import dev.rill.load.faults.scenario.Scenario.Bounds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The result of a scenario.
 *
 * @param bounds the widest limits of the scenarios that ran at the same time, since a fault hits all of them
 * @param tally what was injected, as text
 */
public record ScenarioResult(
        Scenario scenario,
        Bounds bounds,
        List<PromptVerdict> prompts,
        String tally,
        Duration took,
        Reactions reactions) {

    /**
     * How soon the system reacted.
     *
     * @param stops the time from each cancel to the end of the model's stream
     * @param crashes the time from each kill to the next event of each answer that it hit
     */
    public record Reactions(List<Duration> stops, List<Duration> crashes) {
        public Reactions {
            stops = List.copyOf(stops);
            crashes = List.copyOf(crashes);
        }
    }

    public ScenarioResult {
        prompts = List.copyOf(prompts);
    }

    /**
     * Whether each accepted prompt ended once, with every number once and no more model calls than allowed, and no more
     * prompts failed than the limits allow.
     */
    public boolean kept() {
        return prompts.stream().allMatch(PromptVerdict::kept) && outOfBounds().isEmpty();
    }

    public long ended(Ending how) {
        return prompts.stream().filter(one -> one.answer().ending() == how).count();
    }

    /** The broken promises, with the prompts that show them. */
    public List<String> problems() {
        var lines = new ArrayList<>(outOfBounds());
        for (var one : prompts) {
            for (var problem : one.problems()) {
                lines.add(scenario.name() + ": " + problem + " ["
                        + one.answer().responseId().orElse("never accepted") + ", "
                        + one.answer().plan().prompt() + "]");
            }
        }
        return lines;
    }

    /** The reasons of failed answers, with their numbers. */
    public Map<String, Long> reasons() {
        var reasons = new TreeMap<String, Long>();
        for (var one : prompts) {
            switch (one.answer().ending()) {
                case FAILED, REFUSED ->
                    reasons.merge(
                            one.answer().ending().toString().toLowerCase(Locale.ROOT) + " "
                                    + one.answer().reason(),
                            1L,
                            Long::sum);
                case COMPLETED, INCOMPLETE, HANGING -> {}
            }
        }
        return reasons;
    }

    private List<String> outOfBounds() {
        var lines = new ArrayList<String>();
        var failed = prompts.stream()
                .filter(one -> one.answer().ending() == Ending.FAILED
                        && one.answer().plan().script().outcome() == PromptPlan.ModelOutcome.ANSWERED)
                .count();
        bound(lines, "failed", failed, bounds.failedPercent());
        bound(lines, "were never accepted", ended(Ending.REFUSED), bounds.refusedPercent());
        return lines;
    }

    private void bound(List<String> lines, String what, long count, int percent) {
        var most = Math.ceilDiv((long) prompts.size() * percent, 100L);
        if (count > most) {
            lines.add(scenario.name() + ": " + count + " " + what + ", where " + most + " are allowed");
        }
    }
}
