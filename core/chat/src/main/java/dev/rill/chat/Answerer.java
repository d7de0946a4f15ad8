package dev.rill.chat;

import dev.rill.chat.answer.AnswerContext;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.answer.LaneWalk;
import dev.rill.chat.answer.ResponseRun;
import dev.rill.chat.answer.TaskDecision;
import dev.rill.chat.log.Claim;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.quota.Quota;
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
    private final Lanes lanes;

    public Answerer(ResponseLog log, Quota quota, Time time, AnswerSettings settings, Telemetry telemetry) {
        this.log = log;
        this.quota = quota;
        this.time = time;
        this.settings = settings;
        this.telemetry = telemetry;
        this.replay = new SocketReplay(log, time, telemetry);
        this.finisher = new Finisher(log, quota, replay, time, telemetry);
        this.lanes = new Lanes(log);
    }

    /**
     * Answers a task that was received from the queue, unless another attempt does: claims the lease, asks the model,
     * and relays its events until a terminal one. If the response has ended and an earlier delivery of the task was not
     * finished, its worker may have crashed after the last append and before the last posts; the sockets are sent the
     * rest.
     *
     * <p>A response that waits in its lane is left alone. The end of a response queues the next one of its lane before
     * this method returns.
     *
     * @param deadline when Lambda ends this function; the answer ends as {@code incomplete}
     *     {@link ResponseRun#END_RESERVE} before
     * @throws RuntimeException if the log, the quota or the queue can't be reached; the task must be delivered again
     * @throws InterruptedException if the calling thread is interrupted; the task must be delivered again
     */
    public AnswerOutcome answer(Task task, Instant deadline, Model model, Sockets sockets, TaskQueue tasks)
            throws InterruptedException {
        return switch (turn(task, tasks)) {
            case COME -> answerNow(task, deadline, model, sockets, tasks);
            case WAITING -> AnswerOutcome.DONE;
            case UNKNOWN -> {
                quota.settle(task.quotaKey(), task.responseId(), Optional.empty());
                yield AnswerOutcome.DONE;
            }
        };
    }

    private LaneWalk.Turn turn(Task task, TaskQueue tasks) {
        return task.lane()
                .map(lane -> lanes.turn(lane, task.responseId(), tasks))
                .orElse(LaneWalk.Turn.COME);
    }

    private AnswerOutcome answerNow(Task task, Instant deadline, Model model, Sockets sockets, TaskQueue tasks)
            throws InterruptedException {
        return switch (decide(task, deadline)) {
            case TaskDecision.Answer(var header) ->
                handOn(task, tasks, run(header, List.of(), Optional.empty(), deadline, model, sockets));
            case TaskDecision.GiveUp(var header) -> handOn(task, tasks, finish(header, GAVE_UP, sockets));
            case TaskDecision.BreakOff(var header) -> handOn(task, tasks, finish(header, BROKE_OFF, sockets));
            case TaskDecision.SendRest rest -> {
                sendRest(task, rest, sockets);
                yield handOn(task, tasks, AnswerOutcome.DONE);
            }
            case TaskDecision.Settle(var _, var settlement) -> {
                quota.settle(task.quotaKey(), task.responseId(), settlement);
                yield handOn(task, tasks, AnswerOutcome.DONE);
            }
            case TaskDecision.PutBack _ -> {
                telemetry.emit(new Signal.PutBack(task.responseId()));
                yield AnswerOutcome.LATER;
            }
            case TaskDecision.Ignore _ -> AnswerOutcome.DONE;
        };
    }

    /** Queues the next response of the lane if this one is done. The task is deleted only after that. */
    private AnswerOutcome handOn(Task task, TaskQueue tasks, AnswerOutcome outcome) {
        if (outcome == AnswerOutcome.DONE) {
            handOn(task, tasks);
        }
        return outcome;
    }

    private void handOn(Task task, TaskQueue tasks) {
        task.lane().ifPresent(lane -> lanes.handOn(lane, task.responseId(), tasks));
    }

    private TaskDecision decide(Task task, Instant deadline) {
        var id = task.responseId();
        var now = time.instant();
        if (task.kind() == Task.Kind.WATCHDOG) {
            // Mostly the response has ended. It must not take a place, which a worker that dies would leave taken.
            var ended = log.find(id).filter(header -> header.status().ended());
            if (ended.isPresent()) {
                return TaskDecision.of(task, Claim.Ended.of(ended.get()), settings.attempts());
            }
        }
        if (!quota.admitRunning(task.quotaKey(), id, deadline, task.maxRunning())) {
            var ended = task.unfinishedDeliveries() > 0
                    ? log.find(id).filter(header -> header.status().ended())
                    : Optional.<ResponseHeader>empty();
            return TaskDecision.beyondQuota(task, ended);
        }
        return TaskDecision.of(
                task, log.claim(id, Optional.of(task.kind()), now, now.plus(lease())), settings.attempts());
    }

    private void sendRest(Task task, TaskDecision.SendRest rest, Sockets sockets) throws InterruptedException {
        quota.settle(task.quotaKey(), task.responseId(), rest.settlement());
        replay.sendRestToAll(task.responseId(), rest.subscriptions(), sockets);
    }

    /**
     * Ends a response as failed after its task was delivered without success as often as the queue allows. If it has
     * ended, its sockets are sent the rest: a worker may have crashed before it did so.
     */
    public GiveUpOutcome giveUp(Task task, Sockets sockets, TaskQueue tasks) throws InterruptedException {
        if (turn(task, tasks) == LaneWalk.Turn.WAITING) {
            return GiveUpOutcome.ENDED;
        }
        var outcome = giveUp(task, sockets);
        switch (outcome) {
            case FAILED, ENDED -> handOn(task, tasks);
            case LATER -> {}
        }
        return outcome;
    }

    private GiveUpOutcome giveUp(Task task, Sockets sockets) throws InterruptedException {
        var now = time.instant();
        var claim = log.claim(task.responseId(), Optional.of(task.kind()), now, now.plus(Finisher.LEASE));
        return switch (TaskDecision.ofDeadLetter(task, claim)) {
            case TaskDecision.GiveUp(var header) ->
                finish(header, GAVE_UP, sockets) == AnswerOutcome.DONE ? GiveUpOutcome.FAILED : GiveUpOutcome.LATER;
            case TaskDecision.SendRest rest -> {
                sendRest(task, rest, sockets);
                // An earlier delivery may have failed the response, and its worker crashed before it reported.
                yield rest.status() == Status.FAILED ? GiveUpOutcome.FAILED : GiveUpOutcome.ENDED;
            }
            case TaskDecision.PutBack _ -> {
                telemetry.emit(new Signal.PutBack(task.responseId()));
                yield GiveUpOutcome.LATER;
            }
            case TaskDecision.Settle settle -> {
                quota.settle(task.quotaKey(), task.responseId(), settle.settlement());
                yield settle.ended().isPresent() ? GiveUpOutcome.ENDED : GiveUpOutcome.FAILED;
            }
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
            var settlement = new ResponseRun(context, header, logged, sink, deadline).run();
            quota.settle(header.quotaKey(), header.id(), settlement);
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
}
