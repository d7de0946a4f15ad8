package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.answer.Attempt.Changes;
import dev.rill.chat.history.History;
import dev.rill.chat.log.Cursor;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.quota.Settlement;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Sink;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Runs one attempt at one response: merges and numbers what the model sends, on the calling thread, until a terminal
 * event or a reason to stop. {@link ModelReader} reads the model, {@link LogWriter} writes the log, {@link Subscribers}
 * send to the clients, each on threads of its own.
 */
public final class ResponseRun {

    /** The time before the deadline that is reserved for the last append and the last posts. */
    public static final Duration END_RESERVE = Duration.ofSeconds(5);

    /**
     * Characters of JSON that an attempt may log before its terminal event: four times the greatest output, because an
     * output is logged as deltas and then in up to three events that repeat it.
     */
    public static final int MAX_LOGGED_CHARS = 4 * OutputAccumulator.MAX_CHARS;

    private final AnswerContext context;
    private final ResponseHeader header;
    private final Optional<Sink> direct;
    private final Instant deadline;
    private final Instant started;
    private final Attempt attempt;
    private final LogWriter logWriter;
    private final Subscribers subscribers;
    private final EventBuffer buffer;
    private final ModelReader reader;
    private final OutputAccumulator output = new OutputAccumulator();
    private final EventCompleter completer;
    private long loggedChars;
    private volatile @Nullable StopReason stopReason;

    private record Ending(Status status, ObjectNode response, EndedBy by) {}

    /**
     * @param header as the claim or the creation left it
     * @param logged the newest events of the log
     * @param direct the client of an inline response, which has been sent nothing yet
     * @param deadline when the function is killed
     */
    public ResponseRun(
            AnswerContext context, ResponseHeader header, List<Event> logged, Optional<Sink> direct, Instant deadline) {
        var settings = context.settings();
        var time = context.time();
        this.context = context;
        this.header = header;
        this.direct = direct;
        this.deadline = deadline;
        this.started = time.instant();
        this.attempt = new Attempt(header, logged, settings.logIntervals(), settings.detachGrace(), started);
        this.logWriter = new LogWriter(context.log(), header, attempt, time, this::onChanges);
        this.subscribers = new Subscribers(header.id(), logWriter, context.log(), time, context.telemetry());
        this.buffer = new EventBuffer(new DeltaMerger(settings.frameInterval()), time);
        this.completer = new EventCompleter(header.id(), output);
        this.reader = new ModelReader(context, header, buffer, new OutputListener());
    }

    /**
     * Answers; returns when the terminal event is in the log, and each subscriber has been sent it, is gone, or took
     * too long.
     *
     * @return what is booked for the response; empty if it has no reservation
     * @throws LeaseLostException if another attempt has taken over, or the lease has run out; nothing more is sent then
     */
    public Optional<Settlement> run() throws LeaseLostException, InterruptedException {
        context.telemetry().emit(new Signal.Started(header.id(), header.attempt()));
        try {
            attempt.subscriptions().cursors().forEach(this::subscribe);
            direct.ifPresent(subscribers::add);
            // Start the log writer last, because its thread adds and removes subscribers.
            logWriter.start();
            logWriter.announceRestart();
            if (header.directives().cancelRequested()) {
                stopReason = StopReason.CANCELLED;
            } else {
                reader.start();
            }
            var ending = relayUntilEnd();
            reader.stop();
            finish(ending);
            subscribers.awaitEnd(Duration.between(context.time().instant(), deadline.minusSeconds(1)));
            return logWriter.settlement();
        } finally {
            reader.stop();
            logWriter.close();
            subscribers.stop();
        }
    }

    private Ending relayUntilEnd() throws LeaseLostException, InterruptedException {
        var until = deadline.minus(END_RESERVE);
        while (true) {
            subscribers.awaitCapacity(until);
            var next = stopReason == null ? buffer.take(until) : Optional.<ModelEvent>empty();
            var reason = stopReason;
            if (reason == null && next.isEmpty()) {
                reason = StopReason.TIME_LIMIT;
            }
            if (reason != null) {
                return stopped(reason);
            }
            var ending = relay(next.orElseThrow());
            if (ending.isPresent()) {
                return ending.get();
            }
        }
    }

    /** Takes one event of the model; returns how the answer ends if it ends with this event. */
    private Optional<Ending> relay(ModelEvent event) throws LeaseLostException, InterruptedException {
        return switch (event.type()) {
            case EventTypes.COMPLETED -> Optional.of(fromModel(Status.COMPLETED, event));
            case EventTypes.INCOMPLETE -> Optional.of(fromModel(Status.INCOMPLETE, event));
            case EventTypes.FAILED -> Optional.of(fromModel(Status.FAILED, event));
            case EventTypes.CANCELLED -> Optional.of(fromModel(Status.CANCELLED, event));
            case EventTypes.IN_PROGRESS -> {
                if (header.lastSequence() < header.execution().inProgressNumber()) {
                    logWriter.append(event.type(), ResponseObject.event(header, Status.IN_PROGRESS));
                }
                yield Optional.empty();
            }
            case EventTypes.RESTARTED -> {
                restart();
                yield Optional.empty();
            }
            default -> relayOutput(event);
        };
    }

    /** Forgets the output so far, because another model answers. The next output is its first one. */
    private void restart() throws LeaseLostException, InterruptedException {
        logWriter.restart();
        output.clear();
        loggedChars = 0;
    }

    private Optional<Ending> relayOutput(ModelEvent event) throws LeaseLostException, InterruptedException {
        try {
            completer.complete(event.type(), event.payload());
            output.accumulate(event.type(), event.payload());
        } catch (ModelException e) {
            return Optional.of(new Ending(
                    Status.FAILED,
                    ResponseObject.failed(header, output.output(), e.failure().code(), String.valueOf(e.getMessage())),
                    EndedBy.MODEL));
        }
        if (event.payload().path("response") instanceof ObjectNode response) {
            ResponseObject.adopt(header, response);
        }
        loggedChars += logWriter.append(event.type(), event.payload()).json().length();
        return output.isFull() || loggedChars >= MAX_LOGGED_CHARS
                ? Optional.of(stopped(StopReason.SIZE_LIMIT))
                : Optional.empty();
    }

    private Ending stopped(StopReason reason) {
        return switch (reason) {
            case CANCELLED ->
                new Ending(Status.CANCELLED, ResponseObject.cancelled(header, output.output()), EndedBy.RILL);
            case CLIENT_GONE, TIME_LIMIT, SIZE_LIMIT, BUDGET_EXCEEDED, MAX_OUTPUT_TOKENS ->
                new Ending(
                        Status.INCOMPLETE,
                        ResponseObject.incomplete(header, output.output(), reason.wire()),
                        EndedBy.RILL);
        };
    }

    private Ending fromModel(Status status, ModelEvent event) {
        return new Ending(
                status,
                ResponseObject.ended(
                        header,
                        status,
                        event.payload().path("response"),
                        output.output(),
                        context.time().instant()),
                EndedBy.MODEL);
    }

    private void finish(Ending ending) throws LeaseLostException, InterruptedException {
        if (ending.status == Status.FAILED) {
            evictPrevious();
        }
        logWriter.finish(ending.status, ending.response, ending.by);
        context.telemetry()
                .emit(new Signal.Ended(
                        header.id(),
                        ending.status,
                        ResponseObject.code(ending.response),
                        logWriter.lastSequence() + 1,
                        Duration.between(started, context.time().instant())));
    }

    /** Before the client is sent the end: its next request must not find the earlier response. */
    private void evictPrevious() {
        try {
            History.evictPrevious(context.log(), header.request().body(), header.owner());
        } catch (RuntimeException e) {
            context.telemetry().emit(new Signal.UnexpectedError(header.id(), e));
        }
    }

    // ---- on the model reader's thread -----------------------------------------------------------------------------

    private final class OutputListener implements ModelReader.Listener {
        @Override
        public void onAsked() {
            logWriter.onModelAsked();
        }

        @Override
        public void onAccepted() {
            logWriter.onModelAccepted();
        }

        @Override
        public void onRefused() {
            logWriter.onModelRefused();
        }

        @Override
        public boolean mayReplace() {
            return logWriter.maySend();
        }

        @Override
        public void onReplaced() {
            logWriter.onModelReplaced();
        }

        @Override
        public void onFirstOutput() {
            logWriter.expectOutput();
        }

        @Override
        public void onOutput(ModelEvent event) {
            if (logWriter.onModelOutput(event)) {
                stop(header.request().isCutByReservation() ? StopReason.BUDGET_EXCEEDED : StopReason.MAX_OUTPUT_TOKENS);
            }
        }
    }

    // ---- on the log writer's thread -------------------------------------------------------------------------------

    private void onChanges(Changes changes) {
        changes.superseded().forEach(subscribers::remove);
        changes.joined().forEach(this::subscribe);
        if (changes.unattended()) {
            context.telemetry().emit(new Signal.Unattended(header.id()));
        }
        changes.stop().ifPresent(this::stop);
    }

    private void subscribe(ConnectionId connection, Cursor cursor) {
        var sink = context.sinks().of(cursor.socket(connection));
        subscribers.add(connection, cursor, sink);
    }

    private void stop(StopReason reason) {
        if (stopReason == null) {
            stopReason = reason;
        }
        reader.stop();
        subscribers.endWaiting();
    }
}
