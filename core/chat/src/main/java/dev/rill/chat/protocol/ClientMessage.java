package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A text message from a client on a WebSocket. {@code eventId} is the client's own identifier of the message, which
 * errors and pongs repeat; null if the message has none.
 */
public sealed interface ClientMessage {

    /** The longest {@code event_id}, in characters. Errors repeat it, and an error must fit into one message. */
    int MAX_EVENT_ID = 512;

    /** {@code response.create}, or plain text, which is taken as the prompt. */
    record Create(CreateRequest request, @Nullable String eventId) implements ClientMessage {}

    /** {@code response.cancel}. */
    record Cancel(ResponseId response, @Nullable String eventId) implements ClientMessage {}

    /** {@code rill:response.resume}; {@code startingAfter} is -1 if the client has no event yet. */
    record Resume(
            ResponseId response,
            long startingAfter,
            @Nullable String eventId) implements ClientMessage {}

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
    record Rejected(ApiError error, @Nullable String eventId) implements ClientMessage {}

    /**
     * Parses a text message. Text that is not JSON, and does not start with <code>{</code> or {@code [}, is the prompt
     * of a person who uses a plain WebSocket client.
     *
     * @param maxBytes the maximum size, in bytes of UTF-8; a larger message is rejected
     */
    static ClientMessage parse(String text, int maxBytes) {
        var bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > maxBytes) {
            return new Rejected(ApiException.tooLarge(bytes, maxBytes).error(), null);
        }
        var prompt = WellFormed.of(text.strip());
        var json = Json.findFromClient(prompt);
        if (json.isEmpty() && !prompt.startsWith("{") && !prompt.startsWith("[")) {
            return create(Json.object().put("input", prompt), null);
        }
        if (json.isEmpty() || !(json.get() instanceof ObjectNode event)) {
            return new Rejected(ApiException.notJson().error(), null);
        }
        var eventId =
                event.path("event_id").isTextual() ? event.path("event_id").textValue() : null;
        if (event.has("event_id") && eventId == null) {
            return new Rejected(ApiException.wrongType("event_id", "a string").error(), null);
        }
        if (eventId != null && eventId.length() > MAX_EVENT_ID) {
            var rule = "it has more than " + MAX_EVENT_ID + " characters";
            return new Rejected(ApiException.invalidValue("event_id", rule).error(), null);
        }
        if (!event.path("type").isTextual()) {
            var error = event.has("type") ? ApiException.wrongType("type", "a string") : ApiException.missing("type");
            return new Rejected(error.error(), eventId);
        }
        return switch (event.path("type").textValue()) {
            case "response.create" -> create(event, eventId);
            case "response.cancel" -> ofResponse(event, eventId, id -> new Cancel(id, eventId));
            case "rill:response.resume" -> resume(event, eventId);
            case "rill:ping" -> new Ping(eventId);
            case "rill:authenticate" -> authenticate(event, eventId);
            default ->
                new Rejected(
                        ApiException.of(
                                        400,
                                        "unknown_event_type",
                                        "There is no event of this type; 'response.create', 'response.cancel', 'rill:response.resume', 'rill:ping' and 'rill:authenticate' are "
                                                + "understood.",
                                        "type")
                                .error(),
                        eventId);
        };
    }

    private static ClientMessage authenticate(ObjectNode event, @Nullable String eventId) {
        var token = event.path("token");
        if (!token.isTextual()) {
            var error =
                    event.has("token") ? ApiException.wrongType("token", "a string") : ApiException.missing("token");
            return new Rejected(error.error(), eventId);
        }
        return new Authenticate(token.textValue(), eventId);
    }

    private static ClientMessage resume(ObjectNode event, @Nullable String eventId) {
        var after = event.path("starting_after");
        if (!after.isMissingNode() && (!after.isIntegralNumber() || !after.canConvertToLong())) {
            return new Rejected(
                    ApiException.wrongType("starting_after", "an integer").error(), eventId);
        }
        if (after.asLong(-1) < -1) {
            return new Rejected(
                    ApiException.invalidValue("starting_after", "it is a sequence number, or -1")
                            .error(),
                    eventId);
        }
        return ofResponse(event, eventId, id -> new Resume(id, after.asLong(-1), eventId));
    }

    private static ClientMessage ofResponse(
            ObjectNode event, @Nullable String eventId, Function<ResponseId, ClientMessage> message) {
        var id = event.path("response_id");
        if (!id.isTextual()) {
            var error = event.has("response_id")
                    ? ApiException.wrongType("response_id", "a string")
                    : ApiException.missing("response_id");
            return new Rejected(error.error(), eventId);
        }
        if (id.textValue().isBlank()) {
            return new Rejected(
                    ApiException.invalidValue("response_id", "it is empty").error(), eventId);
        }
        return ResponseId.find(id.textValue())
                .map(message)
                .orElseGet(() ->
                        new Rejected(ApiException.noResponse("response_id").error(), eventId));
    }

    private static ClientMessage create(ObjectNode event, @Nullable String eventId) {
        event.remove(List.of("type", "event_id"));
        try {
            requireSocketValue(event, "stream", true);
            requireSocketValue(event, "background", false);
            var request = CreateRequest.of(event);
            // These fields can only have the values that a socket implies; OpenAI's clients always send "stream".
            event.remove(List.of("stream", "stream_options", "background"));
            if (!request.warmUp()) {
                event.remove("generate");
            }
            return new Create(request, eventId);
        } catch (ApiException e) {
            return new Rejected(e.error(), eventId);
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
