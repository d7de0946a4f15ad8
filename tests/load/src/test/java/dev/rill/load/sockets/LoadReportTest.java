package dev.rill.load.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.load.sequence.Verdict;
import dev.rill.load.sequence.Verdict.Breach;
import dev.rill.load.sequence.Verdict.Ending;
import dev.rill.load.sockets.LoadRun.Measurements;
import dev.rill.load.sockets.LoadSocket.Result;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LoadReportTest {

    private static Result answered(long millis, Map<Breach, Integer> breaches) {
        return new Result(
                new Verdict(Ending.ANSWERED, "", 10, 4, breaches),
                Optional.of(Duration.ofMillis(millis / 4)),
                Optional.of(Duration.ofMillis(millis / 2)),
                Optional.of(Duration.ofMillis(millis)));
    }

    private static Result unanswered(Ending ending, String reason, int events) {
        return new Result(
                new Verdict(ending, reason, events, 0, Map.of()), Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static LoadReport report(Duration took, List<Result> results) {
        return new LoadReport(new Measurements(results, took));
    }

    @Test
    void reportHasAnswersTimesAndEventRate() {
        var report = report(Duration.ofSeconds(4), Collections.nCopies(200, answered(2_000, Map.of())));

        assertThat(report.kept()).isTrue();
        assertThat(report.lines())
                .map(line -> line.strip().replaceAll(" {2,}", " | "))
                .containsExactly(
                        "answered | 200",
                        "failed | 0",
                        "lost: API Gateway answered with an error | 0",
                        "lost: no terminal event | 0",
                        "missing event numbers | 0",
                        "repeated or late event numbers | 0",
                        "second terminal events | 0",
                        "",
                        "time from the prompt to | p50 | p99 | max",
                        "the first event | 500.0 ms | 500.0 ms | 500.0 ms",
                        "the first delta | 1.00 s | 1.00 s | 1.00 s",
                        "the terminal event | 2.00 s | 2.00 s | 2.00 s",
                        "",
                        "events | 2,000",
                        "events a second | 500.0");
    }

    @Test
    void reportWithoutAnswersAndTimeHasDashes() {
        var report = report(
                Duration.ZERO,
                List.of(
                        unanswered(Ending.LOST, "not opened: ConnectException", 0),
                        unanswered(Ending.LOST, "not opened: ConnectException", 0)));

        assertThat(report.kept()).isFalse();
        assertThat(report.lines())
                .map(line -> line.strip().replaceAll(" {2,}", " | "))
                .contains(
                        "lost: no terminal event | 2",
                        "the terminal event | - | - | -",
                        "events a second | -",
                        "2 x lost: not opened: ConnectException");
    }

    @Test
    void reportWithoutSocketsKeepsThePromise() {
        assertThat(report(Duration.ZERO, List.of()).lines()).isNotEmpty();
    }

    @Test
    void failedEventBreaksNoPromise() {
        var report = report(Duration.ofSeconds(1), List.of(unanswered(Ending.FAILED, "response.failed model_busy", 4)));

        assertThat(report.kept()).isTrue();
        assertThat(report.lines()).contains("  1 x failed: response.failed model_busy");
    }

    @Test
    void gatewayErrorsAreCountedAndNamed() {
        var report = report(
                Duration.ofSeconds(1),
                List.of(answered(100, Map.of()), unanswered(Ending.GATEWAY_ERROR, "Internal server error", 1)));

        assertThat(report.kept()).isFalse();
        assertThat(report.lines())
                .map(line -> line.strip().replaceAll(" {2,}", " | "))
                .contains(
                        "lost: API Gateway answered with an error | 1",
                        "1 x lost, API Gateway answered: Internal server error");
    }

    @Test
    void gapInOneAnswerBreaksThePromise() {
        var report = report(
                Duration.ofSeconds(1),
                List.of(answered(100, Map.of()), answered(100, Map.of(Breach.GAP, 3, Breach.AFTER_END, 1))));

        assertThat(report.kept()).isFalse();
        assertThat(report.lines())
                .map(line -> line.strip().replaceAll(" {2,}", " | "))
                .contains("missing event numbers | 3", "events after the terminal event | 1");
    }
}
