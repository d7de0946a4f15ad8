package dev.rill.stream;

import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.streaming.ResponseHead;

/** How the events of a response look to the one who asked. Each is told every event, in order. */
enum Format {

    /** Server-sent events: {@code event:} equals the payload's type, {@code [DONE]} ends. */
    EVENTS("text/event-stream; charset=utf-8") {
        @Override
        String write(Event event) {
            var text = "event: " + event.type() + "\ndata: " + event.json() + "\n\n";
            return event.terminal() ? text + "data: [DONE]\n\n" : text;
        }
    },

    /** One JSON body: the response of the terminal event. */
    JSON("application/json") {
        @Override
        String write(Event event) {
            return event.terminal() ? Json.write(event.payload().path("response")) + "\n" : "";
        }
    },

    /** The words alone, for a person. How a response ended stands in a last line if it did not end well. */
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

    private final String mediaType;

    Format(String mediaType) {
        this.mediaType = mediaType;
    }

    /** The head of an answer. */
    ResponseHead head() {
        return ResponseHeads.of(200, mediaType);
    }

    /** What this event adds to the body; may be nothing. */
    abstract String write(Event event);

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
