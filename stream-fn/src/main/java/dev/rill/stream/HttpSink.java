package dev.rill.stream;

import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sink;
import dev.rill.streaming.ResponseHead;
import dev.rill.streaming.ResponseStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the events of a Rill response into one HTTP response. The status and the headers are committed with the first
 * byte of the body. Used by one thread at a time.
 */
final class HttpSink implements Sink {

    private static final Logger LOG = LoggerFactory.getLogger(HttpSink.class);

    private final ResponseStream response;
    private final Format format;
    private final Commitment commitment;
    private final OptionalLong lastEventId;
    private final List<Event> held = new ArrayList<>();
    private @Nullable OutputStream body;
    private Map<String, String> headers = Map.of();

    /** When the status is committed. */
    private enum Commitment {
        /** When the model has accepted the request; with a body that is sent at the end, then. */
        ON_ACCEPTANCE,
        /** With the first event. */
        AT_ONCE
    }

    /** What happens to an event that is delivered before the status is committed. */
    private enum Action {
        WRITE,
        HOLD,
        SKIP
    }

    private HttpSink(ResponseStream response, Format format, Commitment commitment, OptionalLong lastEventId) {
        this.response = response;
        this.format = format;
        this.commitment = commitment;
        this.lastEventId = lastEventId;
    }

    /**
     * A sink for a client that creates a response. The status is committed when the model has accepted the request, or
     * at the end if the format's body is sent then. A response that fails before that, without output, becomes an HTTP
     * error with the status of its failure.
     */
    static HttpSink answering(ResponseStream response, Format format) {
        return new HttpSink(response, format, Commitment.ON_ACCEPTANCE, OptionalLong.empty());
    }

    /**
     * A sink for a client that is sent the events of the response that it has queued. The status is committed at once,
     * and a failure is one of the events.
     */
    static HttpSink following(ResponseStream response) {
        return new HttpSink(response, Format.EVENTS, Commitment.AT_ONCE, OptionalLong.empty());
    }

    /**
     * As {@link #following}, for a client that reads an existing response by {@code GET}.
     *
     * @param lastEventId of an {@code EventSource} that reconnects. If it is that of the terminal event, the status is
     *     204, which tells an {@code EventSource} not to reconnect
     * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">HTML, Server-sent events</a>
     */
    static HttpSink reading(ResponseStream response, OptionalLong lastEventId) {
        return new HttpSink(response, Format.NUMBERED_EVENTS, Commitment.AT_ONCE, lastEventId);
    }

    /** As {@link #following}, for a client that reads a running response in this format. */
    static HttpSink resuming(ResponseStream response, Format format) {
        return new HttpSink(response, format, Commitment.AT_ONCE, OptionalLong.empty());
    }

    @Override
    public void accepted(Map<String, String> acceptedHeaders) {
        headers = acceptedHeaders;
    }

    @Override
    public SendResult deliver(Event event, LeaseCheck leaseCheck) {
        try {
            switch (body == null ? beforeCommitment(event) : Action.WRITE) {
                case SKIP -> {
                    return SendResult.DELIVERED;
                }
                case HOLD -> {
                    held.add(event);
                    return SendResult.DELIVERED;
                }
                case WRITE -> {}
            }
            if (body == null
                    && commitment == Commitment.ON_ACCEPTANCE
                    && event.type().equals(EventTypes.FAILED)
                    && (!hasOutput(event) || format.delivery() == Format.Delivery.AT_THE_END_UNLESS_FAILED)) {
                format.sendError(response, event);
                return SendResult.DELIVERED;
            }
            if (body == null && hasAllEvents(event)) {
                response.open(ResponseHeads.noContent()).close();
                return SendResult.DELIVERED;
            }
            write(event);
            return SendResult.DELIVERED;
        } catch (IOException e) {
            return gone(e);
        }
    }

    /** The client has left. Lambda does not tell a function so; the local stack does. */
    private static SendResult gone(IOException e) {
        LOG.info("the HTTP response can't be written any further: {}", e.getMessage());
        return SendResult.GONE;
    }

    /**
     * Writes a comment. Before the model has accepted the request there is none: it would commit the status 200, and a
     * failure could no longer be an HTTP error.
     */
    @Override
    public SendResult keepAlive() {
        var text = format.keepAlive();
        if (text.isEmpty() || (body == null && commitment == Commitment.ON_ACCEPTANCE)) {
            return SendResult.DELIVERED;
        }
        try {
            write(text);
            return SendResult.DELIVERED;
        } catch (IOException e) {
            return gone(e);
        }
    }

    /**
     * Ends the HTTP response. If nothing has been committed, because the deadline has passed or the attempt has lost
     * its lease, the client is sent the error 504 {@code response_unfinished}, or an empty event stream if it only
     * reads. A stream that ends before its response ends as its format has it.
     */
    void end() throws IOException {
        if (response.isOpen()) {
            cutOff();
            return;
        }
        switch (commitment) {
            case AT_ONCE -> response.open(format.head()).close();
            case ON_ACCEPTANCE ->
                format.errors()
                        .send(
                                response,
                                ApiException.of(
                                                504,
                                                "response_unfinished",
                                                "The answer was not there in time. Ask again with the same Idempotency-Key, or in the background.",
                                                null)
                                        .error());
        }
    }

    private void cutOff() {
        var text = format.encoder().cutOff();
        if (body != null && !text.isEmpty()) {
            try {
                write(text);
            } catch (IOException e) {
                var _ = gone(e);
            }
        }
    }

    /** With a body that is sent at the end, events before the terminal one are dropped: it needs none of them. */
    private Action beforeCommitment(Event event) {
        return switch (commitment) {
            case AT_ONCE -> Action.WRITE;
            case ON_ACCEPTANCE ->
                switch (format.delivery()) {
                    case AT_THE_END, AT_THE_END_UNLESS_FAILED -> event.terminal() ? Action.WRITE : Action.SKIP;
                    case IN_PIECES ->
                        event.type().equals(EventTypes.CREATED) || event.type().equals(EventTypes.QUEUED)
                                ? Action.HOLD
                                : Action.WRITE;
                };
        };
    }

    private void write(Event event) throws IOException {
        var text = new StringBuilder();
        held.forEach(earlier -> text.append(format.write(earlier)));
        held.clear();
        write(text.append(format.write(event)).toString());
    }

    private void write(String text) throws IOException {
        var out = body;
        if (out == null) {
            out = response.open(head());
            body = out;
        }
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private ResponseHead head() {
        var head = format.head();
        for (var header : headers.entrySet()) {
            head = head.header(header.getKey(), header.getValue());
        }
        return head;
    }

    /** An ended response is read from its terminal event at the latest. */
    private boolean hasAllEvents(Event first) {
        return first.terminal() && lastEventId.isPresent() && lastEventId.getAsLong() == first.sequenceNumber();
    }

    private static boolean hasOutput(Event failed) {
        return !failed.payload().at("/response/output").isEmpty();
    }
}
