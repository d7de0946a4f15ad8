package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The messages to a socket other than the events of a response. */
public final class ServerMessage {

    private static final String AUTHENTICATED_UNTIL = "authenticated_until";

    private ServerMessage() {}

    /**
     * An {@code error} event in the form of Open Responses' WebSocketErrorEvent.
     *
     * @param ids of the client's message
     */
    public static String error(ApiError error, MessageIds ids) {
        var message = error(error);
        if (ids.event() != null) {
            message.put("event_id", ids.event());
        }
        ids.stream().ifPresent(stream -> message.put(StreamId.FIELD, stream.value()));
        return Json.write(message);
    }

    /**
     * A message with the field {@code stream_id} at its end.
     *
     * @param message a JSON object with at least one field, of at most {@link #maxBytes} bytes
     */
    public static String withStreamId(String message, Optional<StreamId> stream) {
        return stream.map(id -> message.substring(0, message.length() - 1) + streamMember(id) + "}")
                .orElse(message);
    }

    /** The bytes of UTF-8 that a message may have before {@link #withStreamId} adds a field to it. */
    public static int maxBytes(Optional<StreamId> stream) {
        return MessageTrimmer.SOCKET_MESSAGE_BYTES
                - stream.map(id -> streamMember(id).getBytes(StandardCharsets.UTF_8).length)
                        .orElse(0);
    }

    private static String streamMember(StreamId id) {
        return ",\"" + StreamId.FIELD + "\":" + Json.write(TextNode.valueOf(id.value()));
    }

    /**
     * Tells a socket that it is sent no more events of a response, because {@code maxSockets} newer ones are
     * subscribed.
     */
    public static String superseded(ResponseId id, int maxSockets) {
        var error = ApiException.of(
                        409,
                        "superseded",
                        "A response is sent to " + maxSockets
                                + " sockets at most, and a newer one has taken this one's place. Resume to be sent it again.",
                        null)
                .error();
        return Json.write(error(error).put("response_id", id.value()));
    }

    /** Stands for a terminal event that is too large for a socket message; states the URL of the complete response. */
    public static String tooLarge(Event terminal) {
        var response =
                terminal.findPayload().map(event -> event.path("response")).orElseGet(MissingNode::getInstance);
        var id = response.path("id").asText();
        var url = "/v1/responses/" + id
                + (response.path("store").asBoolean(true)
                        ? ""
                        : "?stream=true&starting_after=" + (terminal.sequenceNumber() - 1));
        var error = ApiException.of(
                        413,
                        "response_too_large",
                        "The response has ended with '" + terminal.type()
                                + "', which is larger than a socket message. GET " + url + " has it whole.",
                        null)
                .error();
        return Json.write(
                error(error).put("sequence_number", terminal.sequenceNumber()).put("response_id", id));
    }

    /** The answer to {@code rill:ping} of a socket whose authentication has no end. */
    public static String pong(@Nullable String eventId) {
        return pong(eventId, Optional.empty());
    }

    /**
     * The answer to {@code rill:ping}.
     *
     * @param authenticatedUntil when the authentication of the socket ends; empty if it has no end
     */
    public static String pong(@Nullable String eventId, Optional<Instant> authenticatedUntil) {
        return write(Json.object().put("type", "rill:pong"), authenticatedUntil, eventId);
    }

    /**
     * The answer to {@code rill:authenticate}.
     *
     * @param authenticatedUntil the new end; empty if it has no end
     */
    public static String authenticated(@Nullable String eventId, Optional<Instant> authenticatedUntil) {
        return write(Json.object().put("type", "rill:authenticated"), authenticatedUntil, eventId);
    }

    /** Tells a socket that its authentication is about to end. */
    public static String authenticationExpires(Instant authenticatedUntil) {
        return write(Json.object().put("type", "rill:authentication_expires"), Optional.of(authenticatedUntil), null);
    }

    /**
     * A message with the field {@code authenticated_until} at its end, in seconds since 1970; the message itself if it
     * would become too large for a socket.
     *
     * @param message a JSON object with at least one field
     */
    public static String withAuthenticatedUntil(String message, Instant authenticatedUntil) {
        var longer = message.substring(0, message.length() - 1) + ",\"" + AUTHENTICATED_UNTIL + "\":"
                + authenticatedUntil.getEpochSecond() + "}";
        return longer.getBytes(StandardCharsets.UTF_8).length <= MessageTrimmer.SOCKET_MESSAGE_BYTES ? longer : message;
    }

    private static String write(ObjectNode message, Optional<Instant> authenticatedUntil, @Nullable String eventId) {
        authenticatedUntil.ifPresent(end -> message.put(AUTHENTICATED_UNTIL, end.getEpochSecond()));
        if (eventId != null) {
            message.put("event_id", eventId);
        }
        return Json.write(message);
    }

    private static ObjectNode error(ApiError error) {
        var message = Json.object().put("type", EventTypes.ERROR).put("status", error.status());
        message.set("error", error.toJson());
        if (!error.headers().isEmpty()) {
            var headers = message.putObject("headers");
            error.headers().forEach(headers::put);
        }
        return message;
    }
}
