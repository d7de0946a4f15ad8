package dev.rill.stream;

import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.streaming.ResponseHead;

/** The formats of an HTTP response's body. A format is given every event of the Rill response, in order. */
enum Format {

    /** Server-sent events: the {@code event:} field is the event's type, and {@code data: [DONE]} is the last line. */
    EVENTS("text/event-stream; charset=utf-8") {
        @Override
        String keepAlive() {
            return COMMENT;
        }

        @Override
        String write(Event event) {
            var text = "event: " + event.type() + "\ndata: " + event.json() + "\n\n";
            return event.terminal() ? text + "data: [DONE]\n\n" : text;
        }
    },

    /**
     * {@link #EVENTS} with an {@code id:} field, the sequence number, which an {@code EventSource} sends back as
     * {@code Last-Event-ID} when it reconnects.
     */
    NUMBERED_EVENTS("text/event-stream; charset=utf-8") {
        @Override
        String keepAlive() {
            return COMMENT;
        }

        @Override
        String write(Event event) {
            return "id: " + event.sequenceNumber() + "\n" + EVENTS.write(event);
        }
    },

    /** One JSON object: the {@code response} of the terminal event. */
    JSON("application/json") {
        @Override
        String write(Event event) {
            return event.terminal() ? Json.write(event.payload().path("response")) + "\n" : "";
        }
    },

    /**
     * The text of the output alone, for a person. If the response did not complete, a last line in brackets says why.
     */
    TEXT("text/plain; charset=utf-8") {
        @Override
        String write(Event event) {
            return switch (event.type()) {
                case EventTypes.OUTPUT_TEXT_DELTA, "response.refusal.delta" ->
                    event.payload().path("delta").asText("");
                case EventTypes.COMPLETED -> "\n";
                case EventTypes.FAILED, EventTypes.INCOMPLETE, EventTypes.CANCELLED -> "\n[" + outcome(event) + "]\n";
                default -> "";
            };
        }
    };

    /**
     * A line that readers of server-sent events ignore. No empty line follows: after an {@code id:}, OpenAI's clients
     * take one for an event without data.
     */
    private static final String COMMENT = ": keep-alive\n";

    private final String mediaType;

    Format(String mediaType) {
        this.mediaType = mediaType;
    }

    /** The head of an HTTP response with status 200 in this format. */
    ResponseHead head() {
        return ResponseHeads.of(200, mediaType);
    }

    /** What an event adds to the body; may be empty. */
    abstract String write(Event event);

    /** What keeps a silent body from being taken for a lost one; empty if the format has nothing that means nothing. */
    String keepAlive() {
        return "";
    }

    private static String outcome(Event terminal) {
        var response = terminal.payload().path("response");
        var error = response.path("error");
        if (error.isObject()) {
            return error.path("code").asText() + ": " + error.path("message").asText();
        }
        return response.path("status").asText() + ": "
                + response.path("incomplete_details").path("reason").asText();
    }
}
