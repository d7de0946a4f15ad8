package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** The messages to a socket other than the events of a response. */
public final class ServerMessage {

    private ServerMessage() {}

    /**
     * An {@code error} event in the form of Open Responses' WebSocketErrorEvent.
     *
     * @param eventId the {@code event_id} of the client's message; null if it has none
     */
    public static String error(ApiError error, @Nullable String eventId) {
        var message = error(error);
        if (eventId != null) {
            message.put("event_id", eventId);
        }
        return Json.write(message);
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

    /** The answer to {@code rill:ping}. */
    public static String pong(@Nullable String eventId) {
        var message = Json.object().put("type", "rill:pong");
        if (eventId != null) {
            message.put("event_id", eventId);
        }
        return Json.write(message);
    }

    private static ObjectNode error(ApiError error) {
        var message = Json.object().put("type", EventTypes.ERROR).put("status", error.status());
        message.set("error", error.toJson());
        return message;
    }
}
