package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.history.History;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.ModelStream;
import dev.rill.chat.model.ResponseErrors;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asks the model and puts its events into the buffer, on a thread of its own. Unless it is stopped, the last event that
 * it puts is a terminal one. Before that come one {@code response.in_progress}, when the model has accepted the
 * request, and the {@linkplain EventKind#OUTPUT output}. Where the model fails after output and
 * {@linkplain ModelStream#restart another one} answers, one {@code rill:response.restarted} precedes the output of that
 * one, or its terminal event.
 */
final class ModelReader {

    /** Whether {@code response.in_progress} has been put. */
    private enum Acceptance {
        UNKNOWN,
        ANNOUNCED
    }

    private enum Output {
        NONE,
        STARTED,
        /** Another model answers, and its first output will replace the output so far. */
        REPLACED
    }

    private final AnswerContext context;
    private final ResponseHeader header;
    private final EventBuffer buffer;
    private final Listener listener;
    private volatile Time.@Nullable Fiber thread;
    private volatile @Nullable ModelStream open;
    private volatile boolean stopped;
    private Acceptance acceptance = Acceptance.UNKNOWN;
    private Output output = Output.NONE;

    /** Receives, on the reading thread, what the model sends. Must not block. */
    interface Listener {

        /** Called before each request to the model. */
        void onAsked();

        /** Called each time that the model has accepted the request. */
        void onAccepted();

        /** Called each time that the model has refused the request, or could not be reached. */
        void onRefused();

        /** Called once, before the first output is put into the buffer. */
        void onFirstOutput();

        /**
         * Called after a failure that follows output: whether another model may be asked. An attempt that has lost its
         * lease must not pay for one.
         */
        boolean mayReplace();

        /** Called before output, or the end, of another model than the one before is put into the buffer. */
        void onReplaced();

        /** Called before an event is put into the buffer, where it may be merged with others. */
        void onOutput(ModelEvent event);
    }

    ModelReader(AnswerContext context, ResponseHeader header, EventBuffer buffer, Listener listener) {
        this.context = context;
        this.header = header;
        this.buffer = buffer;
        this.listener = listener;
    }

    void start() {
        var started = context.time().start("model-reader-" + header.id(), this::read);
        thread = started;
        if (stopped) {
            started.interrupt();
        }
    }

    /** Closes the model's stream and ends the thread. Does nothing if it has ended. */
    void stop() {
        stopped = true;
        var stream = open;
        if (stream != null) {
            stream.close();
        }
        buffer.close();
        var running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    private void read() {
        try {
            buffer.put(askUntilAnswered());
        } catch (InterruptedException _) {
            // Only stop() interrupts this thread, and after it no terminal event is needed.
            Thread.currentThread().interrupt();
        }
    }

    private ModelEvent askUntilAnswered() throws InterruptedException {
        for (int failures = 1; ; failures++) {
            ModelException failure;
            try {
                return askOnce();
            } catch (ModelException e) {
                failure = e;
            } catch (RuntimeException e) {
                if (stopped) {
                    // The adapter's exception is a consequence of the interrupt.
                    throw new InterruptedException("stopped during the request to the model");
                }
                context.telemetry().emit(new Signal.UnexpectedError(header.id(), e));
                failure = ModelException.of(
                        ModelFailure.SERVER_ERROR, "The answer failed because of an internal error of this server.", e);
            }
            if (stopped) {
                // The failure is a consequence of closing the stream.
                throw new InterruptedException("stopped during the model's stream");
            }
            var delay = output == Output.NONE
                    ? context.settings().retries().delay(failures, failure)
                    : Optional.<Duration>empty();
            if (delay.isEmpty()) {
                return failed(failure);
            }
            context.telemetry().emit(new Signal.Retrying(header.id(), failure.failure(), delay.get()));
            context.time().sleep(delay.get());
        }
    }

    /** Builds the request on this thread, because that can take many reads of the log. */
    private ObjectNode modelRequest() throws ModelException, InterruptedException {
        return new History(context.log(), context.settings().history()).modelRequest(header);
    }

    /** Asks the model once and puts its output; returns the terminal event. */
    private ModelEvent askOnce() throws ModelException, InterruptedException {
        try (var stream = ask()) {
            open = stream;
            if (stopped) {
                throw new InterruptedException();
            }
            listener.onAccepted();
            if (acceptance == Acceptance.UNKNOWN) {
                acceptance = Acceptance.ANNOUNCED;
                buffer.put(new ModelEvent(EventTypes.IN_PROGRESS, Json.object()));
            }
            return readToEnd(stream);
        }
    }

    /** Reads the stream, and that of another model which takes its place; returns the terminal event. */
    private ModelEvent readToEnd(ModelStream stream) throws ModelException, InterruptedException {
        while (true) {
            var joiner = new SurrogateJoiner();
            try {
                return read(stream, joiner);
            } catch (ModelException e) {
                // Without output the request may be retried, so a lone surrogate must not become the first output.
                if (output == Output.STARTED) {
                    putOutput(joiner.remaining());
                }
                if (output == Output.NONE || stopped || !listener.mayReplace() || !stream.restart(e)) {
                    throw e;
                }
                output = Output.REPLACED;
                listener.onAsked();
                listener.onAccepted();
            }
        }
    }

    private ModelStream ask() throws ModelException, InterruptedException {
        var request = modelRequest();
        listener.onAsked();
        try {
            return context.model().open(request);
        } catch (ModelException e) {
            listener.onRefused();
            throw e;
        }
    }

    private ModelEvent read(ModelStream stream, SurrogateJoiner joiner) throws ModelException, InterruptedException {
        for (var next = stream.next(); next.isPresent() && !stopped; next = stream.next()) {
            var event = next.get();
            switch (EventKind.of(event)) {
                case OUTPUT -> putOutput(joiner.join(event));
                case TERMINAL -> {
                    putOutput(joiner.remaining());
                    if (!event.type().equals(EventTypes.FAILED)) {
                        replaceOutput();
                    }
                    return event;
                }
                case IGNORED -> {}
            }
        }
        throw ModelException.of(ModelFailure.DISCONNECTED, "The model's stream ended before its answer did.");
    }

    private void putOutput(List<ModelEvent> events) throws InterruptedException {
        for (var event : events) {
            if (output == Output.NONE) {
                output = Output.STARTED;
                listener.onFirstOutput();
            }
            replaceOutput();
            listener.onOutput(event);
            buffer.put(event);
        }
    }

    /** Announces the output of another model. If that one has failed before it, the output so far stays. */
    private void replaceOutput() throws InterruptedException {
        if (output == Output.REPLACED) {
            output = Output.STARTED;
            listener.onReplaced();
            buffer.put(new ModelEvent(EventTypes.RESTARTED, Json.object()));
        }
    }

    private static ModelEvent failed(ModelException failure) {
        var event = Json.object();
        event.putObject("response").set("error", ResponseErrors.toJson(failure));
        return new ModelEvent(EventTypes.FAILED, event);
    }
}
