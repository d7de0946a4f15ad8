package dev.rill.load.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.load.bench.BenchReport.Run;
import dev.rill.load.stack.ModelStats;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BenchReportTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    /** The prompt reaches the model after 10 ms; its first byte comes 100 ms later, its first delta 1 ms after that. */
    private static Run run(long deltaAfterFirstByte) {
        var firstByte = START.plusMillis(110);
        return new Run(
                new AnswerTimes(
                        START, Optional.of(firstByte.plusMillis(deltaAfterFirstByte)), START.plusSeconds(1), 16, 8),
                new ModelStats.Request(
                        "",
                        List.of(),
                        new ModelStats.Times(
                                START.plusMillis(10),
                                Optional.of(firstByte),
                                Optional.of(firstByte.plusMillis(1)),
                                Optional.empty()),
                        "",
                        20));
    }

    private static List<String> lines(Duration target, List<Run> runs) {
        return new BenchReport("HTTP", target, runs)
                .lines().stream()
                        .map(line -> line.strip().replaceAll(" {2,}", " | "))
                        .toList();
    }

    @Test
    void reportSeparatesRillsTimeFromTheModels() {
        assertThat(lines(Duration.ofMillis(5), List.of(run(3), run(50), run(5))))
                .containsExactly(
                        "HTTP, 3 answers | p50 | p90 | max",
                        "model: request to first byte | 100.0 ms | 100.0 ms | 100.0 ms",
                        "model's first byte to first delta here | 5.00 ms | 50.0 ms | 50.0 ms",
                        "of that, from the model's first delta | 4.00 ms | 49.0 ms | 49.0 ms",
                        "prompt to first delta here | 115.0 ms | 160.0 ms | 160.0 ms",
                        "ratio of Rill's part to the model's | 0.050 | 0.500 | 0.500",
                        "messages an answer | 16.0",
                        "model's deltas a delta here | 2.5",
                        "target: p50 within 5.00 ms | held");
    }

    @Test
    void missedTargetIsReported() {
        assertThat(lines(Duration.ofMillis(5), List.of(run(6))))
                .last()
                .isEqualTo("target: p50 within 5.00 ms | missed");
    }

    @Test
    void reportWithoutAnswersHasDashes() {
        assertThat(lines(Duration.ofMillis(5), List.of()))
                .contains(
                        "ratio of Rill's part to the model's | - | - | -",
                        "messages an answer | -",
                        "target: p50 within 5.00 ms | -");
    }
}
