package dev.rill.load.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.load.bench.AuthenticationReport.Pair;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class AuthenticationReportTest {

    private static final Duration TARGET = Duration.ofMillis(1);

    private static Pair pair(long openMicros, long closedMicros) {
        return new Pair(Duration.ofNanos(openMicros * 1000), Duration.ofNanos(closedMicros * 1000));
    }

    private static List<String> lines(List<Pair> pairs) {
        return new AuthenticationReport(TARGET, pairs)
                .lines().stream()
                        .map(line -> line.strip().replaceAll(" {2,}", " | "))
                        .toList();
    }

    /** The median of the differences, 0.2 ms, is not the difference of the medians. */
    @Test
    void reportComparesTheTwoRequestsOfEachPair() {
        assertThat(lines(List.of(pair(2000, 2200), pair(8000, 7000), pair(4000, 9000))))
                .containsExactly(
                        "authentication, 3 pairs of GET | p50 | p90 | max",
                        "without authentication | 4.00 ms | 8.00 ms | 8.00 ms",
                        "with a key | 7.00 ms | 9.00 ms | 9.00 ms",
                        "difference of a pair | 0.20 ms | 5.00 ms | 5.00 ms",
                        "ratio of the difference to the rest | 0.050",
                        "target: p50 within 1.00 ms | held");
    }

    @Test
    void missedTargetIsReported() {
        assertThat(lines(List.of(pair(2000, 3001)))).last().isEqualTo("target: p50 within 1.00 ms | missed");
    }
}
