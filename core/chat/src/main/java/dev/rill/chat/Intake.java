package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.KeyResolver.Resolution;
import dev.rill.chat.answer.Attempt;
import dev.rill.chat.answer.ResponseObject;
import dev.rill.chat.answer.ResponseRun;
import dev.rill.chat.history.History;
import dev.rill.chat.history.InputItems;
import dev.rill.chat.history.ItemPage;
import dev.rill.chat.history.TokenEstimate;
import dev.rill.chat.log.AcceptedRequest;
import dev.rill.chat.log.AttachResult;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.Lane;
import dev.rill.chat.log.Lease;
import dev.rill.chat.log.Progress;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.log.Terms;
import dev.rill.chat.model.Endpoint;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.queue.TaskQueue.DelayedTask;
import dev.rill.chat.quota.Account;
import dev.rill.chat.quota.Candidate;
import dev.rill.chat.quota.Demand;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.RateLimitHeaders;
import dev.rill.chat.quota.UsageObject;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sink;
import dev.rill.chat.socket.Sockets;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Accepts requests of clients: new ones, which {@link Answerer} answers, and those about existing responses. Safe for
 * use by many threads.
 */
public final class Intake {

    /** A response that is queued for longer has probably lost both tasks to workers that crashed on receipt. */
    static final Duration QUEUED_TIMEOUT = Duration.ofMinutes(1);

    /** The minimum interval between two NUDGE tasks of one follower. */
    private static final Duration NUDGE_INTERVAL = Duration.ofSeconds(30);

    /** The interval between two reads of the log by a follower without a socket. */
    private static final Duration FOLLOW_POLL_INTERVAL = Duration.ofMillis(500);

    /** How long a follower counts as present after it has marked the response as followed. */
    private static final Duration FOLLOWER_PRESENCE = Duration.ofSeconds(15);

    /** The interval between two reads of the header while a caller waits for the end. */
    private static final Duration END_POLL_INTERVAL = Duration.ofMillis(200);

    /**
     * How long a place in the quota is held for a request that is not in the log yet; every function logs it sooner.
     */
    private static final Duration ADMISSION_HOLD = Duration.ofMinutes(1);

    /**
     * Tries to create a response in a lane. A try fails if the lane changes meanwhile, and each change is another's.
     */
    private static final int LANE_TRIES = 32;

    /** The id of a reservation that no other request can take over. */
    private static final String ONLY_RESERVATION = "only";

    private static final Finisher.EndingFactory CANCELLED = Finisher.cancelled();
    private static final Finisher.EndingFactory NOT_QUEUED =
            Finisher.failed(ModelFailure.SERVER_ERROR.code(), "The prompt could not be queued. Ask again.");

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
    private final ReservationAudit audit;
    private final Admitter admitter;
    private final InputItems inputItems;
    private final DirectRequests direct;
    private final Lanes lanes;

    /** The outcome of a request for an inline answer. */
    sealed interface Acceptance {}

    /**
     * The request is accepted: the caller holds the lease and answers it now.
     *
     * @param logged the first events, which the client has not been sent
     * @param rateLimits as of {@link RateLimitHeaders}
     */
    record Accepted(ResponseHeader header, List<Event> logged, Map<String, String> rateLimits) implements Acceptance {}

    /** The request is a repeat: the response with this header's id exists. The header may be outdated. */
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
        this.audit = new ReservationAudit(log, quota, time, telemetry);
        this.admitter = new Admitter(audit, time, telemetry);
        this.inputItems = new InputItems(log);
        this.direct = new DirectRequests(quota, ids, time, admitter, telemetry);
        this.lanes = new Lanes(log);
    }

    // ---- new requests ---------------------------------------------------------------------------------------------

    /**
     * Accepts a request that a worker answers: creates the response with {@code created} and {@code queued}, sends both
     * to the socket of the request, and only then enqueues the task, so that they reach the client before any event of
     * a worker. A repeat of a request attaches its socket to the existing response.
     *
     * <p>The request is accepted as soon as it is in the log. After that a failure is not an error of this method,
     * because a client that is told to repeat the request could pay twice. If the queue does not take the task, the
     * response ends as failed.
     *
     * <p>A request that is refused evicts the {@code store: false} response that it was to continue on its socket.
     *
     * @throws ApiException if the operator does not allow the request, the quota is full, the previous response or a
     *     referenced item can't be used, the conversation is too long, or the request repeats one whose response has
     *     ended and is not stored
     */
    public ResponseId submit(Submission submission, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        try {
            return submitAllowed(submission, sockets, tasks);
        } catch (ApiException e) {
            // A request that may be sent again as it is has not failed.
            if (e.error().status() != 429 && e.error().status() < 500) {
                evictPrevious(submission);
            }
            throw e;
        }
    }

    /** If the log can't be reached, the client is still told why its request is refused. */
    private void evictPrevious(Submission submission) {
        var body = submission.request().body();
        try {
            History.evictPrevious(log, body, submission.owner());
        } catch (RuntimeException e) {
            ResponseId.find(body.path("previous_response_id").asText())
                    .ifPresent(previous -> telemetry.emit(new Signal.UnexpectedError(previous, e)));
        }
    }

    private ResponseId submitAllowed(Submission submission, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        var allowed = requireAllowed(submission.request());
        return switch (resolve(submission, allowed.body())) {
            case Resolution.Taken(var header) -> repeat(header, submission, sockets, tasks);
            case Resolution.Free(var id) -> {
                var proposal = queuedProposal(id, submission, allowed);
                yield submission.request().warmUp()
                        ? warmUp(proposal.header(), submission, sockets, tasks)
                        : submit(proposal, submission, sockets, tasks);
            }
        };
    }

    private ResponseId submit(Proposal proposal, Submission submission, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        var candidate = proposal.candidate(submission, time.instant().plus(ADMISSION_HOLD));
        var admitted = admitter.admit(candidate, quota::admitQueued);
        var header = proposal.header().with(admitted.reservation());
        var id = header.id();
        var events = List.of(
                status(header, 0, EventTypes.CREATED, Status.QUEUED),
                status(header, 1, EventTypes.QUEUED, Status.QUEUED));
        var requestedAt = time.instant();
        if (!requestedAt.isBefore(candidate.until())) {
            throw new IllegalStateException("the function was frozen until the place of " + id + " had expired");
        }
        var watchdog = inBackground(id, () -> tasks.send(List.of(QueuedTasks.watchdog(header))));
        var creation = createInLane(header, submission, events, candidate.until(), tasks);
        if (creation == InLane.EXISTS) {
            audit.releaseRepeat(header, candidate.until());
            return repeat(require(id, submission.subject()), submission, sockets, tasks);
        }
        telemetry.emit(new Signal.Accepted(id));
        var extension = inBackground(id, () -> quota.extend(header.quotaKey(), id, header.expiresAt()));
        // If this function crashes now, only the watchdog is left, so it must be queued before the client is told.
        var watchdogFailure = watchdog.await();
        if (submission.socket().isPresent()) {
            replay.trySend(id, events, submission.socket().get(), sockets);
        }
        try {
            if (watchdogFailure.isPresent()) {
                throw watchdogFailure.get();
            }
            var due = new ArrayList<DelayedTask>();
            if (creation == InLane.FIRST) {
                due.add(QueuedTasks.answer(header));
            }
            if (mayMissResponse(requestedAt)) {
                due.add(QueuedTasks.watchdog(header));
            }
            if (!due.isEmpty()) {
                tasks.send(due);
            }
        } catch (RuntimeException e) {
            telemetry.emit(new Signal.UnexpectedError(id, e));
            finishUnqueued(header, sockets, tasks);
        }
        extension.await().ifPresent(e -> telemetry.emit(new Signal.UnexpectedError(id, e)));
        audit.settleOverdue(header.quotaKey(), admitted.overdue());
        return id;
    }

    /** Ends a response whose task is not queued. If that fails too, a client that resumes it causes a NUDGE task. */
    private void finishUnqueued(ResponseHeader header, Sockets sockets, TaskQueue tasks) throws InterruptedException {
        try {
            endAndHandOn(header, NOT_QUEUED, sockets, tasks);
        } catch (RuntimeException e) {
            telemetry.emit(new Signal.UnexpectedError(header.id(), e));
        }
    }

    /**
     * Ends a response without a model, unless an attempt holds its lease or it has ended, and queues the next one of
     * its lane. If that fails, a task of a response of the lane does it.
     */
    private void endAndHandOn(ResponseHeader header, Finisher.EndingFactory ending, Sockets sockets, TaskQueue tasks)
            throws InterruptedException {
        if (finisher.claimAndFinish(header.id(), ending, sockets)
                && header.lane().isPresent()) {
            try {
                lanes.handOn(header.lane().get(), header.id(), tasks);
            } catch (RuntimeException e) {
                telemetry.emit(new Signal.UnexpectedError(header.id(), e));
            }
        }
    }

    /** The outcome of creating a response that may have to wait in its lane. */
    private enum InLane {
        /** It is the first one of its lane, or has none. */
        FIRST,
        /** The end of one before it queues it. */
        BEHIND,
        EXISTS
    }

    /**
     * Creates a response at the end of its lane, if it has one.
     *
     * @param admittedUntil until when the request has its place in the quota
     * @throws ApiException if the lane is full; the place is free then
     */
    private InLane createInLane(
            ResponseHeader header, Submission submission, List<Event> events, Instant admittedUntil, TaskQueue tasks)
            throws ApiException {
        if (header.lane().isEmpty()) {
            return created(create(header, submission, events, Optional.empty()), true);
        }
        for (int tries = 0; tries < LANE_TRIES; tries++) {
            var lane = lanes.beforeCreation(header.lane().get(), header.id(), tasks);
            if (lane.isFull()) {
                audit.releaseRepeat(header, admittedUntil);
                throw LimitErrors.laneFull();
            }
            var longer = lane.with(header.id(), header.expiresAt());
            var creation = create(header, submission, events, Optional.of(longer));
            if (creation != ResponseLog.Creation.LANE_CHANGED) {
                return created(creation, longer.isFirst(header.id()));
            }
        }
        audit.releaseRepeat(header, admittedUntil);
        throw new IllegalStateException("the lane of " + header.id() + " was changed each time that it was read");
    }

    private static InLane created(ResponseLog.Creation creation, boolean first) {
        return switch (creation) {
            case CREATED -> first ? InLane.FIRST : InLane.BEHIND;
            case EXISTS -> InLane.EXISTS;
            case LANE_CHANGED -> throw new IllegalStateException("a response without a lane was created in one");
        };
    }

    /** Creates and sends a completed response without output, which can be continued. Uses neither quota nor model. */
    private ResponseId warmUp(ResponseHeader queued, Submission submission, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        var header = queued.with(new Progress(Status.COMPLETED, queued.lease(), queued.lastSequence()));
        var events = List.of(
                status(header, 0, EventTypes.CREATED, Status.QUEUED),
                status(header, 1, EventTypes.QUEUED, Status.QUEUED),
                status(header, 2, EventTypes.IN_PROGRESS, Status.IN_PROGRESS),
                Event.numbered(3, EventTypes.COMPLETED, ResponseObject.event(ResponseObject.warmedUp(header))));
        if (create(header, submission, events, Optional.empty()) == ResponseLog.Creation.EXISTS) {
            return repeat(require(header.id(), submission.subject()), submission, sockets, tasks);
        }
        telemetry.emit(new Signal.Accepted(header.id()));
        if (submission.socket().isPresent()) {
            replay.trySend(header.id(), events, submission.socket().get(), sockets);
        }
        return header.id();
    }

    /**
     * Handles a repeat: sends its socket all events, and nudges a worker if the response is queued, as its task may be
     * lost.
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

    /**
     * Accepts a request that this function answers itself: creates the response with {@code created} and the first
     * lease, and queues the watchdog, which ends the response if this function crashes.
     *
     * @param lease the duration of the first attempt's lease
     * @param deadline when Lambda ends this function
     * @throws ApiException as {@link #submit}
     */
    Acceptance accept(Submission submission, Duration lease, Instant deadline, TaskQueue tasks)
            throws ApiException, InterruptedException {
        var allowed = requireAllowed(submission.request());
        return switch (resolve(submission, allowed.body())) {
            case Resolution.Taken(var header) -> {
                requireRepeatable(header);
                yield new Repeated(header);
            }
            case Resolution.Free(var id) ->
                accept(inlineProposal(id, submission, allowed, lease), submission, deadline, tasks);
        };
    }

    private Acceptance accept(Proposal proposal, Submission submission, Instant deadline, TaskQueue tasks)
            throws ApiException, InterruptedException {
        var admitted = admitter.admit(proposal.candidate(submission, deadline), quota::admitInline);
        var started = proposal.header().with(admitted.reservation());
        var id = started.id();
        var created = status(started, 0, EventTypes.CREATED, Status.IN_PROGRESS);
        // The watchdog guards the response should this function crash, so it is queued before a client is sent
        // anything.
        var requestedAt = time.instant();
        var watchdog = inBackground(id, () -> tasks.send(List.of(QueuedTasks.watchdog(started))));
        if (create(started, submission, List.of(created), Optional.empty()) == ResponseLog.Creation.EXISTS) {
            audit.releaseRepeat(started, deadline);
            return new Repeated(started);
        }
        telemetry.emit(new Signal.Accepted(id));
        // Without it the answer goes on: the client notices if this function crashes.
        watchdog.await().ifPresent(e -> telemetry.emit(new Signal.UnexpectedError(id, e)));
        if (mayMissResponse(requestedAt)) {
            trySend(QueuedTasks.watchdog(started), tasks);
        }
        if (!admitted.overdue().isEmpty()) {
            // The answer does not wait for it.
            inBackground(id, () -> audit.settleOverdue(started.quotaKey(), admitted.overdue()));
        }
        return new Accepted(
                started.with(started.progress().at(created.sequenceNumber())),
                List.of(created),
                RateLimitHeaders.of(admitted.standing(), time.instant()));
    }

    /**
     * Whether the watchdog may have been delivered before the response was in the log, and so have been dropped: Lambda
     * can freeze this function between the two.
     *
     * @param requestedAt before the watchdog was queued
     */
    private boolean mayMissResponse(Instant requestedAt) {
        return !time.instant().isBefore(requestedAt.plus(QueuedTasks.WATCHDOG_DELAY));
    }

    // ---- requests about a response --------------------------------------------------------------------------------

    /**
     * Attaches a socket to a response. The attempt that answers the response sends it the events after a number; if the
     * response has ended, this method sends them. If the response is orphaned, a worker is nudged. Beyond
     * {@value Subscriptions#MAX_SOCKETS} sockets the oldest one is sent an error, and no more events.
     *
     * @param startingAfter the sequence number of the last event that the client has; -1 if none
     * @throws ApiException if the subject has no such response, or if the response has ended, is not stored, and
     *     {@code startingAfter} is -1
     */
    public void resume(
            ResponseId id, Subject subject, ClientSocket socket, long startingAfter, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        switch (replay.attach(id, subject, socket, startingAfter, sockets)) {
            case AttachResult.Live _ -> log.find(id).filter(this::isOrphaned).ifPresent(header -> nudge(header, tasks));
            case AttachResult.Ended _ -> {
                requireResumable(require(id, subject), startingAfter);
                replay.send(endedEventsAfter(id, startingAfter), socket, sockets);
            }
            case AttachResult.Unknown _ -> throw ApiException.noResponse("response_id");
        }
    }

    /**
     * Sends a client without a socket the events of a response after a number, until the terminal event or
     * {@link ResponseRun#END_RESERVE} before the deadline. Reads the log every 500 ms. The client counts as present
     * meanwhile. If the response is orphaned, a worker is nudged.
     *
     * @param startingAfter the sequence number of the last event that the client has; -1 if none
     * @throws ApiException before anything is sent; as {@link #resume}
     */
    public void follow(ResponseId id, Subject subject, long startingAfter, TaskQueue tasks, Sink sink, Instant deadline)
            throws ApiException, InterruptedException {
        var initial = require(id, subject);
        requireResumable(initial, startingAfter);
        var current = Optional.of(initial);
        var sentThrough = startingAfter;
        var presentUntil = Instant.MIN;
        var nextNudge = Instant.MIN;
        var nextKeepAlive = time.instant().plus(Sink.KEEP_ALIVE_INTERVAL);
        while (current.isPresent() && time.instant().isBefore(deadline.minus(ResponseRun.END_RESERVE))) {
            var header = current.get();
            var now = time.instant();
            if (!now.plus(FOLLOWER_PRESENCE.dividedBy(2)).isBefore(presentUntil)) {
                presentUntil = now.plus(FOLLOWER_PRESENCE);
                log.markFollowed(id, presentUntil);
            }
            if (isOrphaned(header) && !now.isBefore(nextNudge)) {
                nextNudge = now.plus(NUDGE_INTERVAL);
                nudge(header, tasks);
            }
            for (var event : newEvents(header, sentThrough)) {
                if (sink.deliver(event, LeaseCheck.ALWAYS) != SendResult.DELIVERED || event.terminal()) {
                    return;
                }
                sentThrough = event.sequenceNumber();
                nextKeepAlive = time.instant().plus(Sink.KEEP_ALIVE_INTERVAL);
            }
            if (!time.instant().isBefore(nextKeepAlive)) {
                if (sink.keepAlive() != SendResult.DELIVERED) {
                    return;
                }
                nextKeepAlive = time.instant().plus(Sink.KEEP_ALIVE_INTERVAL);
            }
            time.sleep(FOLLOW_POLL_INTERVAL);
            current = log.find(id);
        }
    }

    private List<Event> newEvents(ResponseHeader header, long sentThrough) {
        if (header.status().ended()) {
            return replay.eventsAfter(header.id(), sentThrough);
        }
        return header.lastSequence() > sentThrough ? log.read(header.id(), sentThrough) : List.of();
    }

    /**
     * Cancels a response. A queued response ends at once, a running one within a second. Does nothing to a response
     * that has ended.
     *
     * @param socket the socket of the client, which is sent the terminal event once, whether it is attached to the
     *     response or not; empty over HTTP
     * @throws ApiException if the subject has no such response; over HTTP also if the response has ended and is not
     *     stored
     */
    public void cancel(ResponseId id, Subject subject, Optional<ClientSocket> socket, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        var header = log.requestCancel(id, subject).orElseThrow(() -> ApiException.noResponse("response_id"));
        var last = header.lastSequence();
        if (header.status().ended()) {
            if (socket.isEmpty()) {
                requireReadable(header);
            } else {
                replay.sendRest(header, last, attached(header, socket.get()), sockets);
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
        endAndHandOn(header, CANCELLED, sockets, tasks);
    }

    /** The socket as the message that attached it has named its stream; the socket itself if it is not attached. */
    private static ClientSocket attached(ResponseHeader header, ClientSocket socket) {
        var cursor = header.directives().subscriptions().cursors().get(socket.connection());
        return cursor == null ? socket : cursor.socket(socket.connection());
    }

    /**
     * Blocks until a response has ended, but no longer than {@code atMost}. Reads the header every 200 ms.
     *
     * @return the response object at that time, even if the response is not stored
     * @throws ApiException if the subject has no such response
     */
    public ObjectNode awaitEnd(ResponseId id, Subject subject, Duration atMost)
            throws ApiException, InterruptedException {
        var until = time.instant().plus(atMost);
        var header = require(id, subject);
        while (!header.status().ended() && time.instant().isBefore(until)) {
            time.sleep(END_POLL_INTERVAL);
            header = require(id, subject);
        }
        return responseObject(header);
    }

    /**
     * Returns what a client has used, and what its limits leave, by its {@link #account}. Counts against no limit.
     *
     * @param limits of the client
     */
    public ObjectNode usage(Subject subject, QuotaKey quotaKey, Limits limits) {
        return UsageObject.of(subject, account(quotaKey), limits, time.instant());
    }

    /**
     * Returns the models that a request may name, as {@code {"object": "list", "data"}}.
     *
     * @throws ApiException 503 if it is not known what the operator allows
     */
    public ObjectNode models(Model model) throws ApiException {
        return allowedModels(model).toJson();
    }

    /**
     * Returns one of the {@link #models}.
     *
     * @throws ApiException 404 if it is none of them; 503 as there
     */
    public ObjectNode model(String name, Model model) throws ApiException {
        return allowedModels(model).require(name);
    }

    private ModelList allowedModels(Model model) throws ApiException {
        return ModelList.of(settings.policy().policy(), settings.defaultModel(), model.models());
    }

    /**
     * Returns the response object with the output so far.
     *
     * @throws ApiException if the subject has no such response, or if it has ended and is not stored
     */
    public ObjectNode retrieve(ResponseId id, Subject subject) throws ApiException {
        var header = require(id, subject);
        requireReadable(header);
        return responseObject(header);
    }

    /**
     * Returns a page of the items that a response was given, those of earlier turns included.
     *
     * @throws ApiException as {@link #retrieve}, and as {@link InputItems#list}
     */
    public ObjectNode inputItems(ResponseId id, Subject subject, ItemPage page) throws ApiException {
        var header = require(id, subject);
        requireReadable(header);
        return inputItems.list(header, page);
    }

    /**
     * Asks the model's server for something else than an answer. The request counts as one of the client's, takes a
     * place while it runs, and is booked by its usage. Nothing of it is logged.
     *
     * @param submission without a socket or an idempotency key
     * @param deadline when Lambda ends this function
     * @throws ApiException as {@link #submit}, and if the model's server refuses the request, fails, or has no such
     *     endpoint
     */
    public DirectAnswer ask(Endpoint endpoint, Submission submission, Instant deadline, Model model)
            throws ApiException, InterruptedException {
        if (endpoint == Endpoint.COMPACT && !submission.request().body().hasNonNull("model")) {
            // The standard requires it, unlike that of an answer.
            throw ApiException.missing("model");
        }
        var allowed = requireAllowed(submission.request());
        var admitted = history.admit(submission.request().body(), submission.owner());
        var body = allowed.body();
        if (body.has("input")) {
            body.set("input", admitted.input());
        }
        return direct.ask(
                new DirectRequests.Request(endpoint, body, admitted.earlierTokens(), history),
                submission,
                deadline,
                model);
    }

    /**
     * Returns the body of the request of a response that has not ended; empty if it has ended, or if the subject has no
     * such response.
     */
    public Optional<ObjectNode> findRunning(ResponseId id, Subject subject) {
        return log.find(id)
                .filter(header -> header.subject().equals(subject))
                .filter(header -> !header.status().ended())
                .map(header -> header.request().body());
    }

    /**
     * Deletes a response and its events.
     *
     * @throws ApiException if the subject has no such response, or if it has not ended
     */
    public void delete(ResponseId id, Subject subject) throws ApiException {
        var header = require(id, subject);
        if (!header.status().ended()) {
            throw ApiException.of(
                    409, "response_in_progress", "This response has not ended. Cancel it first.", "response_id");
        }
        quota.settle(header.quotaKey(), id, header.settlement());
        log.delete(id);
    }

    /**
     * Returns the account of a client with the present periods. Settles some abandoned reservations before, so that
     * what a crashed function has not booked is in it.
     */
    public Account account(QuotaKey quotaKey) {
        var account = quota.account(quotaKey);
        var overdue = account.overdue(time.instant());
        audit.settleOverdue(quotaKey, overdue);
        return (overdue.isEmpty() ? account : quota.account(quotaKey)).at(time.instant());
    }

    // ---------------------------------------------------------------------------------------------------------------

    private Resolution resolve(Submission submission, ObjectNode body) {
        return submission.key().map(key -> keys.resolve(key, body)).orElseGet(() -> new Resolution.Free(ids.next()));
    }

    /**
     * A request that the operator allows.
     *
     * @param body its body with a model
     * @param outputTokenLimit as of {@link Terms}
     */
    private record AllowedRequest(ObjectNode body, OptionalInt outputTokenLimit) {}

    /**
     * Checks a request before anything is done for it. A repeat is checked again: its response may have been accepted
     * under another policy.
     */
    private AllowedRequest requireAllowed(CreateRequest request) throws ApiException {
        var policy = settings.policy().policy();
        policy.check(request, settings.defaultModel());
        return new AllowedRequest(withModel(request), policy.outputTokenLimit(request));
    }

    private ObjectNode withModel(CreateRequest request) {
        var body = request.body().deepCopy();
        if (!body.hasNonNull("model")) {
            body.put("model", settings.defaultModel());
        }
        return body;
    }

    /**
     * A response that is not admitted yet.
     *
     * @param demand the tokens that it may use
     */
    private record Proposal(ResponseHeader header, Demand demand, String reservationId) {

        Proposal with(ResponseHeader newHeader) {
            return new Proposal(newHeader, demand, reservationId);
        }

        Candidate candidate(Submission submission, Instant until) {
            return new Candidate(header.quotaKey(), header.id(), reservationId, until, submission.limits(), demand);
        }
    }

    /** The socket of the request is sent {@code created} and {@code queued} by this function. */
    private Proposal queuedProposal(ResponseId id, Submission submission, AllowedRequest allowed) throws ApiException {
        var subscriptions =
                submission.socket().map(socket -> Subscriptions.of(socket, 1)).orElseGet(Subscriptions::none);
        var proposal = proposal(id, submission, allowed, Execution.QUEUED);
        return proposal.with(proposal.header().with(Directives.of(subscriptions)));
    }

    private Proposal inlineProposal(ResponseId id, Submission submission, AllowedRequest allowed, Duration lease)
            throws ApiException {
        var first = new Lease(1, time.instant().plus(lease), Attempt.RESERVATION);
        var proposal = proposal(id, submission, allowed, Execution.INLINE);
        return proposal.with(proposal.header().with(new Progress(Status.IN_PROGRESS, first, -1)));
    }

    private Proposal proposal(ResponseId id, Submission submission, AllowedRequest allowed, Execution execution)
            throws ApiException {
        var admitted = history.admit(submission.request().body(), submission.owner());
        var body = allowed.body();
        if (body.has("input")) {
            body.set("input", admitted.input());
        }
        var now = time.instant();
        var retention = body.path("store").asBoolean(true) ? settings.retention() : settings.unstoredRetention();
        var terms = new Terms(allowed.outputTokenLimit(), submission.limits().running(), Optional.empty());
        var request = new AcceptedRequest(body, terms, execution, now, now.plus(retention));
        var header = new ResponseHeader(
                id,
                submission.owner(),
                request,
                Progress.queued(execution.inProgressNumber()),
                Directives.of(Subscriptions.none()),
                admitted.conversation());
        var demand = new Demand(admitted.earlierTokens() + TokenEstimate.ofRequest(body), request.outputCeiling());
        return new Proposal(header, demand, reservationId(submission));
    }

    /** Without a key the id of the response is this request's alone, and so is its reservation. */
    private String reservationId(Submission submission) {
        return submission.key().isEmpty() ? ONLY_RESERVATION : ids.next().value();
    }

    /**
     * Creates the response in the log. If the outcome is unknown, reads the log: without a key the id is unique to this
     * request, so an existing response is its own. If the response does not exist, frees its place in the quota.
     */
    private ResponseLog.Creation create(
            ResponseHeader header, Submission submission, List<Event> events, Optional<Lane> lane) {
        try {
            return log.create(header, events, lane);
        } catch (RuntimeException e) {
            try {
                if (log.find(header.id()).isPresent()) {
                    return submission.key().isEmpty() ? ResponseLog.Creation.CREATED : ResponseLog.Creation.EXISTS;
                }
                // The write may still take effect, so only the place is freed, and the audit settles the reservation.
                quota.settle(header.quotaKey(), header.id(), Optional.empty());
            } catch (RuntimeException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private BackgroundWork inBackground(ResponseId id, Runnable work) {
        return BackgroundWork.start(time, "intake-" + id, work);
    }

    /**
     * Has a worker see to a response whose task may be lost, and to the first one of its lane, for whose end it may
     * wait.
     */
    private void nudge(ResponseHeader header, TaskQueue tasks) {
        trySend(QueuedTasks.nudge(header), tasks);
        firstOfLane(header)
                .filter(first -> !first.id().equals(header.id()))
                .filter(this::isOrphaned)
                .ifPresent(first -> trySend(QueuedTasks.nudge(first), tasks));
    }

    private Optional<ResponseHeader> firstOfLane(ResponseHeader header) {
        try {
            return header.lane().flatMap(lane -> log.lane(lane).first()).flatMap(log::find);
        } catch (RuntimeException e) {
            telemetry.emit(new Signal.UnexpectedError(header.id(), e));
            return Optional.empty();
        }
    }

    /** Sends a task. A failure only emits a signal, because the client is still sent events. */
    private void trySend(DelayedTask task, TaskQueue tasks) {
        try {
            tasks.send(List.of(task));
        } catch (RuntimeException e) {
            telemetry.emit(new Signal.UnexpectedError(task.task().responseId(), e));
        }
    }

    /**
     * Whether no worker has started the response within {@link #QUEUED_TIMEOUT}, or the lease of its attempt has
     * expired.
     */
    private boolean isOrphaned(ResponseHeader header) {
        var now = time.instant();
        return switch (header.status()) {
            case QUEUED -> header.createdAt().plus(QUEUED_TIMEOUT).isBefore(now);
            case IN_PROGRESS -> header.leaseUntil().isBefore(now);
            case COMPLETED, INCOMPLETE, FAILED, CANCELLED -> false;
        };
    }

    private ObjectNode responseObject(ResponseHeader header) throws ApiException {
        if (header.status().ended()) {
            var terminal = endedEventsAfter(header.id(), header.lastSequence()).getLast();
            return (ObjectNode) terminal.payload().path("response");
        }
        return ResponseObject.running(header, finisher.outputSoFar(header.id()));
    }

    /** @throws ApiException if the response was deleted after its header was read */
    private List<Event> endedEventsAfter(ResponseId id, long startingAfter) throws ApiException {
        var events = replay.eventsAfter(id, startingAfter);
        if (events.isEmpty()) {
            throw ApiException.noResponse("response_id");
        }
        return events;
    }

    private ResponseHeader require(ResponseId id, Subject subject) throws ApiException {
        return log.find(id)
                .filter(header -> header.subject().equals(subject))
                .orElseThrow(() -> ApiException.noResponse("response_id"));
    }

    /** A response that has ended and is not stored may be read only by a client that states the last event it has. */
    private static void requireResumable(ResponseHeader header, long startingAfter) throws ApiException {
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
