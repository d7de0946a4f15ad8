package dev.rill.load.bench;

import dev.rill.load.report.Percentiles;
import dev.rill.load.report.Table;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The report on what the check of a key adds to a request: a pure function of the measured times. */
final class AuthenticationReport {

    private final Duration target;
    private final List<Pair> pairs;

    /**
     * The times of two requests, one directly after the other.
     *
     * @param open to the stack without authentication
     * @param closed to the stack that takes keys
     */
    record Pair(Duration open, Duration closed) {

        Duration difference() {
            return closed.minus(open);
        }
    }

    /** @param target the limit for the median of the differences */
    AuthenticationReport(Duration target, List<Pair> pairs) {
        this.target = target;
        this.pairs = List.copyOf(pairs);
    }

    List<String> lines() {
        var open = times(Pair::open);
        var closed = times(Pair::closed);
        var added = times(Pair::difference);
        return Table.empty()
                .row("authentication, " + Table.count(pairs.size()) + " pairs of GET", "p50", "p90", "max")
                .row("  without authentication", cells(open))
                .row("  with a key", cells(closed))
                .row("  difference of a pair", cells(added))
                .row("  ratio of the difference to the rest", Table.ratio(added.at(50), open.at(50)))
                .row("  target: p50 within " + Table.time(Optional.of(target)), verdict(added))
                .lines();
    }

    private String verdict(Percentiles added) {
        return added.at(50)
                .map(half -> half.compareTo(target) <= 0 ? "held" : "missed")
                .orElse("-");
    }

    private static String[] cells(Percentiles times) {
        return new String[] {Table.time(times.at(50)), Table.time(times.at(90)), Table.time(times.max())};
    }

    private Percentiles times(Function<Pair, Duration> time) {
        return Percentiles.of(pairs.stream().map(time).toList());
    }
}
