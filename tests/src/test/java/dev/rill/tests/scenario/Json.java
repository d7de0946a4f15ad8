package dev.rill.tests.scenario;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** JSON as a client reads it. */
public final class Json {

    private static final JsonMapper MAPPER = new JsonMapper();

    private Json() {}

    /**
     * Reads one value.
     *
     * @throws AssertionError if the text is no JSON value
     */
    public static JsonNode read(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + text, e);
        }
    }

    /** Turns apostrophes into quotation marks, since JSON with apostrophes is easier to read in Java. */
    public static String quoted(String text) {
        return text.replace('\'', '"');
    }
}
