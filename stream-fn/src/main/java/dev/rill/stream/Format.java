package dev.rill.stream;

import dev.rill.chat.completions.ChatRequest;
import dev.rill.chat.completions.ChunkEncoder;
import dev.rill.chat.completions.Completion;
import dev.rill.chat.model.ResponseErrors;
import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.streaming.ResponseHead;
import java.util.function.UnaryOperator;

/**
 * The formats of an HTTP response's body, one a line. A format whose encoder keeps what it has sent is made for each
 * response. Its encoder is given every event of the Rill response, in order.
 *
 * @param encoder returns what an event adds to the body; may be empty
 * @param errors returns an HTTP error in terms of the client, whose request may have been decoded from another form
 */
record Format(String mediaType, Delivery delivery, Encoder encoder, UnaryOperator<ApiError> errors) {

    private static final String EVENT_STREAM = "text/event-stream; charset=utf-8";

    /** Server-sent events: the {@code event:} field is the event's type, and {@code data: [DONE]} is the last line. */
    static final Format EVENTS = of(EVENT_STREAM, Delivery.IN_PIECES, Format::event);

    /**
     * {@link #EVENTS} with an {@code id:} field, the sequence number, which an {@code EventSource} sends back as
     * {@code Last-Event-ID} when it reconnects.
     */
    static final Format NUMBERED_EVENTS = of(EVENT_STREAM, Delivery.IN_PIECES, Format::numberedEvent);

    /** One JSON object: the {@code response} of the terminal event. */
    static final Format JSON = of("application/json", Delivery.AT_THE_END, Format::object);

    /**
     * The text of the output alone, for a person. If the response did not complete, a last line in brackets says why.
     */
    static final Format TEXT = of("text/plain; charset=utf-8", Delivery.IN_PIECES, Format::text);

    /**
     * A line that readers of server-sent events ignore. No empty line follows: after an {@code id:}, OpenAI's clients
     * take one for an event without data.
     */
    private static final String COMMENT = ": keep-alive\n";

    /** Chat Completions: one JSON object {@code chat.completion}, or its chunks. */
    static Format of(ChatRequest asked) {
        UnaryOperator<ApiError> errors = error -> asked.paths().inTermsOfClient(error);
        if (!asked.request().streamed()) {
            return new Format("application/json", Delivery.AT_THE_END_UNLESS_FAILED, Format::completion, errors);
        }
        var chunks = new ChunkEncoder(asked.usageAsked(), failed -> errors.apply(errorOf(failed)));
        return new Format(EVENT_STREAM, Delivery.IN_PIECES, chunks::write, errors);
    }

    private static Format of(String mediaType, Delivery delivery, Encoder encoder) {
        return new Format(mediaType, delivery, encoder, UnaryOperator.identity());
    }

    /** When a body is sent. */
    enum Delivery {
        /** Event by event. */
        IN_PIECES,
        /** With the terminal event. Only that one adds to the body. */
        AT_THE_END,
        /** As {@link #AT_THE_END}; but a response that has failed becomes an HTTP error, whatever its output. */
        AT_THE_END_UNLESS_FAILED
    }

    /** Turns the events of one response into a body. */
    @FunctionalInterface
    interface Encoder {
        String write(Event event);
    }

    /** The head of an HTTP response with status 200 in this format. */
    ResponseHead head() {
        return ResponseHeads.of(200, mediaType);
    }

    /** What an event adds to the body; may be empty. */
    String write(Event event) {
        return encoder.write(event);
    }

    /** The HTTP error of a {@code response.failed}, in terms of the client. */
    ApiError error(Event failed) {
        return errors.apply(errorOf(failed));
    }

    private static ApiError errorOf(Event failed) {
        return ResponseErrors.toHttp(failed.payload().at("/response/error"));
    }

    private static String event(Event event) {
        var text = "event: " + event.type() + "\ndata: " + event.json() + "\n\n";
        return event.terminal() ? text + "data: [DONE]\n\n" : text;
    }

    private static String numberedEvent(Event event) {
        return "id: " + event.sequenceNumber() + "\n" + event(event);
    }

    private static String object(Event event) {
        return event.terminal() ? Json.write(event.payload().path("response")) + "\n" : "";
    }

    private static String completion(Event event) {
        return event.terminal() ? Json.write(Completion.of(event.payload().withObject("/response"))) + "\n" : "";
    }

    private static String text(Event event) {
        return switch (event.type()) {
            case EventTypes.OUTPUT_TEXT_DELTA, "response.refusal.delta" ->
                event.payload().path("delta").asText("");
            case EventTypes.COMPLETED -> "\n";
            case EventTypes.FAILED, EventTypes.INCOMPLETE, EventTypes.CANCELLED -> "\n[" + outcome(event) + "]\n";
            default -> "";
        };
    }

    /**
     * What keeps a silent body from being taken for a lost one; empty if the format has nothing that readers ignore.
     */
    String keepAlive() {
        return mediaType.equals(EVENT_STREAM) ? COMMENT : "";
    }

    private static String outcome(Event terminal) {
        var response = terminal.payload().path("response");
        var error = response.path("error");
        if (error.isObject()) {
            return error.path("code").asText() + ": " + error.path("message").asText();
        }
        var status = response.path("status").asText();
        var reason = response.path("incomplete_details").path("reason").asText("");
        return reason.isEmpty() ? status : status + ": " + reason;
    }
}
