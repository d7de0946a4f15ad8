package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.JsonNode;

/** About how much memory and space in the log a JSON value takes. */
public final class JsonSize {

    /**
     * What values cost beside their characters: an event of many small ones takes more memory than its text suggests.
     */
    private static final int PER_SCALAR = 16;

    private static final int PER_CONTAINER = 64;

    /** In output they are as much as five hundred times the text, and bounded by what of an answer is logged. */
    private static final String LOG_PROBABILITIES = "logprobs";

    private JsonSize() {}

    /** In characters; the time it takes depends on the number of values and not on the length of texts. */
    public static int of(JsonNode value) {
        return of(value, "");
    }

    /** The same of a part of an output, without its log probabilities. */
    public static int ofOutput(JsonNode value) {
        return of(value, LOG_PROBABILITIES);
    }

    private static int of(JsonNode value, String uncounted) {
        int size = value.isContainerNode() ? PER_CONTAINER : PER_SCALAR;
        if (value.isTextual()) {
            size += value.textValue().length();
        }
        for (var field : value.properties()) {
            if (!field.getKey().equals(uncounted)) {
                size += field.getKey().length() + of(field.getValue(), uncounted);
            }
        }
        if (value.isArray()) {
            for (var element : value) {
                size += of(element, uncounted);
            }
        }
        return size;
    }
}
