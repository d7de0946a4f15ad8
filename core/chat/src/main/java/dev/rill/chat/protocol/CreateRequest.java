package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/**
 * A validated request for a response. Fields that the protocol defines have the type and range that it defines; unknown
 * fields are kept, because the model's server may know them.
 *
 * @param body the body of {@code POST /v1/responses}, owned by this request
 * @see <a href="https://www.openresponses.org/specification">Open Responses, CreateResponseBody</a>
 */
public record CreateRequest(ObjectNode body) {

    private sealed interface Rule {
        record StringValue(int maxLength) implements Rule {}

        record BooleanValue() implements Rule {}

        record IntegerValue(long min, long max) implements Rule {}

        record NumberValue(double min, double max) implements Rule {}

        record ObjectArray() implements Rule {}

        record Includes() implements Rule {}

        record ObjectValue() implements Rule {}

        /**
         * Pairs of strings. Their number and length are limited, because every event that has a response repeats them.
         */
        record Metadata() implements Rule {}

        record StringOrObject() implements Rule {}
    }

    private static final int MAX_METADATA_PAIRS = 16;
    private static final int MAX_METADATA_KEY = 64;
    private static final int MAX_METADATA_VALUE = 512;

    private static final List<String> OF_ANSWERS = List.of("stream", "background", "generate");

    private static final Rule TEXT = new Rule.StringValue(Integer.MAX_VALUE);
    private static final Rule SHORT_TEXT = new Rule.StringValue(64);
    private static final Rule BOOLEAN = new Rule.BooleanValue();
    private static final Rule PENALTY = new Rule.NumberValue(-2, 2);

    private static final Map<String, Rule> RULES = Map.ofEntries(
            Map.entry("model", TEXT),
            Map.entry("instructions", TEXT),
            Map.entry("previous_response_id", TEXT),
            Map.entry("truncation", TEXT),
            Map.entry("service_tier", TEXT),
            Map.entry("safety_identifier", SHORT_TEXT),
            Map.entry("prompt_cache_key", SHORT_TEXT),
            Map.entry("stream", BOOLEAN),
            Map.entry("background", BOOLEAN),
            Map.entry("generate", BOOLEAN),
            Map.entry("store", BOOLEAN),
            Map.entry("parallel_tool_calls", BOOLEAN),
            Map.entry("max_output_tokens", new Rule.IntegerValue(1, Integer.MAX_VALUE)),
            Map.entry("max_tool_calls", new Rule.IntegerValue(1, Integer.MAX_VALUE)),
            Map.entry("top_logprobs", new Rule.IntegerValue(0, 20)),
            Map.entry("temperature", new Rule.NumberValue(0, 2)),
            Map.entry("top_p", new Rule.NumberValue(0, 1)),
            Map.entry("presence_penalty", PENALTY),
            Map.entry("frequency_penalty", PENALTY),
            Map.entry("tools", new Rule.ObjectArray()),
            Map.entry("include", new Rule.Includes()),
            Map.entry("metadata", new Rule.Metadata()),
            Map.entry("text", new Rule.ObjectValue()),
            Map.entry("reasoning", new Rule.ObjectValue()),
            Map.entry("stream_options", new Rule.ObjectValue()),
            Map.entry("tool_choice", new Rule.StringOrObject()));

    /** Makes a request whose input is this prompt and which has no other field. */
    public static CreateRequest ofText(String prompt) throws ApiException {
        return of(Json.object().put("input", prompt));
    }

    /**
     * Validates a body.
     *
     * @throws ApiException that names the first field that is missing or invalid
     */
    public static CreateRequest of(ObjectNode body) throws ApiException {
        if (!isEmptyWarmUp(body)) {
            requireInput(body);
        }
        return checked(body);
    }

    /**
     * Validates the body of a request about a conversation that asks for no answer, such as one to compact it. The
     * input may be missing where the request names an earlier response.
     *
     * @throws ApiException that names the first field that is missing, invalid, or of a request for an answer
     */
    public static CreateRequest withoutAnswer(ObjectNode body) throws ApiException {
        for (var field : OF_ANSWERS) {
            if (body.path(field).asBoolean(false)) {
                throw ApiException.unsupported(field, "It belongs to a request for an answer.");
            }
        }
        if (body.hasNonNull("input") || !body.hasNonNull("previous_response_id")) {
            requireInput(body);
        }
        return checked(body);
    }

    private static CreateRequest checked(ObjectNode body) throws ApiException {
        if (body.hasNonNull("conversation")) {
            throw ApiException.unsupported(
                    "conversation", "Rill keeps conversations itself: continue one by 'previous_response_id'.");
        }
        for (var field : body.properties()) {
            var rule = RULES.get(field.getKey());
            if (rule != null && !field.getValue().isNull()) {
                check(field.getKey(), field.getValue(), rule);
            }
        }
        if (body.path("background").asBoolean(false) && !body.path("store").asBoolean(true)) {
            throw ApiException.invalidValue("store", "a background response is stored");
        }
        return new CreateRequest(body);
    }

    /** Whether the client asks for a stream of events instead of one JSON body. */
    public boolean streamed() {
        return body.path("stream").asBoolean(false);
    }

    /**
     * Whether the client asks for a response without an answer, which later requests can continue: {@code generate} is
     * false, as in OpenAI's WebSocket mode. The input of such a request may be empty.
     */
    public boolean warmUp() {
        return !body.path("generate").asBoolean(true);
    }

    /** Whether the answer is produced without a client that waits for it. */
    public boolean background() {
        return body.path("background").asBoolean(false);
    }

    private static boolean isEmptyWarmUp(ObjectNode body) {
        var input = body.path("input");
        return body.path("generate").isBoolean()
                && !body.path("generate").booleanValue()
                && (input.isMissingNode() || input.isNull() || (input.isArray() && input.isEmpty()));
    }

    private static void requireInput(ObjectNode body) throws ApiException {
        var input = body.path("input");
        if (input.isMissingNode() || input.isNull()) {
            throw ApiException.missing("input");
        }
        if (input.isTextual()) {
            if (input.textValue().isBlank()) {
                throw ApiException.invalidValue("input", "it is empty");
            }
            return;
        }
        if (!input.isArray()) {
            throw ApiException.wrongType("input", "a string or an array of items");
        }
        if (input.isEmpty()) {
            throw ApiException.invalidValue("input", "it is empty");
        }
        for (int i = 0; i < input.size(); i++) {
            requireItem("input[" + i + "]", input.get(i));
        }
    }

    private static void requireItem(String param, JsonNode item) throws ApiException {
        if (!item.isObject()) {
            throw ApiException.wrongType(param, "an object");
        }
        if (item.hasNonNull("type") && !item.path("type").isTextual()) {
            throw ApiException.wrongType(param + ".type", "a string");
        }
        if (item.path("type").asText().equals("item_reference")
                && !item.path("id").isTextual()) {
            throw item.has("id")
                    ? ApiException.wrongType(param + ".id", "a string")
                    : ApiException.missing(param + ".id");
        }
        if (isReference(item)) {
            return;
        }
        var type = item.hasNonNull("type") ? item.path("type").textValue() : "message";
        if (!type.equals("message")) {
            return;
        }
        if (!item.path("role").isTextual()) {
            throw item.has("role")
                    ? ApiException.wrongType(param + ".role", "a string")
                    : ApiException.missing(param + ".role");
        }
        if (!item.path("content").isTextual() && !item.path("content").isArray()) {
            throw item.has("content")
                    ? ApiException.wrongType(param + ".content", "a string or an array")
                    : ApiException.missing(param + ".content");
        }
    }

    private static void check(String param, JsonNode value, Rule rule) throws ApiException {
        switch (rule) {
            case Rule.StringValue(int maxLength) -> {
                require(value.isTextual(), param, "a string");
                if (value.textValue().length() > maxLength) {
                    throw ApiException.invalidValue(param, "it has more than " + maxLength + " characters");
                }
            }
            case Rule.BooleanValue() -> require(value.isBoolean(), param, "a boolean");
            case Rule.IntegerValue(long min, long max) -> {
                require(value.isIntegralNumber(), param, "an integer");
                requireRange(value, param, BigDecimal.valueOf(min), BigDecimal.valueOf(max));
            }
            case Rule.NumberValue(double min, double max) -> {
                require(value.isNumber(), param, "a number");
                requireRange(value, param, BigDecimal.valueOf(min), BigDecimal.valueOf(max));
            }
            case Rule.ObjectArray() -> requireEach(value, param, "an array of objects", JsonNode::isObject);
            case Rule.Includes() -> {
                requireEach(value, param, "an array of strings", JsonNode::isTextual);
                for (int i = 0; i < value.size(); i++) {
                    Includes.require(value.get(i).textValue(), param + "[" + i + "]");
                }
            }
            case Rule.ObjectValue() -> require(value.isObject(), param, "an object");
            case Rule.Metadata() -> {
                require(value.isObject(), param, "an object");
                requireMetadata(param, value);
            }
            case Rule.StringOrObject() ->
                require(value.isTextual() || value.isObject(), param, "a string or an object");
        }
    }

    /** Applies OpenAI's limits. An error repeats a key only if the key is within its limit. */
    private static void requireMetadata(String param, JsonNode metadata) throws ApiException {
        if (metadata.size() > MAX_METADATA_PAIRS) {
            throw ApiException.invalidValue(param, "it has more than " + MAX_METADATA_PAIRS + " pairs");
        }
        for (var pair : metadata.properties()) {
            if (length(pair.getKey()) > MAX_METADATA_KEY) {
                throw ApiException.invalidValue(param, "it has a key of more than " + MAX_METADATA_KEY + " characters");
            }
            var name = param + "." + pair.getKey();
            require(pair.getValue().isTextual(), name, "a string");
            if (length(pair.getValue().textValue()) > MAX_METADATA_VALUE) {
                throw ApiException.invalidValue(name, "it has more than " + MAX_METADATA_VALUE + " characters");
            }
        }
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    private static void requireEach(
            JsonNode value, String param, String expected, java.util.function.Predicate<JsonNode> isElement)
            throws ApiException {
        require(value.isArray(), param, expected);
        for (int i = 0; i < value.size(); i++) {
            require(isElement.test(value.get(i)), param + "[" + i + "]", expected.substring("an array of ".length()));
        }
    }

    private static void require(boolean condition, String param, String expected) throws ApiException {
        if (!condition) {
            throw ApiException.wrongType(param, expected);
        }
    }

    private static void requireRange(JsonNode value, String param, BigDecimal min, BigDecimal max) throws ApiException {
        var number = value.decimalValue();
        if (number.compareTo(min) < 0 || number.compareTo(max) > 0) {
            throw ApiException.invalidValue(
                    param, "it must be between " + min.toPlainString() + " and " + max.toPlainString());
        }
    }

    /**
     * Whether an input item is a reference to a stored item. A reference may omit {@code type}; then it has only an id.
     */
    public static boolean isReference(JsonNode item) {
        return item.path("id").isTextual()
                && (item.path("type").asText("").equals("item_reference")
                        || (!item.hasNonNull("type") && !item.has("role") && !item.has("content")));
    }
}
