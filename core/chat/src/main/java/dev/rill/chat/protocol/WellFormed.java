package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.Map;

/**
 * Replaces each surrogate that lacks its other half by U+FFFD. JSON allows such texts as escapes, but UTF-8 can't
 * encode them, and each encoder writes something else in their place: the log, a socket and an HTTP response would
 * differ.
 */
public final class WellFormed {

    private static final char REPLACEMENT = '\uFFFD';

    private WellFormed() {}

    /** The same text, if it is well-formed; else a copy of the same length. */
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

    /** Changes every text and every name in a value. Of names that become alike the last one stays. */
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
            // Two halves that belong together are one code point, which is none of the basic plane.
            if (Character.isBmpCodePoint(codePoint) && Character.isSurrogate((char) codePoint)) {
                return i;
            }
        }
        return -1;
    }
}
