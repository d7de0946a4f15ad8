package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.KeyResolver.Resolution;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.answer.Attempt;
import dev.rill.chat.answer.OutputAccumulator;
import dev.rill.chat.answer.ResponseObject;
import dev.rill.chat.answer.ResponseRun;
import dev.rill.chat.history.History;
import dev.rill.chat.log.Append;
import dev.rill.chat.log.AttachResult;
import dev.rill.chat.log.Claim;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Sleeper;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.ServerMessage;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Quota;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.queue.TaskQueue.DelayedTask;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sink;
import dev.rill.chat.socket.SocketSink;
import dev.rill.chat.socket.Sockets;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The flow of Rill; its methods stand in the order of travel.
 *
 * <p>A prompt on a socket is {@linkplain #submit submitted} by one function and {@linkplain #answer answered} by
 * another, with a queue between. Over HTTP one function does both: it {@linkplain #respond responds}. Meanwhile and
 * afterwards a response can be {@linkplain #resume resumed} on a socket, {@linkplain #follow followed} without one,
 * {@linkplain #cancel cancelled}, {@linkplain #retrieve retrieved} and {@linkplain #delete deleted}. What a step needs
 * beyond the log (the queue, the model, the way to the client) it is given, because no function has it all. Safe for
 * use by many threads.
 */
public final class Chat {

    /** So long after a request was taken somebody looks whether it is being answered. */
    static final Duration WATCHDOG_DELAY = Duration.ofSeconds(24);

    /** A prompt that can't be answered now comes again after this. */
    public static final Duration PUT_BACK_DELAY = Duration.ofSeconds(5);

    /** How often one who follows without a socket looks into the log, and for how long it then counts as present. */
    private static final Duration FOLLOW_POLL_INTERVAL = Duration.ofMillis(500);

    private static final Duration FOLLOWER_PRESENCE = Duration.ofSeconds(15);

    /**
     * A prompt that waits for longer than this, and than its check, may be hidden with workers that died as they
     * received it.
     */
    static final Duration QUEUED_TIMEOUT = Duration.ofMinutes(1);

    /** How often one who follows, and sees that nobody answers, has somebody look after it. */
    private static final Duration NUDGE_INTERVAL = Duration.ofSeconds(30);

    /**
     * How long a place is held for a request that is not in the log yet: longer than any function takes from the one to
     * the other.
     */
    private static final Duration ADMISSION_HOLD = Duration.ofMinutes(1);

    /** The {@code error.code} of a response whose every attempt failed. */
    static final String GAVE_UP_CODE = "gave_up";

    private static final Duration END_LEASE = Duration.ofSeconds(10);
    private static final EndingOf GAVE_UP =
            failed(GAVE_UP_CODE, "The answer failed again and again and was given up. Ask again later.");
    private static final Duration END_POLL_INTERVAL = Duration.ofMillis(200);

    private final ResponseLog log;
    private final Quota quota;
    private final Ids ids;
    private final InstantSource clock;
    private final Sleeper sleeper;
    private final AnswerSettings settings;
    private final Telemetry telemetry;
    private final History history;
    private final KeyResolver keys;

    public Chat(
            ResponseLog log,
            Quota quota,
            Ids ids,
            InstantSource clock,
            Sleeper sleeper,
            AnswerSettings settings,
            Telemetry telemetry) {
        this.log = log;
        this.quota = quota;
        this.ids = ids;
        this.clock = clock;
        this.sleeper = sleeper;
        this.settings = settings;
        this.telemetry = telemetry;
        this.history = new History(log, settings.history());
        this.keys = new KeyResolver(log);
    }

    /**
     * Takes a request that a worker shall answer: claims its id, logs {@code created} and {@code queued}, sends them to
     * the socket that asked, and only then enqueues, so that they reach the client before anything that a worker sends.
     * A repeat of a request finds the response that is there, and attaches its socket to that.
     *
     * <p>Once the log has it, the request is accepted, and nothing that fails is an error of this method: a client that
     * was told to repeat it would pay twice. If the queue does not take it, the response ends as failed.
     *
     * @throws ApiException if the group has too many waiting, there is no such earlier response, or the request was
     *     answered before and was not to be stored
     */
    public ResponseId submit(Submission submission, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        var body = withModel(submission.request());
        return switch (resolve(submission, body)) {
            case Resolution.Taken(var header) -> repeat(header, submission, sockets, tasks);
            case Resolution.Free(var id) -> {
                var header = newHeader(id, submission, body, Execution.QUEUED);
                yield submission.request().warmUp()
                        ? warmUp(header, submission, sockets, tasks)
                        : submit(header, submission, sockets, tasks);
            }
        };
    }

    /**
     * Logs and sends a response that has ended, for a client that wants one to continue from. It takes no place and
     * asks no model.
     */
    private ResponseId warmUp(ResponseHeader queued, Submission submission, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        var header = queued.with(Status.COMPLETED, 0, Instant.EPOCH, -1, queued.reservedThrough(), queued.directives());
        var events = List.of(
                status(header, 0, EventTypes.CREATED, Status.QUEUED),
                status(header, 1, EventTypes.QUEUED, Status.QUEUED),
                status(header, 2, EventTypes.IN_PROGRESS, Status.IN_PROGRESS),
                Event.numbered(3, EventTypes.COMPLETED, ResponseObject.event(ResponseObject.warmedUp(header))));
        if (create(header, submission, events) == ResponseLog.Creation.EXISTS) {
            return repeat(log.find(header.id()).orElseThrow(), submission, sockets, tasks);
        }
        telemetry.emit(new Signal.Accepted(header.id()));
        announce(header.id(), events, submission.socket(), sockets);
        return header.id();
    }

    private ResponseId submit(ResponseHeader header, Submission submission, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        if (quota.admitQueued(header.quotaKey(), header.id(), clock.instant().plus(ADMISSION_HOLD))
                == Quota.Admission.FULL) {
            throw ApiException.tooManyRequests(
                    "Too many of your requests are waiting. Ask again when some have been answered.");
        }
        var created = status(header, 0, EventTypes.CREATED, Status.QUEUED);
        var queued = status(header, 1, EventTypes.QUEUED, Status.QUEUED);
        var check = runAsync(() -> tasks.send(List.of(watchdogTask(header))));
        if (create(header, submission, List.of(created, queued)) == ResponseLog.Creation.EXISTS) {
            return repeat(log.find(header.id()).orElseThrow(), submission, sockets, tasks);
        }
        telemetry.emit(new Signal.Accepted(header.id()));
        var place = runAsync(() -> quota.extend(header.quotaKey(), header.id(), header.expiresAt()));
        // The client is not told of the acceptance before the check is kept: it sees to the answer, should this
        // function die now.
        var kept = check.handle((_, failure) -> failure == null).join();
        announce(header.id(), List.of(created, queued), submission.socket(), sockets);
        try {
            if (!kept) {
                check.join();
            }
            tasks.send(List.of(answerTask(header)));
        } catch (RuntimeException e) {
            telemetry.emit(new Signal.Broken(header.id(), e));
            endUnqueued(header.id(), sockets);
        }
        reportFailure(header.id(), place).join();
        return header.id();
    }

    /**
     * Answers a prompt that came off the queue, if nobody else does: claims the lease, asks the model, and passes its
     * events on until a terminal one. If the response has ended but this prompt has come before, its worker may have
     * died between the log and the sockets: they are sent the end again.
     *
     * @param delivery which delivery of this prompt it is, from 1
     * @param deadline when this function is killed; the answer is broken off as {@code incomplete} shortly before
     * @throws RuntimeException if the log can't be reached: the prompt must come again
     */
    public AnswerOutcome answer(Task task, int delivery, Instant deadline, Model model, Sockets sockets)
            throws InterruptedException {
        var id = task.responseId();
        var now = clock.instant();
        if (quota.admitRunning(task.quotaKey(), id, deadline) == Quota.Admission.FULL) {
            var ended = delivery > 1
                    ? log.find(id).filter(header -> header.status().ended())
                    : Optional.<ResponseHeader>empty();
            if (ended.isEmpty()) {
                return task.kind() == Task.Kind.NUDGE ? AnswerOutcome.DONE : putBack(id);
            }
            deliverTo(ended.get().directives().subscriptions(), id, sockets);
            return AnswerOutcome.DONE;
        }
        return switch (log.claim(id, now, now.plus(settings.logIntervals().lease()))) {
            case Claim.Granted(var header)
            when header.execution() == Execution.INLINE -> {
                finish(header, sockets, failed(ModelFailure.BROKEN.code(), "The answer broke off. Ask again."));
                yield AnswerOutcome.DONE;
            }
            case Claim.Granted(var header)
            when header.attempt() > settings.attempts() -> {
                finish(header, sockets, GAVE_UP);
                yield AnswerOutcome.DONE;
            }
            case Claim.Granted(var header) -> run(header, List.of(), deadline, model, sockets, Optional.empty());
            case Claim.Held(var _, var execution) -> {
                // A worker that holds it has a prompt of its own, which comes again if that worker dies; a direct
                // answer has only this one.
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
                    deliverTo(subscriptions, id, sockets);
                }
                yield AnswerOutcome.DONE;
            }
            case Claim.Unknown _ -> {
                quota.release(task.quotaKey(), id);
                yield AnswerOutcome.DONE;
            }
        };
    }

    /**
     * Ends a response whose prompt was delivered in vain as often as may be; nothing is done if somebody has answered
     * it after all.
     */
    public GiveUpOutcome giveUp(Task task, Sockets sockets) throws InterruptedException {
        var now = clock.instant();
        return switch (log.claim(task.responseId(), now, now.plus(END_LEASE))) {
            case Claim.Granted(var header) -> {
                finish(header, sockets, GAVE_UP);
                yield GiveUpOutcome.FAILED;
            }
            case Claim.Held _ -> {
                telemetry.emit(new Signal.PutBack(task.responseId()));
                yield GiveUpOutcome.LATER;
            }
            // As failed perhaps by this very prompt, when its worker died before it could say so.
            case Claim.Ended(var status, var _) ->
                status == Status.FAILED ? GiveUpOutcome.FAILED : GiveUpOutcome.NEEDLESS;
            case Claim.Unknown _ -> GiveUpOutcome.FAILED;
        };
    }

    /**
     * Answers a request where it was accepted, without a worker. {@code created} is delivered first;
     * {@code in_progress} follows once the model has accepted the request, so that a sink can tell an early failure by
     * a {@code failed} without one. A repeat follows the response that is there.
     *
     * @param tasks keeps the check that ends the response should this function die
     * @throws ApiException before anything is delivered: as {@link #submit}
     */
    public AnswerOutcome respond(
            Submission submission, Instant deadline, Model model, Sockets sockets, TaskQueue tasks, Sink sink)
            throws ApiException, InterruptedException {
        var body = withModel(submission.request());
        return switch (resolve(submission, body)) {
            case Resolution.Taken(var header) -> {
                requireRepeatable(header);
                follow(header.id(), submission.subject(), -1, tasks, sink, deadline);
                yield AnswerOutcome.DONE;
            }
            case Resolution.Free(var id) ->
                respond(
                        newHeader(id, submission, body, Execution.INLINE),
                        submission,
                        deadline,
                        model,
                        sockets,
                        tasks,
                        sink);
        };
    }

    private AnswerOutcome respond(
            ResponseHeader started,
            Submission submission,
            Instant deadline,
            Model model,
            Sockets sockets,
            TaskQueue tasks,
            Sink sink)
            throws ApiException, InterruptedException {
        var created = status(started, 0, EventTypes.CREATED, Status.IN_PROGRESS);
        if (quota.admitRunning(submission.quotaKey(), started.id(), deadline) == Quota.Admission.FULL) {
            throw ApiException.tooManyRequests(
                    "Too many of your requests are being answered. Ask again when some have ended.");
        }
        if (create(started, submission, List.of(created)) == ResponseLog.Creation.EXISTS) {
            follow(started.id(), submission.subject(), -1, tasks, sink, deadline);
            // The place is the response's own while it runs, and nobody's once it has ended.
            if (log.find(started.id()).map(header -> header.status().ended()).orElse(true)) {
                quota.release(submission.quotaKey(), started.id());
            }
            return AnswerOutcome.DONE;
        }
        telemetry.emit(new Signal.Accepted(started.id()));
        // The answer itself does not need it, and its client sees if this function dies.
        var _ = reportFailure(started.id(), runAsync(() -> tasks.send(List.of(watchdogTask(started)))));
        var header = started.with(
                Status.IN_PROGRESS, 1, started.leaseUntil(), 0, started.reservedThrough(), started.directives());
        return run(header, List.of(created), deadline, model, sockets, Optional.of(sink));
    }

    /**
     * Attaches a socket to a response: what came after a number is sent to it, and what follows, by the attempt that
     * answers, or from here if it has ended. If no attempt answers it any more, a worker is asked to. Beyond
     * {@value Subscriptions#MAX_SOCKETS} sockets the oldest is told that it is superseded, and is sent nothing more.
     *
     * @throws ApiException if there is no such response for this subject, or it has ended and was not to be stored and
     *     no number is given
     */
    public void resume(
            ResponseId id, Subject subject, ClientSocket socket, long startingAfter, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        switch (attach(id, subject, socket, startingAfter, sockets)) {
            case AttachResult.Live _ -> log.find(id).filter(this::isOrphaned).ifPresent(header -> nudge(header, tasks));
            case AttachResult.Ended _ -> {
                var header = require(id, subject);
                requireShown(header, startingAfter);
                deliver(rest(id, startingAfter), Optional.of(socket), sockets);
            }
            case AttachResult.Unknown _ -> throw ApiException.noResponse("response_id");
        }
    }

    /**
     * Sends a reader without a socket what came after a number, and what follows, until the end or the deadline. While
     * it reads, it counts as somebody who is there. If nobody answers any more, somebody is asked to.
     *
     * @throws ApiException before anything is delivered, if there is no such response for this subject, or it has ended
     *     and was not to be stored and no number is given
     */
    public void follow(ResponseId id, Subject subject, long startingAfter, TaskQueue tasks, Sink sink, Instant deadline)
            throws ApiException, InterruptedException {
        var requested = require(id, subject);
        requireShown(requested, startingAfter);
        var found = Optional.of(requested);
        var seen = startingAfter;
        var presentUntil = Instant.MIN;
        var remindFrom = Instant.MIN;
        for (;
                found.isPresent() && clock.instant().isBefore(deadline.minus(ResponseRun.END_RESERVE));
                found = log.find(id)) {
            var header = found.get();
            var now = clock.instant();
            if (!now.plus(FOLLOWER_PRESENCE.dividedBy(2)).isBefore(presentUntil)) {
                presentUntil = now.plus(FOLLOWER_PRESENCE);
                log.follow(id, presentUntil);
            }
            if (isOrphaned(header) && !now.isBefore(remindFrom)) {
                remindFrom = now.plus(NUDGE_INTERVAL);
                nudge(header, tasks);
            }
            var events = header.status().ended()
                    ? rest(id, seen)
                    : header.lastSequence() > seen ? log.read(id, seen) : List.<Event>of();
            for (var event : events) {
                if (sink.deliver(event, LeaseCheck.ALWAYS) != SendResult.DELIVERED || event.terminal()) {
                    return;
                }
                seen = event.sequenceNumber();
            }
            sleeper.sleep(FOLLOW_POLL_INTERVAL);
        }
    }

    /**
     * Asks a response to stop. One that waits for a worker ends at once, one that runs within a second; one that has
     * ended stays as it is.
     *
     * @param asker a socket that is to be told the end, whether it follows the response or not; empty over HTTP. One
     *     that the attempt which ended the response is sending the end to is not sent it twice
     * @throws ApiException if there is no such response for this subject; over HTTP also if it has ended and was not to
     *     be stored
     */
    public void cancel(ResponseId id, Subject subject, Optional<ClientSocket> asker, Sockets sockets)
            throws ApiException, InterruptedException {
        var header = log.requestCancel(id, subject).orElseThrow(() -> ApiException.noResponse("response_id"));
        var last = header.lastSequence();
        if (header.status().ended()) {
            if (asker.isEmpty()) {
                requireReadable(header);
            } else {
                deliverRest(header, last, asker.get(), sockets);
            }
            return;
        }
        if (asker.isPresent()
                && !header.directives()
                        .subscriptions()
                        .cursors()
                        .containsKey(asker.get().connection())
                && attach(id, subject, asker.get(), last, sockets) instanceof AttachResult.Ended) {
            deliverRest(require(id, subject), last, asker.get(), sockets);
        }
        claimAndFinish(
                id,
                sockets,
                (claimed, output) ->
                        new Ending(Status.INCOMPLETE, ResponseObject.incomplete(claimed, output, "cancelled")));
    }

    /**
     * Waits until a response has ended, but not for ever.
     *
     * @return the response as it is then, whether it was to be stored or not
     * @throws ApiException if there is none for this subject
     */
    public ObjectNode awaitEnd(ResponseId id, Subject subject, Duration patience)
            throws ApiException, InterruptedException {
        var until = clock.instant().plus(patience);
        var header = require(id, subject);
        while (!header.status().ended() && clock.instant().isBefore(until)) {
            sleeper.sleep(END_POLL_INTERVAL);
            header = require(id, subject);
        }
        return show(header);
    }

    /**
     * A response as it is now, with the output so far.
     *
     * @throws ApiException if there is none for this subject, or it has ended and was not to be stored
     */
    public ObjectNode retrieve(ResponseId id, Subject subject) throws ApiException {
        var header = require(id, subject);
        requireReadable(header);
        return show(header);
    }

    /**
     * Removes a response and its events.
     *
     * @throws ApiException if there is none for this subject, or it has not ended
     */
    public void delete(ResponseId id, Subject subject) throws ApiException {
        var header = require(id, subject);
        if (!header.status().ended()) {
            throw ApiException.of(
                    409, "response_in_progress", "This response has not ended. Cancel it first.", "response_id");
        }
        log.delete(id);
    }

    // ---------------------------------------------------------------------------------------------------------------

    private record Ending(Status status, ObjectNode response) {}

    /** How to end a response of which this much has been said. */
    @FunctionalInterface
    private interface EndingOf {
        Ending of(ResponseHeader header, ArrayNode output);
    }

    private static EndingOf failed(String code, String message) {
        return (header, output) -> new Ending(Status.FAILED, ResponseObject.failed(header, output, code, message));
    }

    private Resolution resolve(Submission submission, ObjectNode body) {
        return submission.key().map(key -> keys.resolve(key, body)).orElseGet(() -> new Resolution.Free(ids.next()));
    }

    private ResponseHeader newHeader(ResponseId id, Submission submission, ObjectNode body, Execution execution)
            throws ApiException {
        var admitted = history.admit(
                submission.request().body(), submission.subject(), submission.quotaKey(), submission.connection());
        if (body.has("input")) {
            body.set("input", admitted.input());
        }
        var now = clock.instant();
        var kept = body.path("store").asBoolean(true) ? settings.kept() : settings.keptUnstored();
        var subscriptions =
                submission.socket().map(socket -> Subscriptions.of(socket, 1)).orElseGet(Subscriptions::none);
        return switch (execution) {
            case QUEUED ->
                new ResponseHeader(
                        id,
                        submission.subject(),
                        submission.quotaKey(),
                        submission.connection(),
                        execution,
                        Status.QUEUED,
                        0,
                        Instant.EPOCH,
                        -1,
                        execution.inProgressNumber(),
                        now,
                        now.plus(kept),
                        Directives.of(subscriptions),
                        admitted.conversation(),
                        body);
            case INLINE ->
                new ResponseHeader(
                        id,
                        submission.subject(),
                        submission.quotaKey(),
                        submission.connection(),
                        execution,
                        Status.IN_PROGRESS,
                        1,
                        now.plus(settings.logIntervals().lease()),
                        -1,
                        Attempt.RESERVE,
                        now,
                        now.plus(kept),
                        Directives.of(subscriptions),
                        admitted.conversation(),
                        body);
        };
    }

    /**
     * The same request again: its socket is sent everything; a worker is reminded of a prompt that may have got lost.
     */
    private ResponseId repeat(ResponseHeader header, Submission submission, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        requireRepeatable(header);
        if (header.status() == Status.QUEUED) {
            nudge(header, tasks);
        }
        if (submission.socket().isPresent()) {
            resume(header.id(), submission.subject(), submission.socket().get(), -1, sockets, tasks);
        }
        return header.id();
    }

    /** Sends a socket what concerns it; if that fails, its client resumes. */
    private void announce(ResponseId id, List<Event> events, Optional<ClientSocket> socket, Sockets sockets)
            throws InterruptedException {
        try {
            deliver(events, socket, sockets);
        } catch (RuntimeException e) {
            telemetry.emit(new Signal.Unreachable(id, e));
        }
    }

    /**
     * Ends a response whose prompt the queue did not take. If that fails too, a client that resumes it has a worker
     * reminded of it.
     */
    private void endUnqueued(ResponseId id, Sockets sockets) throws InterruptedException {
        try {
            claimAndFinish(
                    id, sockets, failed(ModelFailure.BROKEN.code(), "The prompt could not be queued. Ask again."));
        } catch (RuntimeException e) {
            telemetry.emit(new Signal.Broken(id, e));
        }
    }

    private static DelayedTask answerTask(ResponseHeader header) {
        return new DelayedTask(new Task(header.id(), header.quotaKey(), Task.Kind.ANSWER), Duration.ZERO);
    }

    private static DelayedTask watchdogTask(ResponseHeader header) {
        return new DelayedTask(new Task(header.id(), header.quotaKey(), Task.Kind.WATCHDOG), WATCHDOG_DELAY);
    }

    /** Whether it should have been taken up by now, or whoever did has fallen silent. */
    private boolean isOrphaned(ResponseHeader header) {
        var now = clock.instant();
        return switch (header.status()) {
            case QUEUED -> header.createdAt().plus(QUEUED_TIMEOUT).isBefore(now);
            case IN_PROGRESS -> header.leaseUntil().isBefore(now);
            case COMPLETED, INCOMPLETE, FAILED, CANCELLED -> false;
        };
    }

    /** Has somebody look after it; that this fails is no reason to tell a reader nothing more. */
    private void nudge(ResponseHeader header, TaskQueue tasks) {
        try {
            tasks.send(
                    List.of(new DelayedTask(new Task(header.id(), header.quotaKey(), Task.Kind.NUDGE), Duration.ZERO)));
        } catch (RuntimeException e) {
            telemetry.emit(new Signal.Broken(header.id(), e));
        }
    }

    private static CompletableFuture<Void> runAsync(Runnable work) {
        return CompletableFuture.runAsync(work, Thread::startVirtualThread);
    }

    /** For work that an answer does not depend on. */
    private CompletableFuture<Void> reportFailure(ResponseId id, CompletableFuture<Void> work) {
        return work.exceptionally(failure -> {
            telemetry.emit(new Signal.Broken(id, failure));
            return null;
        });
    }

    /**
     * Begins the log. Where its answer is lost, the log is asked what it has: an id without a key is this request's
     * alone. If the log can't be begun, the place in the group is free again.
     */
    private ResponseLog.Creation create(ResponseHeader header, Submission submission, List<Event> events) {
        try {
            return log.create(header, events);
        } catch (RuntimeException e) {
            try {
                if (log.find(header.id()).isPresent()) {
                    return submission.key().isEmpty() ? ResponseLog.Creation.CREATED : ResponseLog.Creation.EXISTS;
                }
                quota.release(header.quotaKey(), header.id());
            } catch (RuntimeException also) {
                e.addSuppressed(also);
            }
            throw e;
        }
    }

    private AnswerOutcome run(
            ResponseHeader header,
            List<Event> logged,
            Instant deadline,
            Model model,
            Sockets sockets,
            Optional<Sink> direct)
            throws InterruptedException {
        try {
            new ResponseRun(
                            header,
                            logged,
                            deadline,
                            log,
                            model,
                            socket -> new SocketSink(sockets, socket),
                            direct,
                            settings,
                            clock,
                            sleeper,
                            telemetry)
                    .run();
            quota.release(header.quotaKey(), header.id());
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

    /** Ends a response that nobody is answering now. */
    private void claimAndFinish(ResponseId id, Sockets sockets, EndingOf ending) throws InterruptedException {
        var now = clock.instant();
        if (log.claim(id, now, now.plus(END_LEASE)) instanceof Claim.Granted(var header)) {
            finish(header, sockets, ending);
        }
    }

    private void finish(ResponseHeader header, Sockets sockets, EndingOf ending) throws InterruptedException {
        var attempt = new Attempt(header, List.of());
        var output = outputSoFar(header.id());
        attempt.announceRestart();
        var last = ending.of(header, output);
        attempt.addTerminal(last.status(), last.response());
        try {
            var append = attempt.nextAppend(last.status(), header.leaseUntil());
            while (log.append(append) instanceof Append.Outcome.Outdated(var directives)) {
                attempt.applySubscriptions(directives.subscriptions());
                append = attempt.nextAppend(last.status(), header.leaseUntil());
            }
        } catch (LeaseLostException e) {
            telemetry.emit(new Signal.Broken(header.id(), e));
            return;
        }
        quota.release(header.quotaKey(), header.id());
        telemetry.emit(new Signal.Ended(
                header.id(),
                last.status(),
                ResponseObject.code(last.response()),
                attempt.lastSequence() + 1,
                Duration.between(header.createdAt(), clock.instant())));
        deliverTo(attempt.subscriptions(), header.id(), sockets);
    }

    /**
     * Sends each socket what it has not had, as far as the log knows; one that can't be posted to keeps nothing from
     * the others.
     */
    private void deliverTo(Subscriptions subscriptions, ResponseId id, Sockets sockets) throws InterruptedException {
        for (var socket : subscriptions.cursors().entrySet()) {
            var client = new ClientSocket(socket.getKey(), socket.getValue().subprotocol());
            announce(id, rest(id, socket.getValue().after()), Optional.of(client), sockets);
        }
    }

    /** Sends events to a socket, if there is one; one that is gone needs none. */
    private static void deliver(List<Event> events, Optional<ClientSocket> socket, Sockets sockets)
            throws InterruptedException {
        if (socket.isEmpty()) {
            return;
        }
        var sink = new SocketSink(sockets, socket.get());
        for (var event : events) {
            if (sink.deliver(event, LeaseCheck.ALWAYS) != SendResult.DELIVERED) {
                return;
            }
        }
    }

    /**
     * Attaches a socket, and tells the one that gives way; that this one can't be told is no reason to refuse the
     * other.
     */
    private AttachResult attach(
            ResponseId id, Subject subject, ClientSocket socket, long startingAfter, Sockets sockets)
            throws InterruptedException {
        var result = log.attach(id, subject, socket, startingAfter);
        if (result instanceof AttachResult.Live(var superseded) && superseded.isPresent()) {
            try {
                var _ = sockets.post(
                        superseded.get(), ServerMessage.superseded(id, Subscriptions.MAX_SOCKETS), LeaseCheck.ALWAYS);
            } catch (RuntimeException e) {
                telemetry.emit(new Signal.Unreachable(id, e));
            }
        }
        return result;
    }

    /** Sends a socket what came after a number in a response that has ended, unless the attempt that ended it does. */
    private void deliverRest(ResponseHeader header, long startingAfter, ClientSocket socket, Sockets sockets)
            throws InterruptedException {
        if (!header.isDelivering(socket.connection(), startingAfter, clock.instant())) {
            deliver(rest(header.id(), startingAfter), Optional.of(socket), sockets);
        }
    }

    /** What came after a number in a response that has ended: the terminal event at least, whatever the number. */
    private List<Event> rest(ResponseId id, long startingAfter) {
        var events = log.read(id, startingAfter);
        return events.isEmpty()
                ? log.find(id)
                        .map(header -> log.read(id, header.lastSequence() - 1))
                        .orElse(List.of())
                : events;
    }

    private ObjectNode show(ResponseHeader header) {
        if (header.status().ended()) {
            return (ObjectNode) Json.findObject(
                            rest(header.id(), header.lastSequence()).getLast().json())
                    .orElseThrow()
                    .path("response");
        }
        var response = ResponseObject.of(header, header.status());
        response.set("output", outputSoFar(header.id()));
        return response;
    }

    private ArrayNode outputSoFar(ResponseId id) {
        return OutputAccumulator.fromLog(log.read(id, 1));
    }

    private ResponseHeader require(ResponseId id, Subject subject) throws ApiException {
        return log.find(id)
                .filter(header -> header.subject().equals(subject))
                .orElseThrow(() -> ApiException.noResponse("response_id"));
    }

    /**
     * What was not to be stored is shown, once it has ended, only to a client that has some of it and says how much.
     */
    private static void requireShown(ResponseHeader header, long startingAfter) throws ApiException {
        if (startingAfter < 0) {
            requireReadable(header);
        }
    }

    private static void requireRepeatable(ResponseHeader header) throws ApiException {
        if (header.status().ended() && !header.stored()) {
            throw ApiException.notStored(header.id());
        }
    }

    private static void requireReadable(ResponseHeader header) throws ApiException {
        if (header.status().ended() && !header.stored()) {
            throw ApiException.noResponse("response_id");
        }
    }

    private ObjectNode withModel(CreateRequest request) {
        var body = request.body().deepCopy();
        if (!body.hasNonNull("model")) {
            body.put("model", settings.defaultModel());
        }
        return body;
    }

    private static Event status(ResponseHeader header, long sequence, String type, Status status) {
        return Event.numbered(sequence, type, ResponseObject.event(header, status));
    }
}
