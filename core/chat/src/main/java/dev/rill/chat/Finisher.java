package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.answer.Attempt;
import dev.rill.chat.answer.EndedBy;
import dev.rill.chat.answer.LogIntervals;
import dev.rill.chat.answer.LogWriter;
import dev.rill.chat.answer.OutputAccumulator;
import dev.rill.chat.answer.ResponseObject;
import dev.rill.chat.history.History;
import dev.rill.chat.log.Claim;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.socket.Sockets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;

/**
 * Ends responses without the model, by an {@link Attempt} that adds only the terminal event. Safe for use by many
 * threads.
 */
final class Finisher {

    /** The duration of the lease for ending a response. */
    static final Duration LEASE = Duration.ofSeconds(10);

    private static final LogIntervals INTERVALS =
            new LogIntervals(LogIntervals.DEFAULT.append(), LogIntervals.DEFAULT.directives(), LEASE);

    private final ResponseLog log;
    private final Quota quota;
    private final SocketReplay replay;
    private final Time time;
    private final Telemetry telemetry;

    /** The final status and the response object of the terminal event. */
    record Ending(Status status, ObjectNode response, EndedBy by) {}

    /** Creates the ending of a response with this output. */
    @FunctionalInterface
    interface EndingFactory {
        Ending of(ResponseHeader header, ArrayNode output);
    }

    Finisher(ResponseLog log, Quota quota, SocketReplay replay, Time time, Telemetry telemetry) {
        this.log = log;
        this.quota = quota;
        this.replay = replay;
        this.time = time;
        this.telemetry = telemetry;
    }

    static EndingFactory failed(String code, String message) {
        return (header, output) ->
                new Ending(Status.FAILED, ResponseObject.failed(header, output, code, message), EndedBy.MODEL);
    }

    static EndingFactory cancelled() {
        return (header, output) -> new Ending(Status.CANCELLED, ResponseObject.cancelled(header, output), EndedBy.RILL);
    }

    /**
     * Ends a response, unless an attempt holds its lease or it has ended.
     *
     * @return whether this call has ended it
     */
    boolean claimAndFinish(ResponseId id, EndingFactory ending, Sockets sockets) throws InterruptedException {
        var now = time.instant();
        if (log.claim(id, Optional.empty(), now, now.plus(LEASE)) instanceof Claim.Granted(var header)) {
            try {
                finish(header, ending, sockets);
                return true;
            } catch (LeaseLostException e) {
                telemetry.emit(new Signal.UnexpectedError(id, e));
            }
        }
        return false;
    }

    /**
     * Ends a response whose lease the caller holds, and sends its sockets the remaining events.
     *
     * @throws LeaseLostException if the lease has run out before the log had the end: the response may not have ended
     * @throws RuntimeException if the log can't be reached; the response may have ended or not
     */
    void finish(ResponseHeader header, EndingFactory ending, Sockets sockets)
            throws LeaseLostException, InterruptedException {
        var attempt = new Attempt(header, List.of(), INTERVALS, Duration.ZERO, time.instant());
        var end = ending.of(header, outputSoFar(header.id()));
        if (end.status() == Status.FAILED) {
            evictPrevious(header);
        }
        attempt.announceRestart();
        attempt.addTerminal(end.status(), end.response(), end.by(), time.instant());
        var writer = new LogWriter(log, header, attempt, time, _ -> {});
        writer.writeUntilStopped();
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        writer.requireEnded();
        quota.settle(header.quotaKey(), header.id(), attempt.settlement());
        telemetry.emit(new Signal.Ended(
                header.id(),
                end.status(),
                ResponseObject.code(end.response()),
                attempt.lastSequence() + 1,
                Duration.between(header.createdAt(), time.instant())));
        replay.sendRestToAll(header.id(), attempt.subscriptions(), sockets);
    }

    /** Before the client is sent the end: its next request must not find the earlier response. */
    private void evictPrevious(ResponseHeader header) {
        try {
            History.evictPrevious(log, header.request().body(), header.owner());
        } catch (RuntimeException e) {
            telemetry.emit(new Signal.UnexpectedError(header.id(), e));
        }
    }

    /** Reads the output of a response so far from the log. */
    ArrayNode outputSoFar(ResponseId id) {
        return OutputAccumulator.fromLog(new ArrayDeque<>(log.read(id, 1)));
    }
}
