package dev.rill.chat.completions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ApiException;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A value of the request and its path, such as {@code messages[0].content}. A value that is null counts as missing.
 *
 * @param value the missing node if there is none
 */
record Field(String path, JsonNode value) {

    static Field root(ObjectNode body, String name) {
        return new Field(name, body.path(name));
    }

    Field member(String name) {
        return new Field(path + "." + name, value.path(name));
    }

    Field element(int index) {
        return new Field(path + "[" + index + "]", value.path(index));
    }

    boolean isPresent() {
        return !value.isMissingNode() && !value.isNull();
    }

    String text() throws ApiException {
        return require("a string", JsonNode::isTextual).textValue();
    }

    Optional<String> optionalText() throws ApiException {
        return isPresent() ? Optional.of(text()) : Optional.empty();
    }

    boolean flag() throws ApiException {
        return isPresent() && require("a boolean", JsonNode::isBoolean).booleanValue();
    }

    JsonNode array() throws ApiException {
        return require("an array", JsonNode::isArray);
    }

    JsonNode object() throws ApiException {
        return require("an object", JsonNode::isObject);
    }

    /** Copies this value as a member of an object, if it is present. */
    void copyTo(ObjectNode target, String name) {
        if (isPresent()) {
            target.set(name, value);
        }
    }

    ApiException unsupported(String why) {
        return ApiException.unsupported(path, why);
    }

    ApiException invalid(String rule) {
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
