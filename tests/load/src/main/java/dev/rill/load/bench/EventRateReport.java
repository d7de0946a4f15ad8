package dev.rill.load.bench;

import dev.rill.load.bench.EventRate.Round;
import dev.rill.load.report.Table;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The report on events a second: a pure function of the measured rounds. */
final class EventRateReport {

    private final int streams;
    private final List<Round> rounds;

    EventRateReport(int streams, List<Round> rounds) {
        this.streams = streams;
        this.rounds = List.copyOf(rounds);
    }

    List<String> lines() {
        long events = rounds.stream().mapToLong(Round::modelEvents).sum();
        long sent = rounds.stream().mapToLong(Round::rillEvents).sum();
        var model = sum(Round::model);
        var rill = sum(Round::rill);
        return Table.empty()
                .row("HTTP, " + streams + (streams == 1 ? " stream" : " streams"), Table.count(events) + " events")
                .row("  events a second from the model itself", Table.rate(events, model))
                .row("  the model's events a second through Rill", Table.rate(events, rill))
                .row("  ratio of the two rates", Table.ratio(Optional.of(model), Optional.of(rill)))
                .row("  model's events an event of Rill", Table.quotient(events, sent))
                .lines();
    }

    private Duration sum(Function<Round, Duration> time) {
        return rounds.stream().map(time).reduce(Duration.ZERO, Duration::plus);
    }
}
