package dev.rill.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.ModelStream;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import java.io.IOException;
import java.util.Optional;

/**
 * The events of one response. They are passed unchanged: openai-java's types would lose fields that they do not define.
 *
 * <p>A stream that was read to its terminal event returns its connection to the pool; the connection of any other is
 * closed.
 */
final class OpenAiStream implements ModelStream {

    private static final String DONE = "[DONE]";

    private enum State {
        /** No thread reads, and there may be further events. */
        OPEN,
        /** A thread is in {@code next}. */
        READING,
        /** The terminal event or the end of the stream was read. */
        ENDED,
        /** The caller closed the stream, or reading failed. */
        CLOSED
    }

    private final AbortableInputStream body;
    private final ServerSentEvents events;
    private final FailureMapper failures;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private State state = State.OPEN;

    private boolean eventSeen;

    OpenAiStream(AbortableInputStream body, FailureMapper failures) {
        this.body = body;
        this.events = new ServerSentEvents(body);
        this.failures = failures;
    }

    @Override
    public Optional<ModelEvent> next() throws ModelException {
        if (!startReading()) {
            return Optional.empty();
        }
        var after = State.CLOSED;
        try {
            var event = read();
            after = event.filter(e -> !EventTypes.isTerminal(e.type())).isPresent() ? State.OPEN : State.ENDED;
            return event;
        } catch (IOException e) {
            throw failures.broken(e);
        } finally {
            stopReading(after);
        }
    }

    private Optional<ModelEvent> read() throws IOException, ModelException {
        for (var message = events.next(); message.isPresent(); message = events.next()) {
            var data = message.get().data();
            if (data.startsWith(DONE)) {
                return Optional.empty();
            }
            if (!data.isBlank()) {
                eventSeen = true;
                return Optional.of(parse(message.get()));
            }
        }
        if (!eventSeen && events.sawUnknownFields()) {
            throw FailureMapper.of(ModelFailure.INVALID_OUTPUT, null);
        }
        return Optional.empty();
    }

    private ModelEvent parse(ServerSentEvents.Message message) throws ModelException {
        var payload = Json.findObjectFromModel(message.data())
                .orElseThrow(() -> FailureMapper.of(ModelFailure.INVALID_OUTPUT, null));
        var type = payload.path("type").isTextual() ? payload.path("type").textValue() : "";
        if (isError(message, payload, type)) {
            throw failures.reported(payload);
        }
        if (type.isBlank()) {
            throw FailureMapper.of(ModelFailure.INVALID_OUTPUT, null);
        }
        if (type.equals(EventTypes.FAILED)) {
            failures.redact(payload);
        }
        return new ModelEvent(type, payload);
    }

    /**
     * Servers report errors by the event's type, by its name, by its {@code object}, or by an object with an error
     * message that is not an event.
     */
    private static boolean isError(ServerSentEvents.Message message, ObjectNode payload, String type) {
        return type.equals(EventTypes.ERROR)
                || message.name().equals(EventTypes.ERROR)
                || payload.path("object").asText("").equals(EventTypes.ERROR)
                || (type.isBlank()
                        && (payload.has("error") || ErrorReport.of(payload).hasMessage()));
    }

    private boolean startReading() throws ModelException {
        synchronized (lock) {
            switch (state) {
                case OPEN -> state = State.READING;
                case READING -> throw new IllegalStateException("two threads read one stream");
                case ENDED -> {
                    release();
                    return false;
                }
                case CLOSED -> throw FailureMapper.of(ModelFailure.DISCONNECTED, null);
            }
            return true;
        }
    }

    private void stopReading(State after) {
        synchronized (lock) {
            if (state == State.READING) {
                state = after;
            }
            if (state == State.CLOSED) {
                cut();
            }
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            switch (state) {
                case OPEN -> {
                    state = State.CLOSED;
                    cut();
                }
                case READING -> {
                    state = State.CLOSED;
                    // The reading thread gets an IOException and releases the response.
                    body.abort();
                }
                case ENDED -> release();
                case CLOSED -> {}
            }
        }
    }

    private void cut() {
        body.abort();
        release();
    }

    private void release() {
        try {
            body.close();
        } catch (IOException _) {
            // OkHttp does not reuse a connection that fails while it is closed.
        }
    }
}
