package dev.rill.stream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.completions.ChatRequest;
import dev.rill.chat.completions.ChunkEncoder;
import dev.rill.chat.completions.Completion;
import dev.rill.chat.model.ResponseErrors;
import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.uimessages.Beginning;
import dev.rill.chat.uimessages.UiChatRequest;
import dev.rill.chat.uimessages.UiChunkEncoder;
import dev.rill.streaming.ResponseHead;
import dev.rill.streaming.ResponseStream;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The formats of an HTTP response's body, one a line. A format whose encoder keeps what it has sent is made for each
 * response. Its encoder is given every event of the Rill response, in order.
 *
 * @param headers of the HTTP response beside its media type
 * @param encoder returns what an event adds to the body; may be empty
 * @param errors sends an HTTP error in terms of the client, whose request may have been decoded from another form
 */
record Format(String mediaType, Map<String, String> headers, Delivery delivery, Encoder encoder, ErrorWriter errors) {

    private static final String EVENT_STREAM = "text/event-stream; charset=utf-8";

    /** By it the AI SDK knows its protocol and the version. */
    private static final Map<String, String> UI_MESSAGES = Map.of("x-vercel-ai-ui-message-stream", "v1");

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
            return of("application/json", Delivery.AT_THE_END_UNLESS_FAILED, Format::completion)
                    .with(errors);
        }
        var chunks = new ChunkEncoder(asked.usageAsked(), failed -> errors.apply(errorOf(failed)));
        return of(EVENT_STREAM, Delivery.IN_PIECES, chunks::write).with(errors);
    }

    /** The UI message stream of the AI SDK, for a page that has sent a request. */
    static Format of(UiChatRequest asked) {
        return uiMessages(Beginning.ofRequest(asked), error -> asked.paths().inTermsOfClient(error));
    }

    /**
     * The same, for a page that resumes a response.
     *
     * @param continuedMessage the id of the page's message that the response continues
     * @param request the body of the response's request
     */
    static Format resuming(Optional<String> continuedMessage, ObjectNode request) {
        return uiMessages(Beginning.ofResumption(continuedMessage, request), UnaryOperator.identity());
    }

    private static Format uiMessages(Beginning beginning, UnaryOperator<ApiError> errors) {
        return new Format(
                EVENT_STREAM,
                UI_MESSAGES,
                Delivery.IN_PIECES,
                new UiMessages(new UiChunkEncoder(beginning, failed -> errors.apply(errorOf(failed)))),
                (response, error) -> HttpErrors.send(response, errors.apply(error), HttpErrors.Form.MESSAGE, Map.of()));
    }

    private static Format of(String mediaType, Delivery delivery, Encoder encoder) {
        return new Format(mediaType, Map.of(), delivery, encoder, HttpErrors::send);
    }

    private Format with(UnaryOperator<ApiError> translation) {
        return new Format(
                mediaType,
                headers,
                delivery,
                encoder,
                (response, error) -> HttpErrors.send(response, translation.apply(error)));
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

        /** What is sent in place of the rest when a stream ends before its response; may be empty. */
        default String cutOff() {
            return "";
        }
    }

    private record UiMessages(UiChunkEncoder chunks) implements Encoder {

        @Override
        public String write(Event event) {
            return chunks.write(event);
        }

        @Override
        public String cutOff() {
            return chunks.cutOff();
        }
    }

    /** Sends an HTTP error. */
    @FunctionalInterface
    interface ErrorWriter {
        void send(ResponseStream response, ApiError error) throws IOException;
    }

    /** The head of an HTTP response with status 200 in this format. */
    ResponseHead head() {
        var head = ResponseHeads.of(200, mediaType);
        for (var header : headers.entrySet()) {
            head = head.header(header.getKey(), header.getValue());
        }
        return head;
    }

    /** What an event adds to the body; may be empty. */
    String write(Event event) {
        return encoder.write(event);
    }

    /** Sends the HTTP error of a {@code response.failed}, in terms of the client. */
    void sendError(ResponseStream response, Event failed) throws IOException {
        errors.send(response, errorOf(failed));
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
