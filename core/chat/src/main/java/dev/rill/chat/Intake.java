package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.KeyResolver.Resolution;
import dev.rill.chat.answer.Attempt;
import dev.rill.chat.answer.ResponseObject;
import dev.rill.chat.answer.ResponseRun;
import dev.rill.chat.history.History;
import dev.rill.chat.log.AttachResult;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Quota;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.queue.TaskQueue.DelayedTask;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sink;
import dev.rill.chat.socket.Sockets;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Takes clients' requests: new ones, which {@link Answerer} answers, and those about a response that is there. Safe for
 * use by many threads.
 */
public final class Intake {

    /** Delay of the WATCHDOG task: 24 s after acceptance a worker verifies that the response is being answered. */
    static final Duration WATCHDOG_DELAY = Duration.ofSeconds(24);

    /** A response that is queued for longer has probably lost both tasks to workers that died as they received them. */
    static final Duration QUEUED_TIMEOUT = Duration.ofMinutes(1);

    /** The least time between two NUDGE tasks by one follower. */
    private static final Duration NUDGE_INTERVAL = Duration.ofSeconds(30);

    /** Time between two reads of the log by a follower without a socket. */
    private static final Duration FOLLOW_POLL_INTERVAL = Duration.ofMillis(500);

    /** How long a follower counts as present after it has said so. */
    private static final Duration FOLLOWER_PRESENCE = Duration.ofSeconds(15);

    /** Time between two reads of the header while a caller waits for the end. */
    private static final Duration END_POLL_INTERVAL = Duration.ofMillis(200);

    /** How long a place is held for a request that is not in the log yet: longer than any function needs to log it. */
    private static final Duration ADMISSION_HOLD = Duration.ofMinutes(1);

    private static final Finisher.EndingFactory CANCELLED = Finisher.incomplete("cancelled");
    private static final Finisher.EndingFactory NOT_QUEUED =
            Finisher.failed(ModelFailure.BROKEN.code(), "The prompt could not be queued. Ask again.");

    private final ResponseLog log;
    private final Quota quota;
    private final Ids ids;
    private final Time time;
    private final IntakeSettings settings;
    private final Telemetry telemetry;
    private final History history;
    private final KeyResolver keys;
    private final SocketReplay replay;
    private final Finisher finisher;

    /** What became of a request for an inline answer. */
    sealed interface Acceptance {}

    /**
     * It is accepted: the caller has the lease and answers it now.
     *
     * @param logged its first events, which no client has been sent
     */
    record Accepted(ResponseHeader header, List<Event> logged) implements Acceptance {}

    /** It repeats the request of the response that has this header's id. */
    record Repeated(ResponseHeader header) implements Acceptance {}

    public Intake(ResponseLog log, Quota quota, Ids ids, Time time, IntakeSettings settings, Telemetry telemetry) {
        this.log = log;
        this.quota = quota;
        this.ids = ids;
        this.time = time;
        this.settings = settings;
        this.telemetry = telemetry;
        this.history = new History(log, settings.history());
        this.keys = new KeyResolver(log);
        this.replay = new SocketReplay(log, time, telemetry);
        this.finisher = new Finisher(log, quota, replay, time, telemetry);
    }

    // ---- new requests ---------------------------------------------------------------------------------------------

    /**
     * Takes a request that a worker is to answer: claims its id, logs {@code created} and {@code queued}, sends them to
     * the socket that the request came on, and only then enqueues the task, so that they reach the client before
     * anything that a worker sends. A repeat of a request finds the response that is there, and attaches its socket.
     *
     * <p>Once the log has it, the request is accepted, and nothing that fails is an error of this method: a client that
     * is told to repeat it would pay twice. If the queue does not take the task, the response ends as failed.
     *
     * @throws ApiException if the quota has no place, there is no such earlier response, or the request was answered
     *     before and was not to be stored
     */
    public ResponseId submit(Submission submission, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        var body = withModel(submission.request());
        return switch (resolve(submission, body)) {
            case Resolution.Taken(var header) -> repeat(header, submission, sockets, tasks);
            case Resolution.Free(var id) -> {
                var header = queuedHeader(id, submission, body);
                yield submission.request().warmUp()
                        ? warmUp(header, submission, sockets, tasks)
                        : submit(header, submission, sockets, tasks);
            }
        };
    }

    private ResponseId submit(ResponseHeader header, Submission submission, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        var id = header.id();
        if (quota.admitQueued(header.quotaKey(), id, time.instant().plus(ADMISSION_HOLD)) == Quota.Admission.FULL) {
            throw ApiException.tooManyRequests(
                    "Too many of your requests are waiting. Ask again when some have been answered.");
        }
        var events = List.of(
                status(header, 0, EventTypes.CREATED, Status.QUEUED),
                status(header, 1, EventTypes.QUEUED, Status.QUEUED));
        var watchdog = inBackground(id, () -> tasks.send(List.of(watchdogTask(header))));
        if (create(header, submission, events) == ResponseLog.Creation.EXISTS) {
            return repeat(log.find(id).orElseThrow(), submission, sockets, tasks);
        }
        telemetry.emit(new Signal.Accepted(id));
        var extension = inBackground(id, () -> quota.extend(header.quotaKey(), id, header.expiresAt()));
        // The watchdog guards the response should this function die now, so it must be queued before the client is
        // told.
        var watchdogFailure = watchdog.await();
        if (submission.socket().isPresent()) {
            replay.trySend(id, events, submission.socket().get(), sockets);
        }
        try {
            if (watchdogFailure.isPresent()) {
                throw watchdogFailure.get();
            }
            tasks.send(List.of(answerTask(header)));
        } catch (RuntimeException e) {
            telemetry.emit(new Signal.Broken(id, e));
            finishUnqueued(id, sockets);
        }
        extension.await().ifPresent(e -> telemetry.emit(new Signal.Broken(id, e)));
        return id;
    }

    /** Ends a response whose task is not queued. If that fails too, a client that resumes it has a worker nudged. */
    private void finishUnqueued(ResponseId id, Sockets sockets) throws InterruptedException {
        try {
            finisher.claimAndFinish(id, NOT_QUEUED, sockets);
        } catch (RuntimeException e) {
            telemetry.emit(new Signal.Broken(id, e));
        }
    }

    /** Logs and sends an empty response that has ended, which can be continued. It takes no place and asks no model. */
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
        if (submission.socket().isPresent()) {
            replay.trySend(header.id(), events, submission.socket().get(), sockets);
        }
        return header.id();
    }

    /** The same request again: its socket is sent everything; a worker is nudged, as the task may be lost. */
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

    /**
     * Accepts a request that this function answers itself: logs {@code created} with the first lease, and queues the
     * watchdog that ends the response should the function die.
     *
     * @param lease of the first attempt
     * @param deadline when this function is killed
     * @throws ApiException as {@link #submit}
     */
    Acceptance accept(Submission submission, Duration lease, Instant deadline, TaskQueue tasks) throws ApiException {
        var body = withModel(submission.request());
        return switch (resolve(submission, body)) {
            case Resolution.Taken(var header) -> {
                requireRepeatable(header);
                yield new Repeated(header);
            }
            case Resolution.Free(var id) ->
                accept(inlineHeader(id, submission, body, lease), submission, deadline, tasks);
        };
    }

    private Acceptance accept(ResponseHeader started, Submission submission, Instant deadline, TaskQueue tasks)
            throws ApiException {
        var id = started.id();
        if (quota.admitRunning(started.quotaKey(), id, deadline) == Quota.Admission.FULL) {
            throw ApiException.tooManyRequests(
                    "Too many of your requests are being answered. Ask again when some have ended.");
        }
        var created = status(started, 0, EventTypes.CREATED, Status.IN_PROGRESS);
        if (create(started, submission, List.of(created)) == ResponseLog.Creation.EXISTS) {
            releaseIfEnded(started);
            return new Repeated(started);
        }
        telemetry.emit(new Signal.Accepted(id));
        // Not waited for: the answer does not need it, and the client notices if this function dies.
        var _ = inBackground(id, () -> {
            try {
                tasks.send(List.of(watchdogTask(started)));
            } catch (RuntimeException e) {
                telemetry.emit(new Signal.Broken(id, e));
            }
        });
        var header = started.with(
                Status.IN_PROGRESS, 1, started.leaseUntil(), 0, started.reservedThrough(), started.directives());
        return new Accepted(header, List.of(created));
    }

    /** Frees the place that a repeat has taken, unless the response still runs: then the place is its own. */
    private void releaseIfEnded(ResponseHeader header) {
        if (log.find(header.id()).map(it -> it.status().ended()).orElse(true)) {
            quota.release(header.quotaKey(), header.id());
        }
    }

    // ---- requests about a response --------------------------------------------------------------------------------

    /**
     * Attaches a socket to a response: what comes after a number is sent to it, and what follows, by the attempt that
     * answers, or from here if the response has ended. If no attempt answers it any more, a worker is nudged. Beyond
     * {@value Subscriptions#MAX_SOCKETS} sockets the oldest one is told that it is superseded, and is sent nothing
     * more.
     *
     * @throws ApiException if there is no such response for this subject, or it has ended and was not to be stored and
     *     no number is given
     */
    public void resume(
            ResponseId id, Subject subject, ClientSocket socket, long startingAfter, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        switch (replay.attach(id, subject, socket, startingAfter, sockets)) {
            case AttachResult.Live _ -> log.find(id).filter(this::isOrphaned).ifPresent(header -> nudge(header, tasks));
            case AttachResult.Ended _ -> {
                requireShown(require(id, subject), startingAfter);
                replay.send(replay.eventsAfter(id, startingAfter), socket, sockets);
            }
            case AttachResult.Unknown _ -> throw ApiException.noResponse("response_id");
        }
    }

    /**
     * Sends a client without a socket what comes after a number, and what follows, until the end or the deadline. While
     * it reads, it counts as present. If no attempt answers any more, a worker is nudged.
     *
     * @throws ApiException before anything is sent, if there is no such response for this subject, or it has ended and
     *     was not to be stored and no number is given
     */
    public void follow(ResponseId id, Subject subject, long startingAfter, TaskQueue tasks, Sink sink, Instant deadline)
            throws ApiException, InterruptedException {
        var requested = require(id, subject);
        requireShown(requested, startingAfter);
        var found = Optional.of(requested);
        var sentThrough = startingAfter;
        var presentUntil = Instant.MIN;
        var nudgeFrom = Instant.MIN;
        while (found.isPresent() && time.instant().isBefore(deadline.minus(ResponseRun.END_RESERVE))) {
            var header = found.get();
            var now = time.instant();
            if (!now.plus(FOLLOWER_PRESENCE.dividedBy(2)).isBefore(presentUntil)) {
                presentUntil = now.plus(FOLLOWER_PRESENCE);
                log.follow(id, presentUntil);
            }
            if (isOrphaned(header) && !now.isBefore(nudgeFrom)) {
                nudgeFrom = now.plus(NUDGE_INTERVAL);
                nudge(header, tasks);
            }
            for (var event : newEvents(header, sentThrough)) {
                if (sink.deliver(event, LeaseCheck.ALWAYS) != SendResult.DELIVERED || event.terminal()) {
                    return;
                }
                sentThrough = event.sequenceNumber();
            }
            time.sleep(FOLLOW_POLL_INTERVAL);
            found = log.find(id);
        }
    }

    private List<Event> newEvents(ResponseHeader header, long sentThrough) {
        if (header.status().ended()) {
            return replay.eventsAfter(header.id(), sentThrough);
        }
        return header.lastSequence() > sentThrough ? log.read(header.id(), sentThrough) : List.of();
    }

    /**
     * Asks a response to stop. One that waits for a worker ends at once, one that runs within a second; one that has
     * ended stays as it is.
     *
     * @param socket is told the end, whether it subscribes to the response or not; empty over HTTP. A socket that the
     *     attempt which ended the response is sending the end to is not sent it twice
     * @throws ApiException if there is no such response for this subject; over HTTP also if it has ended and was not to
     *     be stored
     */
    public void cancel(ResponseId id, Subject subject, Optional<ClientSocket> socket, Sockets sockets)
            throws ApiException, InterruptedException {
        var header = log.requestCancel(id, subject).orElseThrow(() -> ApiException.noResponse("response_id"));
        var last = header.lastSequence();
        if (header.status().ended()) {
            if (socket.isEmpty()) {
                requireReadable(header);
            } else {
                replay.sendRest(header, last, socket.get(), sockets);
            }
            return;
        }
        if (socket.isPresent()
                && !header.directives()
                        .subscriptions()
                        .cursors()
                        .containsKey(socket.get().connection())
                && replay.attach(id, subject, socket.get(), last, sockets) instanceof AttachResult.Ended) {
            replay.sendRest(require(id, subject), last, socket.get(), sockets);
        }
        finisher.claimAndFinish(id, CANCELLED, sockets);
    }

    /**
     * Waits until a response has ended, but no longer than {@code atMost}.
     *
     * @return the response as it is then, whether it was to be stored or not
     * @throws ApiException if there is none for this subject
     */
    public ObjectNode awaitEnd(ResponseId id, Subject subject, Duration atMost)
            throws ApiException, InterruptedException {
        var until = time.instant().plus(atMost);
        var header = require(id, subject);
        while (!header.status().ended() && time.instant().isBefore(until)) {
            time.sleep(END_POLL_INTERVAL);
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

    private Resolution resolve(Submission submission, ObjectNode body) {
        return submission.key().map(key -> keys.resolve(key, body)).orElseGet(() -> new Resolution.Free(ids.next()));
    }

    private ObjectNode withModel(CreateRequest request) {
        var body = request.body().deepCopy();
        if (!body.hasNonNull("model")) {
            body.put("model", settings.defaultModel());
        }
        return body;
    }

    private ResponseHeader queuedHeader(ResponseId id, Submission submission, ObjectNode body) throws ApiException {
        return header(id, submission, body, Execution.QUEUED)
                .with(
                        Status.QUEUED,
                        0,
                        Instant.EPOCH,
                        -1,
                        Execution.QUEUED.inProgressNumber(),
                        submission
                                .socket()
                                .map(socket -> Directives.of(Subscriptions.of(socket, 1)))
                                .orElseGet(() -> Directives.of(Subscriptions.none())));
    }

    private ResponseHeader inlineHeader(ResponseId id, Submission submission, ObjectNode body, Duration lease)
            throws ApiException {
        return header(id, submission, body, Execution.INLINE)
                .with(
                        Status.IN_PROGRESS,
                        1,
                        time.instant().plus(lease),
                        -1,
                        Attempt.RESERVATION,
                        Directives.of(Subscriptions.none()));
    }

    private ResponseHeader header(ResponseId id, Submission submission, ObjectNode body, Execution execution)
            throws ApiException {
        var admitted = history.admit(
                submission.request().body(), submission.subject(), submission.quotaKey(), submission.connection());
        if (body.has("input")) {
            body.set("input", admitted.input());
        }
        var now = time.instant();
        var kept = body.path("store").asBoolean(true) ? settings.kept() : settings.keptUnstored();
        return new ResponseHeader(
                id,
                submission.subject(),
                submission.quotaKey(),
                submission.connection(),
                execution,
                Status.QUEUED,
                0,
                Instant.EPOCH,
                -1,
                0,
                now,
                now.plus(kept),
                Directives.of(Subscriptions.none()),
                admitted.conversation(),
                body);
    }

    /**
     * Begins the log. Where its answer is lost, the log is asked what it has: an id without a key is this request's
     * alone. If the log can't be begun, the place in the quota is free again.
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

    private BackgroundWork inBackground(ResponseId id, Runnable work) {
        return BackgroundWork.start(time, "intake-" + id, work);
    }

    private static DelayedTask answerTask(ResponseHeader header) {
        return task(header, Task.Kind.ANSWER, Duration.ZERO);
    }

    private static DelayedTask watchdogTask(ResponseHeader header) {
        return task(header, Task.Kind.WATCHDOG, WATCHDOG_DELAY);
    }

    private static DelayedTask task(ResponseHeader header, Task.Kind kind, Duration delay) {
        return new DelayedTask(new Task(header.id(), header.quotaKey(), kind), delay);
    }

    /** Lets a worker look after a response. A failure is reported only: it must not end what a reader is sent. */
    private void nudge(ResponseHeader header, TaskQueue tasks) {
        try {
            tasks.send(List.of(task(header, Task.Kind.NUDGE, Duration.ZERO)));
        } catch (RuntimeException e) {
            telemetry.emit(new Signal.Broken(header.id(), e));
        }
    }

    /** Whether a worker should have begun by now, or the attempt has let its lease run out. */
    private boolean isOrphaned(ResponseHeader header) {
        var now = time.instant();
        return switch (header.status()) {
            case QUEUED -> header.createdAt().plus(QUEUED_TIMEOUT).isBefore(now);
            case IN_PROGRESS -> header.leaseUntil().isBefore(now);
            case COMPLETED, INCOMPLETE, FAILED, CANCELLED -> false;
        };
    }

    private ObjectNode show(ResponseHeader header) {
        if (header.status().ended()) {
            var terminal =
                    replay.eventsAfter(header.id(), header.lastSequence()).getLast();
            return (ObjectNode) Json.findObject(terminal.json()).orElseThrow().path("response");
        }
        var response = ResponseObject.of(header, header.status());
        response.set("output", finisher.outputSoFar(header.id()));
        return response;
    }

    private ResponseHeader require(ResponseId id, Subject subject) throws ApiException {
        return log.find(id)
                .filter(header -> header.subject().equals(subject))
                .orElseThrow(() -> ApiException.noResponse("response_id"));
    }

    /** A response that was not to be stored is shown, once it has ended, only to a client that names what it has. */
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

    private static Event status(ResponseHeader header, long sequence, String type, Status status) {
        return Event.numbered(sequence, type, ResponseObject.event(header, status));
    }
}
