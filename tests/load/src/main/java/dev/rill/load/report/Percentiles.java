package dev.rill.load.report;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Percentiles of durations by the nearest rank: each is one of the measured durations. Empty if nothing was measured.
 */
public final class Percentiles {

    private final List<Duration> ascending;

    private Percentiles(List<Duration> ascending) {
        this.ascending = ascending;
    }

    public static Percentiles of(Collection<Duration> measured) {
        return new Percentiles(measured.stream().sorted().toList());
    }

    public int count() {
        return ascending.size();
    }

    /**
     * The smallest duration that this percentage of the measured ones does not exceed.
     *
     * @param percent 1 to 100
     */
    public Optional<Duration> at(int percent) {
        if (percent < 1 || percent > 100) {
            throw new IllegalArgumentException("a percentile must be from 1 to 100, and not " + percent);
        }
        if (ascending.isEmpty()) {
            return Optional.empty();
        }
        var rank = Math.ceilDiv((long) ascending.size() * percent, 100L);
        return Optional.of(ascending.get(Math.toIntExact(rank - 1)));
    }

    public Optional<Duration> max() {
        return at(100);
    }
}
