package dev.rill.load.clients;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The table of what clients can do: a pure function of the outcomes of their scripts. */
final class ClientReport {

    private final List<Row> rows;

    /**
     * One script.
     *
     * @param version of the client; a dash if it is unknown
     * @param note what a reader must know of the installation; may be empty
     */
    record Row(String client, String version, String transport, String note, Outcome outcome) {

        boolean isFailed() {
            return outcome instanceof Outcome.Tried tried && !tried.isPassed();
        }
    }

    ClientReport(List<Row> rows) {
        this.rows = List.copyOf(rows);
    }

    /** Whether no script has failed. One that was not run has not failed. */
    boolean isPassed() {
        return rows.stream().noneMatch(Row::isFailed);
    }

    /** For a terminal: a line for each script, and below it what has failed. */
    List<String> lines() {
        var lines = new ArrayList<String>();
        for (var row : rows) {
            lines.addAll(lines(row));
        }
        lines.add(summary());
        return lines;
    }

    /** The same for one script. */
    static List<String> lines(Row row) {
        var lines = new ArrayList<String>();
        var title = String.format("%-34s %-10s %-34s ", row.client(), row.version(), row.transport());
        switch (row.outcome()) {
            case Outcome.NotRun(var cause) -> lines.add(title + "not run: " + cause);
            case Outcome.Tried tried -> {
                lines.add(title + count(tried));
                for (var thing : tried.things()) {
                    if (!thing.passed()) {
                        lines.add("    failed: " + thing.text());
                    }
                }
                if (!tried.problem().isEmpty()) {
                    lines.add("    " + tried.problem());
                }
            }
        }
        return lines;
    }

    /** For a README: one table. */
    List<String> markdown() {
        var lines = new ArrayList<String>();
        lines.add("| client | version | transport | what was tried | result |");
        lines.add("|---|---|---|---|---|");
        for (var row : rows) {
            var version = row.note().isEmpty() ? row.version() : row.version() + ", " + row.note();
            lines.add(
                    "| " + String.join(" | ", row.client(), version, row.transport(), tried(row), result(row)) + " |");
        }
        return lines;
    }

    private static String tried(Row row) {
        return switch (row.outcome()) {
            case Outcome.NotRun _ -> "nothing";
            case Outcome.Tried tried ->
                tried.things().stream()
                        .map(thing ->
                                thing.passed() ? thing.text() : thing.text().split(": ", 2)[0])
                        .map(ClientReport::cell)
                        .collect(Collectors.joining("; "));
        };
    }

    private static String result(Row row) {
        return switch (row.outcome()) {
            case Outcome.NotRun(var cause) -> "not run: " + cell(cause);
            case Outcome.Tried tried when tried.isPassed() -> "all passed";
            case Outcome.Tried tried -> {
                var failures = new ArrayList<String>();
                tried.things().stream().filter(thing -> !thing.passed()).forEach(thing -> failures.add(thing.text()));
                if (!tried.problem().isEmpty()) {
                    failures.add(tried.problem());
                }
                yield "**failed**: " + cell(String.join("; ", failures));
            }
        };
    }

    private String summary() {
        long failed = rows.stream().filter(Row::isFailed).count();
        long notRun = rows.stream()
                .filter(row -> row.outcome() instanceof Outcome.NotRun)
                .count();
        return (rows.size() - failed - notRun) + " scripts passed, " + failed + " failed, " + notRun + " not run";
    }

    private static String count(Outcome.Tried tried) {
        long passed = tried.things().stream().filter(Outcome.Thing::passed).count();
        return passed + " of " + tried.things().size() + (tried.isPassed() ? " passed" : " passed: FAILED");
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replaceAll("\\s+", " ");
    }
}
