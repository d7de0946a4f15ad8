package dev.rill.load.bench;

import dev.rill.load.report.Percentiles;
import dev.rill.load.report.Table;
import dev.rill.load.stack.ModelStats;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The report on the answers over one transport: a pure function of what the client and the model recorded. */
final class BenchReport {

    private final String transport;
    private final Duration target;
    private final List<Run> runs;

    /** One answer, as the client and as the model recorded it. */
    record Run(AnswerTimes client, ModelStats.Request model) {}

    /**
     * A report on one transport.
     *
     * @param target the limit for the median time from the model's first byte to the client's first delta
     */
    BenchReport(String transport, Duration target, List<Run> runs) {
        this.transport = transport;
        this.target = target;
        this.runs = List.copyOf(runs);
    }

    List<String> lines() {
        var model = times(run -> run.model
                .times()
                .firstByteAt()
                .map(first -> Duration.between(run.model.times().receivedAt(), first)));
        var added = times(run -> untilFirstDelta(run, run.model.times().firstByteAt()));
        long messages = runs.stream().mapToLong(run -> run.client.messages()).sum();
        long deltas = runs.stream().mapToLong(run -> run.client.deltas()).sum();
        long modelDeltas = runs.stream().mapToLong(run -> run.model.deltas()).sum();
        var table = row(
                row(
                        Table.empty()
                                .row(transport + ", " + Table.count(added.count()) + " answers", "p50", "p90", "max"),
                        "model: request to first byte",
                        model),
                "model's first byte to first delta here",
                added);
        table = row(
                table,
                "  of that, from the model's first delta",
                times(run -> untilFirstDelta(run, run.model.times().firstDeltaAt())));
        table = row(
                table,
                "prompt to first delta here",
                times(run -> untilFirstDelta(run, Optional.of(run.client.askedAt()))));
        return table.row(
                        "  ratio of Rill's part to the model's",
                        Table.ratio(added.at(50), model.at(50)),
                        Table.ratio(added.at(90), model.at(90)),
                        Table.ratio(added.max(), model.max()))
                .row("  messages an answer", Table.quotient(messages, runs.size()))
                .row("  model's deltas a delta here", Table.quotient(modelDeltas, deltas))
                .row("  target: p50 within " + Table.time(Optional.of(target)), verdict(added))
                .lines();
    }

    private String verdict(Percentiles added) {
        return added.at(50)
                .map(half -> half.compareTo(target) <= 0 ? "held" : "missed")
                .orElse("-");
    }

    private static Table row(Table table, String name, Percentiles times) {
        return table.row("  " + name, Table.time(times.at(50)), Table.time(times.at(90)), Table.time(times.max()));
    }

    private Percentiles times(Function<Run, Optional<Duration>> time) {
        return Percentiles.of(runs.stream().map(time).flatMap(Optional::stream).toList());
    }

    private static Optional<Duration> untilFirstDelta(Run run, Optional<Instant> from) {
        return run.client.firstDeltaAt().flatMap(delta -> from.map(start -> Duration.between(start, delta)));
    }
}
