package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A value of a client's request and its path, such as {@code messages[0].content}, for decoders of other protocols. A
 * value that is null counts as missing.
 *
 * @param value the missing node if there is none
 */
public record Field(String path, JsonNode value) {

    public static Field root(ObjectNode body, String name) {
        return new Field(name, body.path(name));
    }

    public Field member(String name) {
        return new Field(path + "." + name, value.path(name));
    }

    public Field element(int index) {
        return new Field(path + "[" + index + "]", value.path(index));
    }

    public boolean isPresent() {
        return !value.isMissingNode() && !value.isNull();
    }

    public String text() throws ApiException {
        return require("a string", JsonNode::isTextual).textValue();
    }

    public Optional<String> optionalText() throws ApiException {
        return isPresent() ? Optional.of(text()) : Optional.empty();
    }

    public boolean flag() throws ApiException {
        return isPresent() && require("a boolean", JsonNode::isBoolean).booleanValue();
    }

    public JsonNode array() throws ApiException {
        return require("an array", JsonNode::isArray);
    }

    public JsonNode object() throws ApiException {
        return require("an object", JsonNode::isObject);
    }

    /** Copies this value as a member of an object, if it is present. */
    public void copyTo(ObjectNode target, String name) {
        if (isPresent()) {
            target.set(name, value);
        }
    }

    public ApiException unsupported(String why) {
        return ApiException.unsupported(path, why);
    }

    public ApiException invalid(String rule) {
        return ApiException.invalidValue(path, rule);
    }

    private JsonNode require(String expected, Predicate<JsonNode> type) throws ApiException {
        if (!isPresent()) {
            throw ApiException.missing(path);
        }
        if (!type.test(value)) {
            throw ApiException.wrongType(path, expected);
        }
        return value;
    }
}
