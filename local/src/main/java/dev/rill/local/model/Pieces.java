package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Divides texts into the pieces of deltas. Each piece counts as one token. */
final class Pieces {

    private static final Pattern WORD = Pattern.compile("\\s*\\S+|\\s+\\z");

    private static final int JSON_SLICE = 8;

    private Pieces() {}

    /** Words, each with the white space before it. */
    static List<String> words(String text) {
        return WORD.matcher(text).results().map(match -> match.group()).toList();
    }

    /** JSON in short slices. */
    static List<String> json(JsonNode value) {
        return slices(value.toString(), JSON_SLICE);
    }

    /** Slices of {@code length} chars; one more where a surrogate pair would be divided. */
    static List<String> slices(String text, int length) {
        var slices = new ArrayList<String>();
        for (int from = 0; from < text.length(); ) {
            var to = boundary(text, from + length);
            slices.add(text.substring(from, to));
            from = to;
        }
        return slices;
    }

    private static int boundary(String text, int near) {
        var end = Math.min(near, text.length());
        return end < text.length() && Character.isLowSurrogate(text.charAt(end)) ? end + 1 : end;
    }
}
