package dev.rill.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rill.local.lambda.LogLine;
import java.io.Console;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Prints the log lines of the functions, each after the function's name. Of a structured line it prints time, level,
 * message and ids; any other line is printed unchanged. Safe for use by many threads.
 */
final class LogView {
    /** Fields that are not printed: they are equal in every line, or part of the prefix already. */
    private static final Set<String> HIDDEN_FIELDS = Set.of(
            "timestamp",
            "level",
            "message",
            "service",
            "cold_start",
            "function_arn",
            "function_memory_size",
            "function_name",
            "function_version",
            "function_request_id",
            "thread",
            "thread_id",
            "thread_priority",
            "logger",
            "loggerName",
            "sampling_rate",
            "xray_trace_id",
            "error",
            "region",
            "function_initialization_type",
            "log_group",
            "log_stream");

    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}&&[^\t]]");
    private static final int PREFIX_WIDTH = 10;
    private static final JsonMapper JSON = new JsonMapper();

    private final Consumer<String> out;
    private final Level level;
    private final Colours colours;

    LogView(Consumer<String> out, Level level, Colours colours) {
        this.out = out;
        this.level = level;
        this.colours = colours;
    }

    /** How much is printed. */
    enum Level {
        /** Failures, and lines of level WARN and above. */
        QUIET,
        /** All lines of the functions. */
        INFO,
        /** Also the Lambda service's START, END and REPORT lines. */
        DEBUG;

        static Optional<Level> parse(String name) {
            return Arrays.stream(values())
                    .filter(level -> level.name().equalsIgnoreCase(name))
                    .findFirst();
        }
    }

    /** Whether lines are coloured. */
    enum Colours {
        ON,
        OFF;

        /** {@link #ON} for a terminal, unless {@code NO_COLOR} is set. */
        static Colours of(@Nullable Console console) {
            boolean terminal = console != null && console.isTerminal() && System.getenv("NO_COLOR") == null;
            return terminal ? ON : OFF;
        }
    }

    /** Prints a line of a function or of the Lambda service. */
    void show(LogLine line) {
        switch (line.source()) {
            case FUNCTION -> function(line);
            case FAILURE -> print(line.module(), "ERROR", line.text());
            case LIMIT -> print(line.module(), "WARN", line.text());
            case REPORT -> {
                if (level == Level.DEBUG) {
                    print(line.module(), "", line.text());
                }
            }
        }
    }

    /** Prints a problem of a part of the stack. */
    void problem(String part, String text) {
        print(part, "WARN", text);
    }

    private void function(LogLine line) {
        var structured = structured(line.text());
        if (structured.isEmpty()) {
            if (level != Level.QUIET && !line.text().isBlank()) {
                print(line.module(), "", line.text());
            }
            return;
        }
        var json = structured.get();
        var severity = json.path("level").asText("").toUpperCase(Locale.ROOT);
        if (level == Level.QUIET && !isSevere(severity)) {
            return;
        }
        print(line.module(), severity, message(json));
    }

    private static boolean isSevere(String severity) {
        return severity.equals("WARN") || severity.equals("ERROR") || severity.equals("FATAL");
    }

    private static String message(JsonNode json) {
        var rest = json.propertyStream()
                .filter(entry -> !HIDDEN_FIELDS.contains(entry.getKey()))
                .map(entry -> entry.getKey() + "="
                        + entry.getValue().asText(entry.getValue().toString()))
                .collect(Collectors.joining(" "));
        var error = json.path("error");
        String cause = error.isObject()
                ? " (" + error.path("name").asText() + ": "
                        + error.path("message").asText() + ")"
                : "";
        var message = json.path("message").asText() + cause;
        return rest.isEmpty() ? message : message + "  " + rest;
    }

    private static Optional<JsonNode> structured(String text) {
        if (!text.startsWith("{")) {
            return Optional.empty();
        }
        try {
            var json = JSON.readTree(text);
            return json.isObject() && json.has("message") ? Optional.of(json) : Optional.empty();
        } catch (JsonProcessingException e) {
            // A function may print text that is not JSON.
            return Optional.empty();
        }
    }

    private void print(String part, String severity, String raw) {
        // A logged text may come from a client: it must not contain terminal control sequences or line breaks.
        var text = CONTROL.matcher(raw).replaceAll("?");
        var name = String.format(Locale.ROOT, "%-" + PREFIX_WIDTH + "s", part);
        String label = severity.isEmpty() ? "" : String.format(Locale.ROOT, "%-5s ", severity);
        out.accept(
                switch (colours) {
                    case OFF -> name + " | " + label + text;
                    case ON ->
                        "\u001b[" + colourOf(part) + "m" + name + " |\u001b[0m " + coloured(severity, label) + text;
                });
    }

    /** The ANSI code of cyan, green, magenta or blue; always the same one for a part. */
    private static int colourOf(String part) {
        return new int[] {36, 32, 35, 34}[Math.floorMod(part.hashCode(), 4)];
    }

    private static String coloured(String severity, String label) {
        return switch (severity) {
            case "WARN" -> "\u001b[33m" + label + "\u001b[0m";
            case "ERROR", "FATAL" -> "\u001b[31m" + label + "\u001b[0m";
            default -> label;
        };
    }
}
