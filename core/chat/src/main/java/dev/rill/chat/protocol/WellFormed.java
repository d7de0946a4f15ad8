package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.Map;

/**
 * Replaces lone surrogates by U+FFFD. JSON can express them as escapes, but UTF-8 can't encode them, and encoders
 * differ in what they write instead: an event would differ between the log, a socket and an HTTP response.
 */
public final class WellFormed {

    private static final char REPLACEMENT = '\uFFFD';

    private WellFormed() {}

    /** Returns the text itself if it has no lone surrogate; otherwise a copy of the same length. */
    public static String of(String text) {
        int lone = indexOfLone(text, 0);
        if (lone < 0) {
            return text;
        }
        var copy = new StringBuilder(text);
        for (; lone >= 0; lone = indexOfLone(text, lone + 1)) {
            copy.setCharAt(lone, REPLACEMENT);
        }
        return copy.toString();
    }

    /**
     * Modifies every string and every name in a value. If two names of an object become equal, the last one is kept.
     */
    static void repair(JsonNode value) {
        switch (value) {
            case ObjectNode object -> {
                repairNames(object);
                for (var field : object.properties()) {
                    if (field.getValue() instanceof TextNode text) {
                        field.setValue(of(text));
                    } else {
                        repair(field.getValue());
                    }
                }
            }
            case ArrayNode array -> {
                for (int i = 0; i < array.size(); i++) {
                    if (array.get(i) instanceof TextNode text) {
                        array.set(i, of(text));
                    } else {
                        repair(array.get(i));
                    }
                }
            }
            default -> {}
        }
    }

    private static void repairNames(ObjectNode object) {
        if (object.properties().stream().allMatch(field -> indexOfLone(field.getKey(), 0) < 0)) {
            return;
        }
        var fields = new ArrayList<Map.Entry<String, JsonNode>>();
        object.properties().forEach(field -> fields.add(Map.entry(of(field.getKey()), field.getValue())));
        object.removeAll();
        fields.forEach(field -> object.set(field.getKey(), field.getValue()));
    }

    private static TextNode of(TextNode text) {
        return indexOfLone(text.textValue(), 0) < 0 ? text : TextNode.valueOf(of(text.textValue()));
    }

    private static int indexOfLone(String text, int from) {
        int codePoint;
        for (int i = from; i < text.length(); i += Character.charCount(codePoint)) {
            codePoint = text.codePointAt(i);
            // A surrogate pair is one code point outside the basic multilingual plane.
            if (Character.isBmpCodePoint(codePoint) && Character.isSurrogate((char) codePoint)) {
                return i;
            }
        }
        return -1;
    }
}
