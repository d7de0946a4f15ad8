package dev.rill.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.local.lambda.LogLine;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogViewTest {
    private static final LogLine STRUCTURED = function("""
      {"timestamp":"2026-11-22T20:00:00.123Z","level":"INFO","message":"answered","service":"worker-fn",\
      "cold_start":true,"function_arn":"arn","response_id":"resp_1","attempt":1}""");

    private final List<String> shown = new ArrayList<>();

    private LogView view(LogView.Level level, LogView.Colours colours) {
        return new LogView(shown::add, level, colours);
    }

    @Test
    void shortensStructuredLines() {
        view(LogView.Level.INFO, LogView.Colours.OFF).show(STRUCTURED);

        assertThat(shown).containsExactly("worker-fn  | INFO  answered  response_id=resp_1 attempt=1");
    }

    @Test
    void showsTheCauseOfAnError() {
        view(LogView.Level.INFO, LogView.Colours.OFF)
                .show(
                        function(
                                "{\"level\":\"ERROR\",\"message\":\"no answer\",\"error\":{\"name\":\"java.io.IOException\",\"message\":\"cut\"}}"));

        assertThat(shown).containsExactly("worker-fn  | ERROR no answer (java.io.IOException: cut)");
    }

    @Test
    void showsOtherLinesUnchanged() {
        var view = view(LogView.Level.INFO, LogView.Colours.OFF);

        view.show(function("hello"));
        view.show(function("{not json"));
        view.show(function("{\"no\":\"text\"}"));
        view.show(function("   "));

        assertThat(shown)
                .containsExactly("worker-fn  | hello", "worker-fn  | {not json", "worker-fn  | {\"no\":\"text\"}");
    }

    @Test
    void quietShowsWarningsAndFailuresOnly() {
        var view = view(LogView.Level.QUIET, LogView.Colours.OFF);

        view.show(STRUCTURED);
        view.show(function("hello"));
        view.show(new LogLine("worker-fn", LogLine.Source.REPORT, "START"));
        view.show(function("{\"level\":\"WARN\",\"message\":\"late\"}"));
        view.show(new LogLine("worker-fn", LogLine.Source.LIMIT, "busy"));
        view.show(new LogLine("worker-fn", LogLine.Source.FAILURE, "Task timed out"));
        view.problem("sqs", "polling failed");

        assertThat(shown)
                .containsExactly(
                        "worker-fn  | WARN  late",
                        "worker-fn  | WARN  busy",
                        "worker-fn  | ERROR Task timed out",
                        "sqs        | WARN  polling failed");
    }

    @Test
    void debugShowsTheServicesReportsToo() {
        var report = new LogLine("worker-fn", LogLine.Source.REPORT, "REPORT RequestId: 1");

        view(LogView.Level.INFO, LogView.Colours.OFF).show(report);
        view(LogView.Level.DEBUG, LogView.Colours.OFF).show(report);

        assertThat(shown).containsExactly("worker-fn  | REPORT RequestId: 1");
    }

    @Test
    void coloursOnlyIfAsked() {
        view(LogView.Level.INFO, LogView.Colours.ON).show(new LogLine("worker-fn", LogLine.Source.FAILURE, "died"));

        assertThat(shown).singleElement().asString().contains("\u001b[31mERROR").endsWith("died");
    }

    @Test
    void escapesControlCharacters() {
        view(LogView.Level.INFO, LogView.Colours.OFF).show(function("{\"message\":\"a\\u001b[2Jb\\nc\\rd\\te\"}"));

        assertThat(shown).containsExactly("worker-fn  | a?[2Jb?c?d\te");
    }

    private static LogLine function(String text) {
        return new LogLine("worker-fn", LogLine.Source.FUNCTION, text);
    }
}
