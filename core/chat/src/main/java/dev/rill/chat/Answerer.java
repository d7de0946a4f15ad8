package dev.rill.chat;

import dev.rill.chat.answer.AnswerContext;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.answer.ResponseRun;
import dev.rill.chat.log.Claim;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Quota;
import dev.rill.chat.queue.Task;
import dev.rill.chat.socket.Sink;
import dev.rill.chat.socket.SocketSink;
import dev.rill.chat.socket.Sockets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Answers the requests that {@link Intake} has accepted. Safe for use by many threads. */
public final class Answerer {

    /** The delay until a task that can't be answered now is delivered again. */
    public static final Duration PUT_BACK_DELAY = Duration.ofSeconds(5);

    /** The {@code error.code} of a response all of whose attempts have failed. */
    static final String GAVE_UP_CODE = "gave_up";

    private static final Finisher.EndingFactory GAVE_UP =
            Finisher.failed(GAVE_UP_CODE, "All attempts to answer have failed. Ask again later.");
    private static final Finisher.EndingFactory BROKE_OFF =
            Finisher.failed(ModelFailure.SERVER_ERROR.code(), "The answer ended unexpectedly. Ask again.");

    private final ResponseLog log;
    private final Quota quota;
    private final Time time;
    private final AnswerSettings settings;
    private final Telemetry telemetry;
    private final SocketReplay replay;
    private final Finisher finisher;

    public Answerer(ResponseLog log, Quota quota, Time time, AnswerSettings settings, Telemetry telemetry) {
        this.log = log;
        this.quota = quota;
        this.time = time;
        this.settings = settings;
        this.telemetry = telemetry;
        this.replay = new SocketReplay(log, time, telemetry);
        this.finisher = new Finisher(log, quota, replay, time, telemetry);
    }

    /**
     * Answers a task that was received from the queue, unless another attempt does: claims the lease, asks the model,
     * and relays its events until a terminal one. If the response has ended and this is not the first delivery, an
     * earlier worker may have crashed after the last append and before the last posts; the sockets are sent the rest.
     *
     * @param delivery the receive count of the task, from 1
     * @param deadline when Lambda ends this function; the answer ends as {@code incomplete}
     *     {@link ResponseRun#END_RESERVE} before
     * @throws RuntimeException if the log or the quota can't be reached; the task must be delivered again
     * @throws InterruptedException if the calling thread is interrupted; the task must be delivered again
     */
    public AnswerOutcome answer(Task task, int delivery, Instant deadline, Model model, Sockets sockets)
            throws InterruptedException {
        var id = task.responseId();
        var now = time.instant();
        if (quota.admitRunning(task.quotaKey(), id, deadline) == Quota.Admission.FULL) {
            return answerBeyondQuota(task, delivery, sockets);
        }
        return switch (log.claim(id, now, now.plus(lease()))) {
            case Claim.Granted(var header)
            when header.execution() == Execution.INLINE -> finish(header, BROKE_OFF, sockets);
            case Claim.Granted(var header)
            when header.attempt() > settings.attempts() -> finish(header, GAVE_UP, sockets);
            case Claim.Granted(var header) -> run(header, List.of(), Optional.empty(), deadline, model, sockets);
            case Claim.Held(var _, var execution) -> {
                // A worker that holds the lease has a task of its own, which is delivered again if the worker crashes.
                // An inline answer has only its watchdog.
                var guarded = switch (task.kind()) {
                    case ANSWER -> false;
                    case WATCHDOG -> execution == Execution.QUEUED;
                    case NUDGE -> true;
                };
                yield guarded ? AnswerOutcome.DONE : putBack(id);
            }
            case Claim.Ended(var _, var subscriptions) -> {
                quota.release(task.quotaKey(), id);
                if (delivery > 1) {
                    replay.sendRestToAll(id, subscriptions, sockets);
                }
                yield AnswerOutcome.DONE;
            }
            case Claim.Unknown _ -> {
                quota.release(task.quotaKey(), id);
                yield AnswerOutcome.DONE;
            }
        };
    }

    private AnswerOutcome answerBeyondQuota(Task task, int delivery, Sockets sockets) throws InterruptedException {
        var id = task.responseId();
        var ended = delivery > 1
                ? log.find(id).filter(header -> header.status().ended())
                : Optional.<ResponseHeader>empty();
        if (ended.isPresent()) {
            replay.sendRestToAll(id, ended.get().directives().subscriptions(), sockets);
            return AnswerOutcome.DONE;
        }
        return task.kind() == Task.Kind.NUDGE ? AnswerOutcome.DONE : putBack(id);
    }

    /**
     * Ends a response as failed after its task was delivered without success as often as the queue allows. Does nothing
     * if it has ended.
     */
    public GiveUpOutcome giveUp(Task task, Sockets sockets) throws InterruptedException {
        var now = time.instant();
        return switch (log.claim(task.responseId(), now, now.plus(Finisher.LEASE))) {
            case Claim.Granted(var header) ->
                switch (finish(header, GAVE_UP, sockets)) {
                    case DONE -> GiveUpOutcome.FAILED;
                    case LATER, LOST -> GiveUpOutcome.LATER;
                };
            case Claim.Held _ -> {
                telemetry.emit(new Signal.PutBack(task.responseId()));
                yield GiveUpOutcome.LATER;
            }
            // An earlier delivery of this task may have failed the response, and its worker crashed before it reported.
            case Claim.Ended(var status, var _) -> status == Status.FAILED ? GiveUpOutcome.FAILED : GiveUpOutcome.ENDED;
            case Claim.Unknown _ -> GiveUpOutcome.FAILED;
        };
    }

    /**
     * Answers a response that was accepted for inline execution, on the calling thread.
     *
     * @param accepted the response with its first event; the caller holds the lease
     * @param sink the client, which is sent all events from the first
     */
    AnswerOutcome answerInline(Intake.Accepted accepted, Instant deadline, Model model, Sockets sockets, Sink sink)
            throws InterruptedException {
        return run(accepted.header(), accepted.logged(), Optional.of(sink), deadline, model, sockets);
    }

    /** The duration of an attempt's lease. */
    Duration lease() {
        return settings.logIntervals().lease();
    }

    private AnswerOutcome run(
            ResponseHeader header,
            List<Event> logged,
            Optional<Sink> sink,
            Instant deadline,
            Model model,
            Sockets sockets)
            throws InterruptedException {
        var context =
                new AnswerContext(log, model, socket -> new SocketSink(sockets, socket), settings, time, telemetry);
        try {
            new ResponseRun(context, header, logged, sink, deadline).run();
            quota.release(header.quotaKey(), header.id());
            return AnswerOutcome.DONE;
        } catch (LeaseLostException _) {
            telemetry.emit(new Signal.LeaseLost(header.id(), header.attempt()));
            return AnswerOutcome.LOST;
        }
    }

    /** Ends a response without a model. Where its lease is lost first, the task must be delivered again. */
    private AnswerOutcome finish(ResponseHeader header, Finisher.EndingFactory ending, Sockets sockets)
            throws InterruptedException {
        try {
            finisher.finish(header, ending, sockets);
            return AnswerOutcome.DONE;
        } catch (LeaseLostException _) {
            telemetry.emit(new Signal.LeaseLost(header.id(), header.attempt()));
            return AnswerOutcome.LOST;
        }
    }

    private AnswerOutcome putBack(ResponseId id) {
        telemetry.emit(new Signal.PutBack(id));
        return AnswerOutcome.LATER;
    }
}
