package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The form in which one answer is sent. For use by one thread. */
interface Wire {

    /** The server-sent events for one event of a response; may be empty. */
    String text(ObjectNode event);

    /** A server-sent event that is not JSON. */
    String garbled();

    /** What comes of an event before the connection breaks. */
    String half();

    /** The whole answer in one piece. */
    JsonNode whole(JsonNode response);

    /** The Responses API: events as they are. */
    static Wire responses() {
        return new Wire() {
            @Override
            public String text(ObjectNode event) {
                return "event: " + event.path("type").asText() + "\ndata: " + event + "\n\n";
            }

            @Override
            public String garbled() {
                return "event: response.output_text.delta\ndata: {\"type\":\"response.output_te\n\n";
            }

            @Override
            public String half() {
                return "event: response.output_text.delta\ndata: {\"type\":\"response.outp";
            }

            @Override
            public JsonNode whole(JsonNode response) {
                return response;
            }
        };
    }
}
