package dev.rill.tests.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Checks all that a client gets, on either transport, against the published schema of Open Responses and against
 * OpenAI's client for Java. {@link Extensions} has the exceptions. What neither knows is a fault, so that a new kind of
 * object can't pass unchecked.
 */
public final class Conformance {

    private static final OpenResponsesSchema SCHEMA = OpenResponsesSchema.PUBLISHED;

    private Conformance() {}

    /**
     * Checks a message of a socket.
     *
     * @throws AssertionError with all faults
     */
    public static void requireMessage(String text) {
        require(text, faultsOfMessage(Values.read(text)));
    }

    /**
     * Checks the payload of one server-sent event.
     *
     * @throws AssertionError with all faults
     */
    public static void requirePayload(String data) {
        if (!data.equals("[DONE]")) {
            require(data, faultsOfPayload(Values.read(data)));
        }
    }

    /**
     * Checks the body of an HTTP response. Text and an empty body have nothing to check.
     *
     * @throws AssertionError with all faults
     */
    public static void requireBody(String contentType, String body) {
        if (contentType.startsWith("application/json")) {
            require(body, faultsOfObject(Values.read(body)));
        } else if (contentType.startsWith("text/event-stream")) {
            body.lines()
                    .filter(line -> line.startsWith("data: "))
                    .forEach(line -> requirePayload(line.substring("data: ".length())));
        }
    }

    /**
     * Checks what a client sends.
     *
     * @param schema its name below {@code components/schemas}
     * @throws AssertionError with all faults
     */
    public static void requireRequest(String schema, String json) {
        require(json, SCHEMA.faults(schema, Values.read(json)));
    }

    private static void require(String text, List<String> faults) {
        var violations =
                faults.stream().filter(fault -> !KnownViolations.include(fault)).toList();
        if (!violations.isEmpty()) {
            throw new AssertionError(String.join("\n", violations) + "\nof " + text);
        }
    }

    private static List<String> faultsOfMessage(JsonNode message) {
        if (Extensions.isOfApiGateway(message)) {
            return List.of();
        }
        return message.path("type").asText().equals("error")
                ? both(message, "WebSocketErrorEvent", OpenAiModel.SOCKET_EVENT)
                : faultsOfEvent(message, OpenAiModel.SOCKET_EVENT);
    }

    private static List<String> faultsOfPayload(JsonNode payload) {
        return payload.has("type") ? faultsOfEvent(payload, OpenAiModel.STREAM_EVENT) : faultsOfObject(payload);
    }

    private static List<String> faultsOfEvent(JsonNode event, OpenAiModel<?> model) {
        if (Extensions.isOwnEvent(event)) {
            return List.of();
        }
        return SCHEMA.ofEvents(event.path("type").asText())
                .map(schema -> both(event, schema, model))
                .orElseGet(() -> List.of("there is no event of type '" + event.path("type") + "'"));
    }

    private static List<String> faultsOfObject(JsonNode object) {
        if (Extensions.isOwnObject(object) || Extensions.isDeletion(object)) {
            return List.of();
        }
        if (object.path("error").isObject() && !object.has("object")) {
            return both(object.path("error"), "ErrorPayload", OpenAiModel.ERROR);
        }
        return switch (object.path("object").asText()) {
            case "response" -> both(object, "ResponseResource", OpenAiModel.RESPONSE);
            case "response.compaction" -> both(object, "CompactResource", OpenAiModel.COMPACTED_RESPONSE);
            case "response.input_tokens" -> OpenAiModel.INPUT_TOKENS.faults(object);
            case "chat.completion" -> OpenAiModel.CHAT_COMPLETION.faults(object);
            case "chat.completion.chunk" -> OpenAiModel.CHAT_COMPLETION_CHUNK.faults(object);
            case "model" -> OpenAiModel.MODEL.faults(object);
            case "list" -> faultsOfList(object);
            default -> List.of("there is no object '" + object.path("object").asText() + "'");
        };
    }

    /** A list is one of models or one of items. */
    private static List<String> faultsOfList(JsonNode list) {
        if (list.at("/data/0/object").asText().equals("model")) {
            return OpenAiModel.MODEL_LIST.faults(list);
        }
        var faults = new ArrayList<>(OpenAiModel.ITEM_LIST.faults(list));
        list.path("data").forEach(item -> faults.addAll(SCHEMA.faults("ItemField", item)));
        return faults;
    }

    private static List<String> both(JsonNode value, String schema, OpenAiModel<?> model) {
        return Stream.concat(
                        SCHEMA.faults(schema, Extensions.forTheStandard(value)).stream()
                                .map(fault -> schema + fault),
                        model.faults(value).stream())
                .toList();
    }
}
