package dev.rill.tests.conformance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Reads JSON. */
final class Values {

    private static final JsonMapper MAPPER = new JsonMapper();

    private Values() {}

    /**
     * Reads one value.
     *
     * @throws AssertionError if the text is no JSON value
     */
    static JsonNode read(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + text, e);
        }
    }
}
