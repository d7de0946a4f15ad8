package dev.rill.load.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.load.clients.ClientReport.Row;
import dev.rill.load.clients.Outcome.NotRun;
import dev.rill.load.clients.Outcome.Thing;
import dev.rill.load.clients.Outcome.Tried;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientReportTest {

    private static final Row PASSED = new Row(
            "openai",
            "7.59.0",
            "HTTP",
            "",
            new Tried(List.of(new Thing(true, "an answer"), new Thing(true, "a loop (3 rounds)")), ""));
    private static final Row FAILED = new Row(
            "wscat",
            "6.1.0",
            "WebSocket",
            "on Node 22.1.0 from npm",
            new Tried(List.of(new Thing(true, "an answer"), new Thing(false, "a ping: no | answer")), ""));
    private static final Row NOT_RUN = new Row("koog", "1.1.1", "HTTP", "", new NotRun("there is no Maven"));

    @Test
    void tableSaysWhatWasTriedAndWhatCameOfIt() {
        assertThat(new ClientReport(List.of(PASSED, FAILED, NOT_RUN)).markdown())
                .containsExactly(
                        "| client | version | transport | what was tried | result |",
                        "|---|---|---|---|---|",
                        "| openai | 7.59.0 | HTTP | an answer; a loop (3 rounds) | all passed |",
                        "| wscat | 6.1.0, on Node 22.1.0 from npm | WebSocket | an answer; a ping | "
                                + "**failed**: a ping: no \\| answer |",
                        "| koog | 1.1.1 | HTTP | nothing | not run: there is no Maven |");
    }

    @Test
    void clientThatWasNotRunHasNeitherPassedNorFailed() {
        var report = new ClientReport(List.of(PASSED, NOT_RUN));
        assertThat(report.isPassed()).isTrue();
        assertThat(report.lines()).last().isEqualTo("1 scripts passed, 0 failed, 1 not run");
    }

    @Test
    void oneFailedThingFailsTheReport() {
        var report = new ClientReport(List.of(PASSED, FAILED));
        assertThat(report.isPassed()).isFalse();
        assertThat(report.lines()).contains("    failed: a ping: no | answer");
    }

    @Test
    void scriptWithAnotherExitCodeThanItsLinesSayHasFailed() {
        assertThat(ScriptOutput.outcome(List.of("ok - an answer", "Error: boom"), 1))
                .isEqualTo(new Tried(List.of(new Thing(true, "an answer")), "exit code 1: ok - an answer Error: boom"));
        assertThat(ScriptOutput.outcome(List.of("hello"), 0).isPassed()).isFalse();
        assertThat(ScriptOutput.outcome(List.of("FAILED - a loop: why"), 1))
                .isEqualTo(new Tried(List.of(new Thing(false, "a loop: why")), ""));
    }
}
