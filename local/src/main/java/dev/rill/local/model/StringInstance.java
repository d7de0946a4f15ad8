package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Makes strings for the {@code format}, {@code pattern} and lengths of a JSON Schema; otherwise of the given words. A
 * pattern is only tried on a few common texts.
 */
final class StringInstance {

    private static final int LONGEST = 10_000;
    private static final int LONGEST_PATTERN = 200;
    private static final int WORDS_LENGTH = 60;

    /** Short, so that a pattern that backtracks ends soon. */
    private static final List<String> FOR_PATTERNS = List.of(
            "a",
            "A",
            "1",
            "aa",
            "AA",
            "11",
            "aaa",
            "AAA",
            "111",
            "1111",
            "11111",
            "a1",
            "A1",
            "AB-1",
            "AB-12",
            "AB-123",
            "AB1234",
            "user_1",
            "@user",
            "a@b.org",
            "1.0",
            "1.0.0",
            "#a1b2c3",
            "2026-01-02",
            "12:00",
            "+123456789",
            "https://a.org");

    private final String words;

    StringInstance(String words) {
        var line = words.strip();
        var length = line.codePointCount(0, line.length());
        this.words =
                line.isEmpty() ? "text" : line.substring(0, line.offsetByCodePoints(0, Math.min(length, WORDS_LENGTH)));
    }

    /**
     * A string.
     *
     * @param ordinal different ordinals give different strings, as far as the schema leaves room
     */
    String of(JsonNode schema, int ordinal) throws NoInstanceException {
        if (schema.path("pattern").isTextual()) {
            return matching(schema.get("pattern").asText(), schema, ordinal);
        }
        var format = formatted(schema.path("format").asText(), ordinal);
        return format.isPresent() ? format.get() : sized(schema, ordinal);
    }

    private static Optional<String> formatted(String format, int ordinal) {
        var day = "2026-01-%02d".formatted(ordinal % 28 + 1);
        return Optional.ofNullable(
                switch (format) {
                    case "date-time" -> day + "T12:00:00Z";
                    case "date" -> day;
                    case "time" -> "12:%02d:00Z".formatted(ordinal % 60);
                    case "duration" -> "P" + (ordinal + 1) + "D";
                    case "email" -> "person" + (ordinal + 1) + "@example.org";
                    case "hostname" -> "host" + (ordinal + 1) + ".example.org";
                    case "ipv4" -> "192.0.2." + (ordinal % 254 + 1);
                    case "ipv6" -> "2001:db8::" + Integer.toHexString(ordinal + 1);
                    case "uuid" -> "00000000-0000-4000-8000-%012d".formatted(ordinal + 1);
                    case "uri", "uri-reference" -> "https://example.org/" + (ordinal + 1);
                    default -> null;
                });
    }

    private String matching(String pattern, JsonNode schema, int ordinal) throws NoInstanceException {
        if (pattern.length() > LONGEST_PATTERN) {
            throw new NoInstanceException("a pattern is longer than " + LONGEST_PATTERN + " characters");
        }
        try {
            var compiled = Pattern.compile(pattern);
            var found = FOR_PATTERNS.stream()
                    .filter(text -> text.length() >= schema.path("minLength").asInt(0)
                            && text.length() <= schema.path("maxLength").asInt(LONGEST)
                            && compiled.matcher(text).find())
                    .toList();
            if (!found.isEmpty()) {
                return found.get(ordinal % found.size());
            }
        } catch (PatternSyntaxException _) {
            throw new NoInstanceException("the pattern '" + pattern + "' is invalid");
        }
        throw new NoInstanceException("the simulated model found no text for the pattern '" + pattern + "'");
    }

    private String sized(JsonNode schema, int ordinal) throws NoInstanceException {
        var least = schema.path("minLength").asInt(0);
        var most = Math.min(schema.path("maxLength").asInt(LONGEST), LONGEST);
        if (least > most) {
            throw new NoInstanceException("no string has at least " + least + " and at most " + most + " characters");
        }
        var text = ordinal == 0 ? words : (ordinal + 1) + " " + words;
        var length = text.codePointCount(0, text.length());
        return length < least
                ? text + "+".repeat(least - length)
                : text.substring(0, text.offsetByCodePoints(0, Math.min(length, most)));
    }
}
