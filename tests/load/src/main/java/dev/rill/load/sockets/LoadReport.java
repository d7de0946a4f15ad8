package dev.rill.load.sockets;

import dev.rill.load.report.Percentiles;
import dev.rill.load.report.Table;
import dev.rill.load.sequence.Verdict.Breach;
import dev.rill.load.sequence.Verdict.Ending;
import dev.rill.load.sockets.LoadRun.Measurements;
import dev.rill.load.sockets.LoadSocket.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** The report on a load run: a pure function of its measurements. */
final class LoadReport {

    private final Measurements outcome;

    LoadReport(Measurements outcome) {
        this.outcome = outcome;
    }

    /** Whether every socket got all its events in order and one terminal event; {@code response.failed} is one. */
    boolean kept() {
        return ended(Ending.LOST) == 0
                && ended(Ending.GATEWAY_ERROR) == 0
                && outcome.results().stream()
                        .allMatch(result -> result.verdict().breaches().isEmpty());
    }

    List<String> lines() {
        var events = outcome.results().stream()
                .mapToLong(result -> result.verdict().events())
                .sum();
        var table = Table.empty()
                .row("answered", Table.count(ended(Ending.ANSWERED)))
                .row("failed", Table.count(ended(Ending.FAILED)))
                .row("lost: API Gateway answered with an error", Table.count(ended(Ending.GATEWAY_ERROR)))
                .row("lost: no terminal event", Table.count(ended(Ending.LOST)));
        for (var breach : Breach.values()) {
            var count = outcome.results().stream()
                    .mapToLong(result -> result.verdict().breaches().getOrDefault(breach, 0))
                    .sum();
            if (count > 0 || breach == Breach.GAP || breach == Breach.LATE || breach == Breach.SECOND_END) {
                table = table.row(breach.words(), Table.count(count));
            }
        }
        table = table.row("").row("time from the prompt to", "p50", "p99", "max");
        table = times(table, "  the first event", Result::firstEvent);
        table = times(table, "  the first delta", Result::firstDelta);
        table = times(table, "  the terminal event", Result::whole);
        table = table.row("")
                .row("events", Table.count(events))
                .row("events a second", Table.rate(events, outcome.took()));
        var lines = new ArrayList<>(table.lines());
        lines.addAll(reasons());
        return List.copyOf(lines);
    }

    private Table times(Table table, String name, Function<Result, Optional<Duration>> time) {
        var measured = Percentiles.of(
                outcome.results().stream().map(time).flatMap(Optional::stream).toList());
        return table.row(name, Table.time(measured.at(50)), Table.time(measured.at(99)), Table.time(measured.max()));
    }

    private List<String> reasons() {
        var reasons = new TreeMap<String, Integer>();
        for (var result : outcome.results()) {
            var verdict = result.verdict();
            switch (verdict.outcome()) {
                case FAILED -> reasons.merge("failed: " + verdict.reason(), 1, Integer::sum);
                case GATEWAY_ERROR -> reasons.merge("lost, API Gateway answered: " + verdict.reason(), 1, Integer::sum);
                case LOST -> reasons.merge("lost: " + verdict.reason(), 1, Integer::sum);
                case ANSWERED -> {}
            }
        }
        return reasons.entrySet().stream()
                .map(reason -> "  " + reason.getValue() + " x " + reason.getKey())
                .toList();
    }

    private long ended(Ending how) {
        return outcome.results().stream()
                .filter(result -> result.verdict().outcome() == how)
                .count();
    }
}
