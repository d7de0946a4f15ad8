package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.JsonNode;

/** Estimates the memory, and the space in the log, that a JSON value takes. */
public final class JsonSize {

    /** The overhead of a scalar, counted as characters: many small values take more memory than their text suggests. */
    private static final int PER_SCALAR = 16;

    /** The overhead of an object or an array, counted as characters. */
    private static final int PER_CONTAINER = 64;

    /** Up to 500 times the size of the text that they belong to. The limit of logged characters bounds them. */
    private static final String LOG_PROBABILITIES = "logprobs";

    private JsonSize() {}

    /** Returns the size in characters. The time depends on the number of values, not on the length of strings. */
    public static int of(JsonNode value) {
        return of(value, "");
    }

    /** Returns the size of an output, or of a part of one, in characters, without its log probabilities. */
    public static int ofOutput(JsonNode value) {
        return of(value, LOG_PROBABILITIES);
    }

    private static int of(JsonNode value, String excludedField) {
        int size = value.isContainerNode() ? PER_CONTAINER : PER_SCALAR;
        if (value.isTextual()) {
            size += value.textValue().length();
        }
        for (var field : value.properties()) {
            if (!field.getKey().equals(excludedField)) {
                size += field.getKey().length() + of(field.getValue(), excludedField);
            }
        }
        if (value.isArray()) {
            for (var element : value) {
                size += of(element, excludedField);
            }
        }
        return size;
    }
}
