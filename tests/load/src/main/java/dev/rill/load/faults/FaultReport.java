package dev.rill.load.faults;

import dev.rill.load.faults.check.PromptVerdict;
import dev.rill.load.faults.check.ScenarioResult;
import dev.rill.load.faults.client.PromptOutcome.Ending;
import dev.rill.load.faults.scenario.Scenario.Purpose;
import dev.rill.load.report.Percentiles;
import dev.rill.load.report.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/** The report on a run of the suite: a pure function of its results. */
final class FaultReport {

    private static final Duration STOP_TARGET = Duration.ofSeconds(1);
    private static final Duration CRASH_TARGET = Duration.ofSeconds(35);
    private static final int PROBLEMS_SHOWN = 20;

    private final List<ScenarioResult> results;
    private final Map<String, Leftovers> leftovers;

    /** @param leftovers what the services still held, by the scenario before */
    FaultReport(List<ScenarioResult> results, Map<String, Leftovers> leftovers) {
        this.results = List.copyOf(results);
        this.leftovers = new TreeMap<>(leftovers);
    }

    boolean kept() {
        return nothingIsLeft() && results.stream().allMatch(ScenarioResult::kept);
    }

    private boolean nothingIsLeft() {
        return leftovers.values().stream()
                .allMatch(left -> left.busy().isEmpty() && left.unexcused().isEmpty());
    }

    List<String> lines() {
        var table = Table.of(13, 11)
                .row(
                        "scenario",
                        "prompts",
                        "completed",
                        "failed",
                        "incomplete",
                        "calls",
                        "restarts",
                        "resumes",
                        "repeats",
                        "missing",
                        "doubled",
                        "hanging",
                        "verdict");
        for (var result : results) {
            table = table.row(
                    result.scenario().name(),
                    Table.count(result.prompts().size()),
                    Table.count(result.ended(Ending.COMPLETED)),
                    Table.count(result.ended(Ending.FAILED)),
                    Table.count(result.ended(Ending.INCOMPLETE)),
                    sum(result, PromptVerdict::modelCalls),
                    sum(result, one -> one.answer().restarts()),
                    sum(result, one -> one.answer().session().resumes()),
                    sum(result, one -> one.answer().irregularities().repeated()),
                    sum(result, PromptVerdict::missing),
                    sum(result, PromptVerdict::doubled),
                    sum(result, one -> one.hanging() ? 1 : 0),
                    result.kept() ? "kept" : "BROKEN");
        }
        var lines = new ArrayList<>(table.lines());
        lines.add("");
        for (var result : results) {
            lines.add("  " + result.scenario().name() + " took " + result.took().toSeconds() + " s"
                    + (result.tally().isEmpty() ? "" : ": " + result.tally()));
            result.reasons().forEach((reason, count) -> lines.add("    " + count + " x " + reason));
        }
        lines.addAll(times());
        lines.addAll(findings());
        return List.copyOf(lines);
    }

    /** The verdict on each scenario and what it left, in a line, and what is wrong. */
    List<String> verdicts() {
        var lines = new ArrayList<String>();
        for (var result : results) {
            lines.add(result.scenario().name() + ": " + (result.kept() && nothingIsLeft() ? "kept" : "BROKEN") + ", "
                    + result.prompts().size() + " prompts in " + result.took().toSeconds() + " s");
        }
        lines.addAll(findings());
        return List.copyOf(lines);
    }

    private List<String> findings() {
        var lines = new ArrayList<String>();
        var problems =
                results.stream().flatMap(result -> result.problems().stream()).toList();
        problems.stream().limit(PROBLEMS_SHOWN).forEach(problem -> lines.add("  BROKEN " + problem));
        if (problems.size() > PROBLEMS_SHOWN) {
            lines.add("  and " + (problems.size() - PROBLEMS_SHOWN) + " more");
        }
        leftovers.forEach((after, left) -> {
            left.busy().forEach(what -> lines.add("  BROKEN after " + after + ": " + what));
            left.unexcused().forEach(what -> lines.add("  BROKEN after " + after + ": " + what));
            left.excused().forEach(what -> lines.add("  after " + after + ": " + what));
            left.hidden()
                    .forEach(what -> lines.add("  after " + after + ": " + what + " whose workers died on receipt;"
                            + " they come again when the queue's visibility timeout ends"));
        });
        return lines;
    }

    private List<String> times() {
        var table = Table.empty().row("").row("", "p50", "p99", "max", "target");
        for (var result : results) {
            var purpose = result.scenario().purpose();
            table = row(
                    table,
                    result.scenario().name() + ": %d cancels, to the end of the model's stream",
                    result.reactions().stops(),
                    purpose == Purpose.STOP_TIMES ? "p99 " + STOP_TARGET.toSeconds() + " s" : "");
            table = row(
                    table,
                    result.scenario().name() + ": %d answers of killed workers, to the next event",
                    result.reactions().crashes(),
                    purpose == Purpose.CRASH_TIMES ? "max " + CRASH_TARGET.toSeconds() + " s" : "");
        }
        return table.lines();
    }

    private static Table row(Table table, String name, List<Duration> times, String target) {
        if (times.isEmpty()) {
            return table;
        }
        var told = Percentiles.of(times);
        return table.row(
                name.formatted(told.count()),
                Table.time(told.at(50)),
                Table.time(told.at(99)),
                Table.time(told.max()),
                target);
    }

    private static String sum(ScenarioResult result, ToLongFunction<PromptVerdict> number) {
        return Table.count(result.prompts().stream().mapToLong(number).sum());
    }
}
