package dev.rill.openai;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.ModelStream;
import dev.rill.chat.protocol.EventTypes;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;

/**
 * The events of one response.
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
    private final StreamDecoder decoder;
    private final FailureMapper failures;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private State state = State.OPEN;

    private final Queue<ModelEvent> decoded = new ArrayDeque<>();
    private boolean eventSeen;
    private boolean ended;

    OpenAiStream(AbortableInputStream body, StreamDecoder decoder, FailureMapper failures) {
        this.body = body;
        this.decoder = decoder;
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
        while (decoded.isEmpty() && !ended) {
            decode();
        }
        return Optional.ofNullable(decoded.poll());
    }

    /** Decodes the next message, or the end of the stream. */
    private void decode() throws IOException, ModelException {
        var message = events.next();
        if (message.isEmpty()) {
            if (!eventSeen && events.sawUnknownFields()) {
                throw FailureMapper.of(ModelFailure.INVALID_OUTPUT, null);
            }
            ended = true;
            decoded.addAll(decoder.cut());
            return;
        }
        var data = message.get().data();
        if (data.startsWith(DONE)) {
            ended = true;
            decoded.addAll(decoder.done());
        } else if (!data.isBlank()) {
            eventSeen = true;
            decoded.addAll(decoder.decode(message.get()));
        }
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
