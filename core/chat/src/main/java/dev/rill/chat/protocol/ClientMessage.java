package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A text message from a client on a WebSocket. {@code ids} are the client's own identifiers of the message, which
 * errors repeat. {@code eventId} is the one that other answers repeat; null if the message has none.
 */
public sealed interface ClientMessage {

    /** The longest {@code event_id}, in characters. Errors repeat it, and an error must fit into one message. */
    int MAX_EVENT_ID = 512;

    /** {@code response.create}, or plain text, which is taken as the prompt. */
    record Create(CreateRequest request, MessageIds ids) implements ClientMessage {}

    /** {@code response.cancel}. */
    record Cancel(ResponseId response, MessageIds ids) implements ClientMessage {}

    /** {@code rill:response.resume}; {@code startingAfter} is -1 if the client has no event yet. */
    record Resume(ResponseId response, long startingAfter, MessageIds ids) implements ClientMessage {}

    /** {@code rill:ping}. */
    record Ping(@Nullable String eventId) implements ClientMessage {}

    /** {@code rill:authenticate}: a new key or token for the same subject. */
    record Authenticate(String token, @Nullable String eventId) implements ClientMessage {

        /** A text without the token. */
        @Override
        public String toString() {
            return "Authenticate[...]";
        }
    }

    /** A message that is refused. */
    record Rejected(ApiError error, MessageIds ids) implements ClientMessage {}

    /**
     * Parses a text message. Text that is not JSON, and does not start with <code>{</code> or {@code [}, is the prompt
     * of a person who uses a plain WebSocket client.
     *
     * @param maxBytes the maximum size, in bytes of UTF-8; a larger message is rejected
     */
    static ClientMessage parse(String text, int maxBytes) {
        var bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > maxBytes) {
            return new Rejected(ApiException.tooLarge(bytes, maxBytes).error(), MessageIds.NONE);
        }
        var prompt = WellFormed.of(text.strip());
        var json = Json.findFromClient(prompt);
        if (json.isEmpty() && !prompt.startsWith("{") && !prompt.startsWith("[")) {
            return create(Json.object().put("input", prompt), MessageIds.NONE);
        }
        if (json.isEmpty() || !(json.get() instanceof ObjectNode event)) {
            return new Rejected(ApiException.notJson().error(), MessageIds.NONE);
        }
        var ids = new MessageIds(readableEventId(event), readableStreamId(event));
        try {
            requireId(event, "event_id", ids.event() != null, MAX_EVENT_ID);
            return parse(event, ids);
        } catch (ApiException e) {
            return new Rejected(e.error(), ids);
        }
    }

    private static @Nullable String readableEventId(ObjectNode event) {
        var value = event.path("event_id");
        return value.isTextual() && value.textValue().length() <= MAX_EVENT_ID ? value.textValue() : null;
    }

    private static Optional<StreamId> readableStreamId(ObjectNode event) {
        return Optional.ofNullable(event.path(StreamId.FIELD).textValue())
                .filter(StreamId::isValid)
                .map(StreamId::new);
    }

    /**
     * Rejects an identifier that can't be repeated. An absent one is accepted.
     *
     * @param isReadable whether it was read
     */
    private static void requireId(ObjectNode event, String field, boolean isReadable, int maxLength)
            throws ApiException {
        if (!event.has(field) || isReadable) {
            return;
        }
        var value = event.path(field);
        if (!value.isTextual()) {
            throw ApiException.wrongType(field, "a string");
        }
        throw ApiException.invalidValue(
                field, value.textValue().isEmpty() ? "it is empty" : "it has more than " + maxLength + " characters");
    }

    private static ClientMessage parse(ObjectNode event, MessageIds ids) throws ApiException {
        if (!event.path("type").isTextual()) {
            throw event.has("type") ? ApiException.wrongType("type", "a string") : ApiException.missing("type");
        }
        return switch (event.path("type").textValue()) {
            case "response.create" -> {
                requireStreamId(event, ids);
                yield create(event, ids);
            }
            case "response.cancel" -> {
                requireStreamId(event, ids);
                yield new Cancel(responseId(event), ids);
            }
            case "rill:response.resume" -> {
                requireStreamId(event, ids);
                yield resume(event, ids);
            }
            case "rill:ping" -> new Ping(ids.event());
            case "rill:authenticate" -> authenticate(event, ids);
            default ->
                throw ApiException.of(
                        400,
                        "unknown_event_type",
                        "There is no event of this type; 'response.create', 'response.cancel', 'rill:response.resume', 'rill:ping' and 'rill:authenticate' are "
                                + "understood.",
                        "type");
        };
    }

    private static void requireStreamId(ObjectNode event, MessageIds ids) throws ApiException {
        requireId(event, StreamId.FIELD, ids.stream().isPresent(), StreamId.MAX_LENGTH);
    }

    private static ClientMessage authenticate(ObjectNode event, MessageIds ids) throws ApiException {
        var token = event.path("token");
        if (!token.isTextual()) {
            throw event.has("token") ? ApiException.wrongType("token", "a string") : ApiException.missing("token");
        }
        return new Authenticate(token.textValue(), ids.event());
    }

    private static ClientMessage resume(ObjectNode event, MessageIds ids) throws ApiException {
        var after = event.path("starting_after");
        if (!after.isMissingNode() && (!after.isIntegralNumber() || !after.canConvertToLong())) {
            throw ApiException.wrongType("starting_after", "an integer");
        }
        if (after.asLong(-1) < -1) {
            throw ApiException.invalidValue("starting_after", "it is a sequence number, or -1");
        }
        return new Resume(responseId(event), after.asLong(-1), ids);
    }

    private static ResponseId responseId(ObjectNode event) throws ApiException {
        var id = event.path("response_id");
        if (!id.isTextual()) {
            throw event.has("response_id")
                    ? ApiException.wrongType("response_id", "a string")
                    : ApiException.missing("response_id");
        }
        if (id.textValue().isBlank()) {
            throw ApiException.invalidValue("response_id", "it is empty");
        }
        return ResponseId.find(id.textValue()).orElseThrow(() -> ApiException.noResponse("response_id"));
    }

    private static ClientMessage create(ObjectNode event, MessageIds ids) {
        // The names are those of the message; the request and the model's server do not know them.
        event.remove(List.of("type", "event_id", StreamId.FIELD));
        try {
            requireSocketValue(event, "stream", true);
            requireSocketValue(event, "background", false);
            var request = CreateRequest.of(event);
            // These fields can only have the values that a socket implies; OpenAI's clients always send "stream".
            event.remove(List.of("stream", "stream_options", "background"));
            if (!request.warmUp()) {
                event.remove("generate");
            }
            return new Create(request, ids);
        } catch (ApiException e) {
            return new Rejected(e.error(), ids);
        }
    }

    /** Rejects a field whose value asks for something that only HTTP offers. An absent field is accepted. */
    private static void requireSocketValue(ObjectNode event, String field, boolean expected) throws ApiException {
        if (event.path(field).isBoolean() && event.path(field).booleanValue() != expected) {
            throw ApiException.unsupported(
                    field, "On a socket it can only be " + expected + ": a socket is always sent events.");
        }
    }
}
