package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.history.History;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.ModelStream;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asks the model and puts its events into the outbox, on a thread of its own. Whatever happens, the last event that it
 * puts is a terminal one; before it come at most one {@code response.in_progress}, when the model has accepted the
 * request, and what is {@linkplain EventKind output}.
 */
final class ModelReader {

    private enum Accepted {
        NOT_YET,
        TOLD
    }

    private enum Output {
        NONE,
        BEGUN
    }

    private final AnswerContext context;
    private final ResponseHeader header;
    private final EventBuffer buffer;
    private final Runnable onOutput;
    private volatile Time.@Nullable Fiber thread;
    private volatile @Nullable ModelStream open;
    private volatile boolean stopped;
    private Accepted accepted = Accepted.NOT_YET;
    private Output output = Output.NONE;

    /** @param onOutput is told once, on the reading thread, when the first output is there, before it can be taken */
    ModelReader(AnswerContext context, ResponseHeader header, EventBuffer buffer, Runnable onOutput) {
        this.context = context;
        this.header = header;
        this.buffer = buffer;
        this.onOutput = onOutput;
    }

    void start() {
        var started = context.time().start("model-reader-" + header.id(), this::read);
        thread = started;
        if (stopped) {
            started.interrupt();
        }
    }

    /** Closes the model's stream and lets the thread end; does nothing where it has. */
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
            // Only stop() interrupts, and then nobody waits for a terminal event.
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
                    // An adapter's way of saying that its thread was interrupted.
                    throw new InterruptedException("stopped while the model was asked");
                }
                context.telemetry().emit(new Signal.Broken(header.id(), e));
                failure = ModelException.of(
                        ModelFailure.BROKEN, "The answer failed for a reason that is this server's own.", e);
            }
            if (stopped) {
                // Closing its stream is what broke the model off.
                throw new InterruptedException("stopped while the model was read");
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

    /** Built on this thread: it may take many reads of the log. */
    private ObjectNode modelRequest() throws ModelException, InterruptedException {
        return new History(context.log(), context.settings().history()).modelRequest(header);
    }

    /** Asks once and passes the output on; returns the terminal event. */
    private ModelEvent askOnce() throws ModelException, InterruptedException {
        var joiner = new SurrogateJoiner();
        try (var stream = context.model().open(modelRequest())) {
            open = stream;
            if (stopped) {
                throw new InterruptedException();
            }
            if (accepted == Accepted.NOT_YET) {
                accepted = Accepted.TOLD;
                buffer.put(new ModelEvent(EventTypes.IN_PROGRESS, Json.object()));
            }
            return read(stream, joiner);
        } catch (ModelException e) {
            // What never was shown may be asked for again, and half a character is nothing to show.
            if (output == Output.BEGUN) {
                pass(joiner.rest());
            }
            throw e;
        }
    }

    private ModelEvent read(ModelStream stream, SurrogateJoiner joiner) throws ModelException, InterruptedException {
        for (var next = stream.next(); next.isPresent() && !stopped; next = stream.next()) {
            var event = next.get();
            switch (EventKind.of(event)) {
                case OUTPUT -> pass(joiner.join(event));
                case TERMINAL -> {
                    pass(joiner.rest());
                    return event;
                }
                case IGNORED -> {}
            }
        }
        throw ModelException.of(ModelFailure.DISCONNECTED, "The model's stream ended before its answer did.");
    }

    private void pass(List<ModelEvent> events) throws InterruptedException {
        for (var event : events) {
            if (output == Output.NONE) {
                output = Output.BEGUN;
                onOutput.run();
            }
            buffer.put(event);
        }
    }

    private static ModelEvent failed(ModelException failure) {
        var event = Json.object();
        event.putObject("response")
                .putObject("error")
                .put("code", failure.failure().code())
                .put("message", String.valueOf(failure.getMessage()));
        return new ModelEvent(EventTypes.FAILED, event);
    }
}
