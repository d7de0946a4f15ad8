package dev.rill.load.sequence;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.OptionalLong;

/**
 * What a message of the server tells the checks.
 *
 * @param type the event's type; empty text if it has none or is no JSON object, as messages of API Gateway
 * @param sequence its {@code sequence_number}
 * @param reason the code or message of an error; empty text if there is none
 * @param sender who sent it
 */
public record EventSummary(String type, OptionalLong sequence, String reason, Sender sender) {

    /** Who sends messages on a socket. */
    enum Sender {
        RILL,
        /** API Gateway in place of Rill, for example {@code Internal server error} after 29 s. */
        GATEWAY
    }

    private static final JsonMapper MAPPER = new JsonMapper();

    public static EventSummary parse(String text) {
        try {
            var json = MAPPER.readTree(text);
            var number = json.path("sequence_number");
            return new EventSummary(
                    json.path("type").asText(""),
                    number.isIntegralNumber() ? OptionalLong.of(number.longValue()) : OptionalLong.empty(),
                    reason(json),
                    json.path("message").isTextual() && json.has("requestId") ? Sender.GATEWAY : Sender.RILL);
        } catch (JsonProcessingException _) {
            return new EventSummary("", OptionalLong.empty(), "not JSON", Sender.RILL);
        }
    }

    public boolean isDelta() {
        return type.endsWith(".delta");
    }

    /** Whether the event belongs to a response, and so must have a number. */
    boolean belongsToResponse() {
        return type.startsWith("response.") || type.startsWith("rill:response.");
    }

    private static String reason(JsonNode json) {
        for (var place : new JsonNode[] {
            json.at("/response/error/code"), json.at("/error/code"), json.at("/code"), json.at("/message")
        }) {
            if (place.isTextual()) {
                return place.textValue();
            }
        }
        return "";
    }
}
