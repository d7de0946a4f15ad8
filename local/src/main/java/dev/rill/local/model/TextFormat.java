package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Optional;

/** The {@code text.format} of a request. */
sealed interface TextFormat {

    /**
     * An answer in this format, in pieces.
     *
     * @param prose the answer as text
     * @param subject the text of an object's strings
     * @throws InvalidRequestException if the schema has no instance that is an object
     */
    List<String> pieces(String prose, String subject);

    /** Of the field's value. Absent and other values are plain text. */
    static TextFormat of(JsonNode format) {
        return switch (format.path("type").asText()) {
            case "json_object" -> new AnyObject();
            case "json_schema" ->
                new ObjectOf(format.path("schema"), format.path("name").asText());
            default -> new Plain();
        };
    }

    record Plain() implements TextFormat {

        @Override
        public List<String> pieces(String prose, String subject) {
            return Pieces.words(prose);
        }
    }

    /** Any JSON object. */
    record AnyObject() implements TextFormat {

        @Override
        public List<String> pieces(String prose, String subject) {
            return Pieces.json(JsonNodeFactory.instance.objectNode().put("answer", prose));
        }
    }

    /** An object that a schema allows. */
    record ObjectOf(JsonNode schema, String name) implements TextFormat {

        private static final String PARAM = "text.format.schema";

        @Override
        public List<String> pieces(String prose, String subject) {
            if (!schema.isObject()) {
                throw new InvalidRequestException(
                        "Missing required parameter: '" + PARAM + "'.",
                        Optional.of(PARAM),
                        Optional.of("missing_required_parameter"));
            }
            try {
                var instance = SchemaInstance.of(schema, subject);
                if (instance.isObject()) {
                    return Pieces.json(instance);
                }
                throw invalid("schema must be of type 'object'");
            } catch (NoInstanceException e) {
                throw invalid(String.valueOf(e.getMessage()));
            }
        }

        private InvalidRequestException invalid(String reason) {
            return new InvalidRequestException(
                    "Invalid schema for response_format '" + name + "': " + reason + ".",
                    Optional.of(PARAM),
                    Optional.of("invalid_json_schema"));
        }
    }
}
