package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.history.History;
import dev.rill.chat.log.Cursor;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Sleeper;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Sink;
import dev.rill.chat.socket.SinkFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at one response: what the model sends is merged and numbered on the calling thread, until a terminal
 * event or until somebody wants it stopped. {@link ModelReader} reads the model, {@link LogWriter} speaks to the log,
 * {@link Subscribers} deliver.
 */
public final class ResponseRun implements LogWriter.Listener {

    /** Room before the deadline for the last append and the last posts. */
    public static final Duration END_RESERVE = Duration.ofSeconds(5);

    /**
     * What an attempt may log (characters of JSON) before its terminal event: four times the greatest output, since an
     * output is told by deltas and then by up to three events that repeat it.
     */
    public static final int MAX_LOGGED_CHARS = 4 * OutputAccumulator.MAX_CHARS;

    private final ResponseHeader header;
    private final Instant deadline;
    private final AnswerSettings settings;
    private final InstantSource clock;
    private final Telemetry telemetry;
    private final SinkFactory sinks;
    private final Optional<Sink> direct;
    private final LogWriter logWriter;
    private final Subscribers subscribers;
    private final EventBuffer buffer;
    private final ModelReader reader;
    private final OutputAccumulator output = new OutputAccumulator();
    private final Instant started;
    private long loggedChars;
    private @Nullable Instant unattendedSince;
    private volatile @Nullable StopReason stopReason;

    /** Why an answer ends before its model's end; the reason that its client reads. */
    private enum StopReason {
        CANCELLED("cancelled"),
        CLIENT_GONE("client_gone"),
        TIME_LIMIT("time_limit"),
        SIZE_LIMIT("size_limit");

        final String reason;

        StopReason(String reason) {
            this.reason = reason;
        }
    }

    private record Ending(Status status, ObjectNode response) {}

    /**
     * @param logged the newest events of the log
     * @param deadline when the function is killed
     * @param sinks sends to the sockets that are or will be attached
     * @param direct the client of a direct response, who has seen nothing yet
     */
    public ResponseRun(
            ResponseHeader header,
            List<Event> logged,
            Instant deadline,
            ResponseLog log,
            Model model,
            SinkFactory sinks,
            Optional<Sink> direct,
            AnswerSettings settings,
            InstantSource clock,
            Sleeper sleeper,
            Telemetry telemetry) {
        this.header = header;
        this.deadline = deadline;
        this.settings = settings;
        this.clock = clock;
        this.telemetry = telemetry;
        this.sinks = sinks;
        this.direct = direct;
        this.logWriter = new LogWriter(log, header, logged, settings.logIntervals(), clock, this);
        this.subscribers = new Subscribers(header.id(), logWriter, log, telemetry);
        this.buffer = new EventBuffer(new DeltaMerger(settings.frameInterval()), clock);
        this.reader = new ModelReader(
                header.id(),
                () -> new History(log, settings.history()).modelRequest(header),
                model,
                buffer,
                logWriter::expectOutput,
                settings.retries(),
                sleeper,
                telemetry);
        this.started = clock.instant();
    }

    /**
     * Answers; returns when the terminal event is in the log, and those who are there have been sent it or took too
     * long.
     *
     * @throws LeaseLostException if another attempt has taken over, or the lease has run out; nothing more is delivered
     *     then
     */
    public void run() throws LeaseLostException, InterruptedException {
        telemetry.emit(new Signal.Started(header.id(), header.attempt()));
        try {
            logWriter.subscriptions().cursors().forEach(this::subscribe);
            direct.ifPresent(subscribers::add);
            // Not before: it changes who is seated.
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
            subscribers.awaitEnd(Duration.between(clock.instant(), deadline.minusSeconds(1)));
        } finally {
            reader.stop();
            logWriter.close();
            subscribers.stop();
        }
    }

    private Ending relayUntilEnd() throws LeaseLostException, InterruptedException {
        var until = deadline.minus(END_RESERVE);
        while (true) {
            subscribers.awaitCapacity();
            var next = stopReason == null ? buffer.take(until) : Optional.<ModelEvent>empty();
            var why = stopReason;
            if (why == null && next.isEmpty()) {
                why = StopReason.TIME_LIMIT;
            }
            if (why != null) {
                return incomplete(why);
            }
            var event = next.orElseThrow();
            switch (event.type()) {
                case EventTypes.COMPLETED -> {
                    return fromModel(Status.COMPLETED, event);
                }
                case EventTypes.INCOMPLETE -> {
                    return fromModel(Status.INCOMPLETE, event);
                }
                case EventTypes.FAILED -> {
                    return fromModel(Status.FAILED, event);
                }
                case EventTypes.CANCELLED -> {
                    return fromModel(Status.CANCELLED, event);
                }
                case EventTypes.IN_PROGRESS -> {
                    if (header.lastSequence() < header.execution().inProgressNumber()) {
                        logWriter.append(event.type(), ResponseObject.event(header, Status.IN_PROGRESS));
                    }
                }
                default -> {
                    var ending = relay(event);
                    if (ending.isPresent()) {
                        return ending.get();
                    }
                }
            }
        }
    }

    /** Takes an event of the output in and shows it; returns how the answer ends if that was its last one. */
    private Optional<Ending> relay(ModelEvent event) throws LeaseLostException, InterruptedException {
        try {
            output.accumulate(event.type(), event.payload());
        } catch (ModelException e) {
            return Optional.of(new Ending(
                    Status.FAILED,
                    ResponseObject.failed(
                            header, output.output(), e.failure().code(), String.valueOf(e.getMessage()))));
        }
        if (event.payload().path("response") instanceof ObjectNode response) {
            ResponseObject.adopt(header, response);
        }
        loggedChars += logWriter.append(event.type(), event.payload()).json().length();
        return output.isFull() || loggedChars >= MAX_LOGGED_CHARS
                ? Optional.of(incomplete(StopReason.SIZE_LIMIT))
                : Optional.empty();
    }

    private Ending incomplete(StopReason why) {
        return new Ending(Status.INCOMPLETE, ResponseObject.incomplete(header, output.output(), why.reason));
    }

    private Ending fromModel(Status status, ModelEvent event) {
        return new Ending(
                status,
                ResponseObject.ended(
                        header, status, event.payload().path("response"), output.output(), clock.instant()));
    }

    private void finish(Ending ending) throws LeaseLostException, InterruptedException {
        logWriter.finish(ending.status, ending.response);
        telemetry.emit(new Signal.Ended(
                header.id(),
                ending.status,
                ResponseObject.code(ending.response),
                logWriter.count(),
                Duration.between(started, clock.instant())));
    }

    // ---- what others want -----------------------------------------------------------------------------------------

    @Override
    public void onDirectives(Directives directives, Attempt.Changes changes) {
        changes.superseded().forEach(subscribers::remove);
        changes.joined().forEach(this::subscribe);
        if (directives.cancelRequested()) {
            stopReason(StopReason.CANCELLED);
        } else if (isDetached(directives)) {
            stopReason(StopReason.CLIENT_GONE);
        }
    }

    private void subscribe(ConnectionId connection, Cursor cursor) {
        subscribers.add(connection, cursor.after(), sinks.of(new ClientSocket(connection, cursor.subprotocol())));
    }

    private boolean isDetached(Directives directives) {
        var now = clock.instant();
        if (header.background() || !subscribers.isEmpty() || now.isBefore(directives.followedUntil())) {
            unattendedSince = null;
            return false;
        }
        return switch (header.execution()) {
            // Whoever leaves a direct answer wants no more of it.
            case INLINE -> true;
            case QUEUED -> !now.isBefore(unattendedSince(now).plus(settings.detachGrace()));
        };
    }

    private Instant unattendedSince(Instant now) {
        var since = unattendedSince;
        if (since == null) {
            since = now;
            unattendedSince = now;
            telemetry.emit(new Signal.Unattended(header.id()));
        }
        return since;
    }

    private void stopReason(StopReason why) {
        if (stopReason == null) {
            stopReason = why;
        }
        reader.stop();
        subscribers.stopWaiting();
    }
}
