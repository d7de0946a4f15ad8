package dev.rill.chat.answer;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.Chat;
import dev.rill.chat.log.AcceptedRequest;
import dev.rill.chat.log.Append;
import dev.rill.chat.log.AttachResult;
import dev.rill.chat.log.Claim;
import dev.rill.chat.log.ConversationSize;
import dev.rill.chat.log.Cursor;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.Owner;
import dev.rill.chat.log.Progress;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.Account;
import dev.rill.chat.quota.Admission;
import dev.rill.chat.quota.Candidate;
import dev.rill.chat.quota.Demand;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.Overdue;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.Reservation;
import dev.rill.chat.quota.Settlement;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Explores every order in which two workers, two clients, a stop, a repeat of the request, lost answers and a crash can
 * act on one response and on its account, up to a number of steps. After each step the safety of the protocol is
 * checked. From each state that is reached, the workers that are alive go on without another fault, and then the
 * response must have come to one end that each client was sent.
 *
 * <p>A step is one request to the log, its answer, one post, or a fault; the log requests are those that
 * {@link Attempt#next} returns, as in production. A path is replayed from the start, on the in-memory log and a clock
 * that only a step moves; a state that was reached before is not explored again.
 */
public final class DeliveryProtocolExplorer {

    private static final Duration LEASE = Duration.ofSeconds(20);

    /** Every request is due at once. */
    private static final LogIntervals INTERVALS = new LogIntervals(Duration.ZERO, Duration.ZERO, LEASE);

    /** More than a path has deliveries. */
    private static final int ATTEMPTS = 1000;

    private static final ResponseId ID = ResponseIds.of(1);
    private static final Subject SUBJECT = new Subject("subject");
    private static final QuotaKey QUOTA_KEY = new QuotaKey("g");
    private static final Limits LIMITS = new Limits(0, 0, 0, 1_000, 0, 50);
    private static final long INPUT_TOKENS = 10;
    private static final Task.Kind TASK = Task.Kind.WATCHDOG;
    private static final List<String> MODEL = List.of("response.in_progress", "a", "b");

    private final Bounds bounds;
    private final Set<String> states = new HashSet<>();

    /**
     * What is explored.
     *
     * @param steps of a path, at most
     * @param maxSockets that one response is sent to; with few, a new socket supersedes the oldest one
     * @param skew by which the second worker's clock is ahead
     */
    public record Bounds(int steps, int maxSockets, Duration skew) {}

    private sealed interface Step {
        /** A worker receives the task, for the first time or again, and claims the lease. */
        record Receive(int worker) implements Step {}

        /** The model sends its next event, or a stopped worker adds the terminal event. */
        record Relay(int worker) implements Step {}

        /** A worker's model fails after output, and another one answers. */
        record Replace(int worker) implements Step {}

        /** A worker's log writer makes the request that is due, and the log performs it. */
        record Request(int worker) implements Step {}

        /** The answer to the request reaches the log writer. */
        record Answer(int worker) implements Step {}

        /** The answer is lost: the log writer can't tell whether the log has performed the request. */
        record LoseAnswer(int worker) implements Step {}

        /** The request is throttled, or refused by mistake: the log has not performed it. */
        record FailRequest(int worker) implements Step {}

        /** The log grants a claim, but the worker dies before it has the answer. */
        record LoseClaim() implements Step {}

        /** A function cancels for a client, and dies when it has claimed the lease to end the response. */
        record LoseCancel() implements Step {}

        /** A worker posts the next event to a client. */
        record Post(int worker, int client) implements Step {}

        /** A worker dies. */
        record Crash(int worker) implements Step {}

        /** Half a lease passes. */
        record Tick() implements Step {}

        /** A worker finds that a client's earlier socket is gone. */
        record FindGone(int worker, int client) implements Step {}

        /** A client loses its socket, connects again and resumes. */
        record Reconnect(int client) implements Step {}

        /** A client whose socket was superseded resumes on it. */
        record Resume(int client) implements Step {}

        /** A client cancels the response. */
        record Cancel(int client) implements Step {}

        /** A worker whose attempt has ended the response books it. */
        record Settle(int worker) implements Step {}

        /** A request with the same idempotency key is admitted beside the first one. */
        record AdmitRepeat() implements Step {}

        /** That request finds that the response exists, and frees what it has taken. */
        record ReleaseRepeat() implements Step {}
    }

    private DeliveryProtocolExplorer(Bounds bounds) {
        this.bounds = bounds;
    }

    /**
     * Explores.
     *
     * @return how many states were reached
     * @throws AssertionError at the first violation, with the steps that lead to it
     */
    public static int explore(Bounds bounds) {
        var explorer = new DeliveryProtocolExplorer(bounds);
        explorer.explore(new ArrayList<>());
        return explorer.states.size();
    }

    private void explore(List<Step> path) {
        var world = replay(path);
        if (!states.add(world.fingerprint())) {
            return;
        }
        var steps = world.possible();
        world.runToEnd();
        if (path.size() == bounds.steps()) {
            return;
        }
        for (var step : steps) {
            path.add(step);
            explore(path);
            path.removeLast();
        }
    }

    private World replay(List<Step> path) {
        var world = new World(path, bounds);
        path.forEach(world::take);
        return world;
    }

    /** A client as the protocol wants it: takes the next number, drops what it has seen. */
    private static final class Client {
        final int name;
        ConnectionId connection;
        int connected;
        long last = 1;
        String text = "";
        int ends;
        /** Its socket was attached by its cancel, and so is sent only events after the newest one. */
        boolean attachedByCancel;
        /** It has found a gap, and has resumed on the same socket. */
        boolean resumesAtGap;

        Client(int name) {
            this.name = name;
            this.connection = new ConnectionId("c" + name + ".0");
        }

        ConnectionId earlier() {
            return new ConnectionId("c" + name + "." + (connected - 1));
        }

        ClientSocket socket() {
            return ClientSocket.of(connection);
        }
    }

    private static final class Worker {
        /** This worker's clock is ahead of the log's by this. */
        final Duration skew;

        @Nullable
        Attempt attempt;

        /** What the log has answered to the request that is under way. */
        @Nullable
        Outcome underWay;

        /** One entry for each thread that sends to a socket, with the last number that it has sent. */
        final Map<Subscriber.Socket, Long> subscribers = new LinkedHashMap<>();

        final Map<ConnectionId, Long> gone = new LinkedHashMap<>();
        int modelEvents;
        boolean concluded;
        boolean stopRequested;
        boolean settled;

        Worker(Duration skew) {
            this.skew = skew;
        }

        void subscribe(ConnectionId connection, Cursor cursor) {
            subscribers.put(new Subscriber.Socket(connection, cursor.version()), cursor.after());
        }

        boolean isSendingTo(ConnectionId connection) {
            return subscribers.keySet().stream()
                    .anyMatch(subscriber -> subscriber.connection().equals(connection));
        }
    }

    /** A request and its answer, on its way to the log writer. */
    private record Outcome(Attempt.Action request, Consumer<Attempt> answer, String name) {}

    private static final class World {
        private final List<Step> path;
        private final int maxReconnects;
        private final ManualTime time = new ManualTime();
        private final Instant begun = time.instant();
        private final InMemoryResponseLog log;
        private final List<Client> clients = List.of(new Client(0), new Client(1));
        private final List<Worker> workers;
        private final Map<Long, String> meanings = new HashMap<>();
        private final Map<ConnectionId, Set<Long>> received = new HashMap<>();
        /** The version of the subscriptions by which each socket was superseded. */
        private final Map<ConnectionId, Long> superseded = new HashMap<>();
        /**
         * Sockets that resumed after they were superseded or the response had ended: events may be sent to them again.
         */
        private final Set<ConnectionId> resumedAgain = new HashSet<>();

        private Account account = Account.EMPTY;
        /** What the repeat has been given; empty before it is admitted. */
        private Optional<Reservation> repeated = Optional.empty();

        private boolean repeatReleased;

        /** The greatest number by which an attempt or a restart within one was announced. */
        private int announced;

        private int replacements;
        private int receives;
        private int ticks;
        private int crashes;
        private int reconnects;
        private int cancels;
        private int resumes;
        private int faults;

        World(List<Step> path, Bounds bounds) {
            this.path = path;
            this.workers = List.of(new Worker(Duration.ZERO), new Worker(bounds.skew()));
            this.maxReconnects = bounds.maxSockets() < Subscriptions.MAX_SOCKETS ? 2 : 1;
            this.log = new InMemoryResponseLog(time, bounds.maxSockets());
            var subscriptions = Subscriptions.of(clients.getFirst().socket(), 1)
                    .with(clients.getLast().socket(), 1, bounds.maxSockets());
            var header = new ResponseHeader(
                    ID,
                    new Owner(SUBJECT, QUOTA_KEY, Optional.empty()),
                    new AcceptedRequest(Json.object(), Execution.QUEUED, begun, begun.plus(Duration.ofDays(1))),
                    Progress.queued(Execution.QUEUED.inProgressNumber()),
                    Directives.of(subscriptions),
                    ConversationSize.ZERO);
            log.create(
                    header.with(admit("first", begun)),
                    List.of(new Event(0, "response.created", "created"), new Event(1, "response.queued", "queued")));
        }

        List<Step> possible() {
            var steps = new ArrayList<Step>();
            for (int w = 0; w < workers.size(); w++) {
                var worker = workers.get(w);
                var attempt = worker.attempt;
                if (attempt == null) {
                    // Workers are alike: the second one matters only beside the first.
                    if (receives < 3 && (w == 0 || workers.getFirst().attempt != null)) {
                        steps.add(new Step.Receive(w));
                    }
                    continue;
                }
                if (crashes == 0) {
                    steps.add(new Step.Crash(w));
                }
                if (!worker.concluded) {
                    steps.add(new Step.Relay(w));
                    if (replacements == 0 && worker.modelEvents > 1 && !worker.stopRequested) {
                        steps.add(new Step.Replace(w));
                    }
                }
                if (attempt.hasEnded() && !worker.settled) {
                    steps.add(new Step.Settle(w));
                }
                addLogSteps(steps, w, worker, attempt);
                for (var client : clients) {
                    if (nextFor(worker, client).isPresent()) {
                        steps.add(new Step.Post(w, client.name));
                    }
                    if (maxReconnects > 1 && client.connected > 0 && worker.isSendingTo(client.earlier())) {
                        steps.add(new Step.FindGone(w, client.name));
                    }
                }
            }
            if (ticks < 4) {
                steps.add(new Step.Tick());
            }
            if (repeated.isEmpty()) {
                steps.add(new Step.AdmitRepeat());
            } else if (!repeatReleased) {
                steps.add(new Step.ReleaseRepeat());
            }
            if (faults == 0 && receives < 3) {
                steps.add(new Step.LoseClaim());
            }
            if (cancels == 0) {
                steps.add(new Step.Cancel(0));
                if (faults == 0) {
                    steps.add(new Step.LoseCancel());
                }
            }
            for (int c = 0; c < maxReconnects; c++) {
                if (clients.get(c).connected == 0) {
                    steps.add(new Step.Reconnect(c));
                }
                if (resumes == 0 && superseded.containsKey(clients.get(c).connection)) {
                    steps.add(new Step.Resume(c));
                }
            }
            return steps;
        }

        private void addLogSteps(List<Step> steps, int w, Worker worker, Attempt attempt) {
            if (worker.underWay != null) {
                steps.add(new Step.Answer(w));
                if (faults == 0) {
                    steps.add(new Step.LoseAnswer(w));
                }
                return;
            }
            switch (attempt.next(now(worker))) {
                case Attempt.Action.Write _, Attempt.Action.Renew _ -> {
                    steps.add(new Step.Request(w));
                    if (faults == 0) {
                        steps.add(new Step.FailRequest(w));
                    }
                }
                case Attempt.Action.ReadDirectives _ -> {
                    // Without a stop or a new socket there is nothing to be read.
                    if (!worker.concluded && cancels + reconnects > 0) {
                        steps.add(new Step.Request(w));
                    }
                }
                case Attempt.Action.Stop _ -> {
                    if (!attempt.hasEnded()) {
                        steps.add(new Step.Request(w));
                    }
                }
                case Attempt.Action.WaitUntil _ -> {}
            }
        }

        private Instant now(Worker worker) {
            return time.instant().plus(worker.skew);
        }

        void take(Step step) {
            switch (step) {
                case Step.Receive(int w) -> receive(workers.get(w));
                case Step.Relay(int w) -> relay(workers.get(w));
                case Step.Replace(int w) -> {
                    replacements++;
                    replace(workers.get(w));
                }
                case Step.Request(int w) -> request(workers.get(w));
                case Step.Answer(int w) -> answer(workers.get(w));
                case Step.LoseAnswer(int w) -> {
                    faults++;
                    loseAnswer(workers.get(w));
                }
                case Step.FailRequest(int w) -> {
                    faults++;
                    failRequest(workers.get(w));
                }
                case Step.LoseClaim() -> {
                    faults++;
                    receives++;
                    log.claim(
                            ID,
                            Optional.of(TASK),
                            time.instant(),
                            time.instant().plus(LEASE));
                }
                case Step.LoseCancel() -> {
                    faults++;
                    cancels++;
                    log.requestCancel(ID, SUBJECT);
                    log.claim(
                            ID, Optional.empty(), time.instant(), time.instant().plus(LEASE));
                }
                case Step.Post(int w, int c) -> post(workers.get(w), clients.get(c));
                case Step.Crash(int w) -> {
                    crashes++;
                    stop(workers.get(w));
                }
                case Step.Tick() -> {
                    ticks++;
                    time.advance(LEASE.dividedBy(2));
                }
                case Step.Reconnect(int c) -> {
                    reconnects++;
                    reconnect(clients.get(c));
                }
                case Step.Resume(int c) -> {
                    resumes++;
                    resume(clients.get(c));
                }
                case Step.FindGone(int w, int c) ->
                    findGone(workers.get(w), clients.get(c).earlier());
                case Step.Cancel(int c) -> {
                    cancels++;
                    cancel(clients.get(c));
                }
                case Step.Settle(int w) -> settle(workers.get(w));
                case Step.AdmitRepeat() -> repeated = Optional.of(admit("repeat", repeatUntil()));
                case Step.ReleaseRepeat() -> releaseRepeat();
            }
            workers.forEach(this::endThreads);
            checkLog();
            checkAccount();
        }

        // ---- the account ------------------------------------------------------------------------------------------

        private Reservation admit(String reservationId, Instant until) {
            var candidate = new Candidate(
                    QUOTA_KEY, ID, reservationId, until, LIMITS, new Demand(INPUT_TOKENS, OptionalLong.empty()));
            var change = account.admitQueued(candidate, time.instant());
            account = change.account();
            if (change.outcome() instanceof Admission.Admitted admitted) {
                return admitted.reservation();
            }
            throw new AssertionError("the request was refused; after " + path);
        }

        private Instant repeatUntil() {
            return begun.plus(Duration.ofMinutes(1));
        }

        private void settle(Worker worker) {
            var attempt = worker.attempt;
            if (attempt != null && attempt.hasEnded()) {
                worker.settled = true;
                settle(attempt.settlement());
            }
        }

        private void settle(Optional<Settlement> settlement) {
            account = account.settle(ID, settlement, time.instant());
        }

        /** As {@code ReservationAudit.releaseRepeat}. */
        private void releaseRepeat() {
            repeatReleased = true;
            var found = log.find(ID).orElseThrow();
            var own = repeated.orElseThrow().id();
            if (!found.reservation().map(Reservation::id).equals(Optional.of(own))) {
                account = account.cancel(new Overdue(ID, own, repeatUntil()));
            } else if (found.status().ended()) {
                settle(found.settlement());
            }
        }

        /** A response is booked once, with what its header has, and its tokens are held until then. */
        private void checkAccount() {
            var header = log.find(ID).orElseThrow();
            var month = account.month();
            if (!header.status().ended() && !account.reserved().containsKey(ID)) {
                violation("tokens are no longer reserved, though the response has not ended");
            }
            var booking = header.progress().booking();
            if (month.requests() > 1
                    || (month.requests() == 1
                            && (!month.reported().equals(booking.reported())
                                    || !month.estimated().equals(booking.estimated())))) {
                violation("the account has " + month + ", and the response has used " + booking);
            }
        }

        /** The last task finds the end, and books it unless it is booked. */
        private void checkBooked() {
            workers.forEach(this::settle);
            if (repeated.isPresent() && !repeatReleased) {
                releaseRepeat();
            }
            var now = time.instant();
            if (!(log.claim(ID, Optional.of(TASK), now, now.plus(LEASE)) instanceof Claim.Ended ended)) {
                throw new AssertionError("the response has not ended; after " + path);
            }
            settle(ended.settlement());
            checkAccount();
            if (account.month().requests() != 1 || !account.reserved().isEmpty()) {
                violation("the response has ended, and its account is " + account);
            }
        }

        private void receive(Worker worker) {
            receives++;
            var now = now(worker);
            // The other task is lost, so this one has to guard the response alone.
            var task = new Task(ID, QUOTA_KEY, TASK).received(receives);
            switch (TaskDecision.of(task, log.claim(ID, Optional.of(TASK), now, now.plus(LEASE)), ATTEMPTS)) {
                case TaskDecision.Answer(var header) -> begin(worker, header, now);
                case TaskDecision.SendRest rest -> {
                    // The queue has delivered the task again beside a worker that has not finished it.
                    faults++;
                    settle(rest.settlement());
                    sendRestToAll(rest.subscriptions());
                }
                case TaskDecision.Settle settle -> settle(settle.settlement());
                case TaskDecision.PutBack _ -> {}
                case TaskDecision.GiveUp _, TaskDecision.BreakOff _, TaskDecision.Ignore _ ->
                    violation("the task is forgotten");
            }
        }

        private void begin(Worker worker, ResponseHeader header, Instant now) {
            requireNewNumber(header);
            var attempt = new Attempt(header, List.of(), INTERVALS, Duration.ofDays(1), now);
            worker.attempt = attempt;
            worker.underWay = null;
            worker.modelEvents = header.lastSequence() < Execution.QUEUED.inProgressNumber() ? 0 : 1;
            worker.concluded = false;
            worker.settled = false;
            worker.stopRequested = header.directives().cancelRequested();
            worker.subscribers.clear();
            worker.gone.clear();
            attempt.subscriptions().cursors().forEach(worker::subscribe);
            attempt.announceRestart();
        }

        private void relay(Worker worker) {
            var attempt = worker.attempt;
            if (attempt == null || worker.concluded || !attempt.isWritable(now(worker))) {
                stop(worker);
            } else if (worker.stopRequested || worker.modelEvents == MODEL.size()) {
                worker.concluded = true;
                if (worker.stopRequested) {
                    attempt.addTerminal(
                            Status.INCOMPLETE, Json.object().put("whole", "?"), EndedBy.RILL, time.instant());
                } else {
                    attempt.addTerminal(Status.COMPLETED, completed(), EndedBy.MODEL, time.instant());
                }
            } else {
                var type = MODEL.get(worker.modelEvents++);
                if (type.equals(EventTypes.IN_PROGRESS)) {
                    attempt.onModelAsked();
                    attempt.onModelAccepted(time.instant());
                    attempt.add(type, ResponseObject.event(log.find(ID).orElseThrow(), Status.IN_PROGRESS));
                } else {
                    var _ = attempt.onModelOutput(
                            EventTypes.OUTPUT_TEXT_DELTA, Json.object().put("delta", "four"), time.instant());
                    attempt.add(type, Json.object());
                }
            }
        }

        private void replace(Worker worker) {
            var attempt = worker.attempt;
            if (attempt == null || !attempt.isWritable(now(worker))) {
                stop(worker);
                return;
            }
            attempt.onModelAsked();
            attempt.onModelAccepted(time.instant());
            attempt.onModelReplaced();
            attempt.restart();
            worker.modelEvents = 1;
        }

        /** The number by which an attempt announces itself is no earlier one's. */
        private void requireNewNumber(ResponseHeader claimed) {
            if (claimed.lease().announced() <= announced) {
                violation("an attempt has the number " + claimed.lease().announced() + ", and " + announced
                        + " was announced before");
            }
        }

        /** A restart is announced by a number that the log has taken. */
        private void checkRestart(Event event) {
            int number = event.payload().path("attempt").asInt();
            int taken = log.find(ID).orElseThrow().lease().announced();
            if (number > taken) {
                violation("the restart " + number + " is sent, and the log has the number " + taken);
            }
            announced = Math.max(announced, number);
        }

        private static ObjectNode completed() {
            var response = Json.object().put("whole", "ab");
            response.putObject("usage").put("input_tokens", INPUT_TOKENS).put("output_tokens", 2);
            return response;
        }

        /** The log performs the request that is due; its answer is under way then. */
        private void request(Worker worker) {
            var attempt = worker.attempt;
            if (attempt == null || worker.underWay != null) {
                return;
            }
            var action = attempt.next(now(worker));
            if (action instanceof Attempt.Action.Stop && !attempt.hasEnded()) {
                stop(worker);
                return;
            }
            requireLease(action, attempt.number(), now(worker));
            var answer = perform(action, attempt.number(), directives -> onChanges(worker, directives), worker);
            if (answer != null) {
                worker.underWay = new Outcome(action, answer, action.toString());
            }
        }

        /** A new request is made under a lease. A repeat may be made after it: its first try may have extended it. */
        private void requireLease(Attempt.Action action, int number, Instant now) {
            var leaseUntil = switch (action) {
                case Attempt.Action.Write(var append) -> append.lease().until();
                case Attempt.Action.Renew(var lease) -> lease.until();
                default -> Instant.EPOCH;
            };
            var header = log.find(ID).orElseThrow();
            if (leaseUntil.equals(now.plus(LEASE))
                    && header.attempt() == number
                    && !now.isBefore(header.leaseUntil())) {
                violation("a worker makes a new request after its lease has run out");
            }
        }

        /** Performs a request as {@link LogWriter} does; returns how the attempt learns its outcome. */
        private @Nullable Consumer<Attempt> perform(
                Attempt.Action action, int number, Consumer<Attempt.Changes> listener, Worker worker) {
            try {
                return switch (action) {
                    case Attempt.Action.Write(var append) ->
                        switch (log.append(append)) {
                            case Append.Outcome.Appended() -> attempt -> attempt.onAppended(append);
                            case Append.Outcome.Outdated(var directives) ->
                                attempt -> listener.accept(attempt.onOutdated(directives, now(worker)));
                        };
                    case Attempt.Action.Renew(var lease) -> {
                        var directives = log.renew(ID, lease);
                        yield attempt -> listener.accept(attempt.onRenewed(lease, directives, now(worker)));
                    }
                    case Attempt.Action.ReadDirectives() -> {
                        var directives = log.directives(ID, number);
                        yield attempt -> listener.accept(attempt.onDirectives(directives, now(worker)));
                    }
                    case Attempt.Action.WaitUntil _, Attempt.Action.Stop _ -> null;
                };
            } catch (LeaseLostException _) {
                return Attempt::onLeaseLost;
            }
        }

        private void answer(Worker worker) {
            var outcome = worker.underWay;
            if (worker.attempt != null && outcome != null) {
                worker.underWay = null;
                outcome.answer().accept(worker.attempt);
            }
        }

        private void loseAnswer(Worker worker) {
            var outcome = worker.underWay;
            if (worker.attempt != null && outcome != null) {
                worker.underWay = null;
                worker.attempt.onFailure(outcome.request(), now(worker));
            }
        }

        private void failRequest(Worker worker) {
            if (worker.attempt != null) {
                worker.attempt.onFailure(worker.attempt.next(now(worker)), now(worker));
            }
        }

        private void onChanges(Worker worker, Attempt.Changes changes) {
            worker.stopRequested |= changes.stop().isPresent();
            changes.joined().forEach(worker::subscribe);
            worker.gone.forEach((connection, version) -> {
                var back = changes.joined().get(connection);
                if (back != null && back.version() <= version) {
                    violation("a socket that was gone is back, though it was not attached again");
                }
            });
        }

        private static void findGone(Worker worker, ConnectionId connection) {
            var attempt = worker.attempt;
            if (attempt != null) {
                for (var subscriber : List.copyOf(worker.subscribers.keySet())) {
                    if (subscriber.connection().equals(connection)) {
                        worker.subscribers.remove(subscriber);
                        attempt.onGone(subscriber);
                    }
                }
                worker.gone.put(connection, attempt.subscriptions().version());
            }
        }

        private Optional<Event> nextFor(Worker worker, Client client) {
            return sending(worker, client).flatMap(subscriber -> next(worker, subscriber));
        }

        /** The thread that sends to a client's socket: the first that has not ended. A later one waits for its end. */
        private Optional<Subscriber.Socket> sending(Worker worker, Client client) {
            return worker.subscribers.keySet().stream()
                    .filter(subscriber -> subscriber.connection().equals(client.connection))
                    .filter(subscriber -> !(delivery(worker, subscriber) instanceof Attempt.Delivery.End))
                    .findFirst();
        }

        private Optional<Event> next(Worker worker, Subscriber.Socket subscriber) {
            var next = switch (delivery(worker, subscriber)) {
                case Attempt.Delivery.Send(var events) -> events;
                case Attempt.Delivery.ReadLog() -> log.read(ID, sentThrough(worker, subscriber));
                case Attempt.Delivery.Wait(), Attempt.Delivery.End() -> List.<Event>of();
            };
            return next.stream().findFirst();
        }

        private Attempt.Delivery delivery(Worker worker, Subscriber.Socket subscriber) {
            return worker.attempt == null
                    ? new Attempt.Delivery.End()
                    : worker.attempt.deliveryAfter(subscriber, sentThrough(worker, subscriber), now(worker));
        }

        private static long sentThrough(Worker worker, Subscriber.Socket subscriber) {
            return requireNonNull(worker.subscribers.get(subscriber));
        }

        private void post(Worker worker, Client client) {
            var attempt = worker.attempt;
            if (attempt == null) {
                return;
            }
            sending(worker, client)
                    .ifPresent(subscriber -> next(worker, subscriber).ifPresent(event -> {
                        requireCurrent(attempt, subscriber);
                        worker.subscribers.put(subscriber, event.sequenceNumber());
                        attempt.onSent(subscriber, event.sequenceNumber());
                        receive(client, event);
                    }));
        }

        private void requireCurrent(Attempt attempt, Subscriber.Socket subscriber) {
            var subscriptions = attempt.subscriptions();
            var supersededSocket = superseded.get(subscriber.connection());
            if (supersededSocket != null && subscriptions.version() >= supersededSocket) {
                violation("a superseded socket is sent more");
            }
            var cursor = subscriptions.cursors().get(subscriber.connection());
            if (cursor != null && cursor.version() > subscriber.version()) {
                violation("a socket that was attached again is sent more from its earlier position");
            }
        }

        /** Removes the threads that have ended, so that states that differ only in them count as one. */
        private void endThreads(Worker worker) {
            var attempt = worker.attempt;
            if (attempt != null && attempt.maySend(now(worker))) {
                worker.subscribers
                        .keySet()
                        .removeIf(subscriber -> delivery(worker, subscriber) instanceof Attempt.Delivery.End);
            }
        }

        private void reconnect(Client client) {
            client.connected++;
            client.connection = new ConnectionId("c" + client.name + "." + client.connected);
            resume(client);
        }

        private void resume(Client client) {
            client.attachedByCancel = false;
            if (attach(client, client.last) instanceof AttachResult.Ended) {
                deliverRest(client, client.last);
            }
        }

        private AttachResult attach(Client client, long after) {
            var result = log.attach(ID, SUBJECT, client.socket(), after);
            switch (result) {
                case AttachResult.Live(var supersededSocket) -> {
                    if (superseded.remove(client.connection) != null) {
                        resumedAgain.add(client.connection);
                    }
                    supersededSocket.ifPresent(socket -> superseded.put(
                            socket.connection(),
                            log.find(ID)
                                    .orElseThrow()
                                    .directives()
                                    .subscriptions()
                                    .version()));
                }
                case AttachResult.Ended _ -> resumedAgain.add(client.connection);
                case AttachResult.Unknown _ -> violation("the socket was refused");
            }
            return result;
        }

        /** As {@link Chat#cancel}. */
        private void cancel(Client client) {
            var header = log.requestCancel(ID, SUBJECT).orElseThrow();
            if (header.status().ended()) {
                deliverRest(client, header.lastSequence());
                return;
            }
            if (!header.directives().subscriptions().cursors().containsKey(client.connection)) {
                client.attachedByCancel = true;
                attach(client, header.lastSequence());
            }
            if (log.claim(ID, Optional.empty(), time.instant(), time.instant().plus(LEASE))
                    instanceof Claim.Granted(var claimed)) {
                end(claimed);
            }
        }

        /** Ends a response that no attempt holds, as {@code Finisher} does. */
        private void end(ResponseHeader claimed) {
            requireNewNumber(claimed);
            var attempt = new Attempt(claimed, List.of(), INTERVALS, Duration.ZERO, time.instant());
            attempt.announceRestart();
            attempt.addTerminal(Status.INCOMPLETE, Json.object().put("whole", "?"), EndedBy.RILL, time.instant());
            for (var action = attempt.next(time.instant());
                    !(action instanceof Attempt.Action.Stop);
                    action = attempt.next(time.instant())) {
                requireNonNull(perform(action, attempt.number(), _ -> {}, workers.getFirst()))
                        .accept(attempt);
            }
            if (!attempt.hasEnded()) {
                violation("a response that no attempt holds was not ended");
            }
            settle(attempt.settlement());
            sendRestToAll(claimed.directives().subscriptions());
        }

        private void sendRestToAll(Subscriptions subscriptions) {
            for (var client : clients) {
                var cursor = subscriptions.cursors().get(client.connection);
                if (cursor != null) {
                    log.read(ID, cursor.after()).forEach(event -> receive(client, event));
                }
            }
        }

        /** Sends a client the events of an ended response after a number. */
        private void deliverRest(Client client, long after) {
            var header = log.find(ID).orElseThrow();
            if (header.isDelivering(client.connection, after, time.instant())) {
                return;
            }
            var events = log.read(ID, Math.min(after, header.lastSequence() - 1));
            if (events.getFirst().sequenceNumber() > client.last + 1) {
                // It misses something, and asks for that.
                resume(client);
            } else {
                events.forEach(event -> receive(client, event));
            }
        }

        private void receive(Client client, Event event) {
            if (event.type().equals(EventTypes.RESTARTED)) {
                checkRestart(event);
            }
            var meaning = meanings.putIfAbsent(event.sequenceNumber(), event.json());
            if (meaning != null && !isSameOrRestart(meaning, event)) {
                violation("number " + event.sequenceNumber() + " meant " + meaning + " and means " + event.json());
            }
            var isNew = received.computeIfAbsent(client.connection, _ -> new HashSet<>())
                    .add(event.sequenceNumber());
            if (!isNew && isFaultless() && !resumedAgain.contains(client.connection)) {
                violation("client " + client.name + " is sent " + event.sequenceNumber() + " twice");
            }
            if (event.sequenceNumber() <= client.last) {
                return;
            }
            if (event.sequenceNumber() > client.last + 1 && client.attachedByCancel) {
                resume(client);
                client.resumesAtGap = true;
                return;
            }
            if (event.sequenceNumber() > client.last + 1 && client.resumesAtGap) {
                // The attempt has not read yet where this socket wants to go on from.
                return;
            }
            client.resumesAtGap = false;
            if (event.sequenceNumber() != client.last + 1) {
                violation("client " + client.name + " has " + client.last + " and is sent " + event.sequenceNumber());
            }
            client.last = event.sequenceNumber();
            switch (event.type()) {
                case EventTypes.RESTARTED -> client.text = "";
                case "a", "b" -> client.text += event.type();
                default -> {}
            }
            if (client.ends > 0) {
                violation("client " + client.name + " is sent something after the end");
            }
            if (event.terminal()) {
                client.ends++;
                if (event.type().equals(EventTypes.COMPLETED) && !client.text.equals("ab")) {
                    violation("client " + client.name + " has read '" + client.text + "'");
                }
            }
        }

        /**
         * A number that was sent is sent again only with the same event, or to announce that the output counts no more.
         */
        private boolean isSameOrRestart(String meaning, Event event) {
            return meaning.equals(event.json())
                    || event.type().equals(EventTypes.RESTARTED)
                    || (clocksDiffer() && meaning.contains(EventTypes.RESTARTED));
        }

        private static void stop(Worker worker) {
            worker.attempt = null;
            worker.underWay = null;
            worker.subscribers.clear();
        }

        private void checkLog() {
            var events = log.read(ID, -1);
            events.stream()
                    .filter(event -> event.type().equals(EventTypes.RESTARTED))
                    .forEach(this::checkRestart);
            if (!events.stream()
                    .map(Event::sequenceNumber)
                    .toList()
                    .equals(LongStream.range(0, events.size()).boxed().toList())) {
                violation("the log has a gap");
            }
            var ends = events.stream().filter(Event::terminal).count();
            if (ends > 1 || (ends == 1 && !events.getLast().terminal())) {
                violation("the log has two ends");
            }
            if (log.find(ID).orElseThrow().status().ended() != (ends == 1)) {
                violation("the status and the log disagree");
            }
            for (var event : events.subList(2, events.size())) {
                var meaning = meanings.get(event.sequenceNumber());
                if (meaning != null && !isSameOrRestart(meaning, event)) {
                    violation("number " + event.sequenceNumber() + " was shown as " + meaning + " and is logged as "
                            + event.json());
                }
            }
        }

        /** Without further faults: workers that are alive go on, and the queue delivers the task until it is done. */
        void runToEnd() {
            var faultless = isFaultless();
            for (int round = 0; round < 200; round++) {
                for (var worker : workers) {
                    var attempt = worker.attempt;
                    if (attempt != null && !attempt.hasEnded()) {
                        answer(worker);
                        request(worker);
                        answer(worker);
                        if (!worker.concluded) {
                            relay(worker);
                        }
                        request(worker);
                        answer(worker);
                        if (attempt.next(now(worker)) instanceof Attempt.Action.Stop && !attempt.hasEnded()) {
                            stop(worker);
                        }
                    }
                    for (var client : clients) {
                        for (int i = 0; i < 50 && nextFor(worker, client).isPresent(); i++) {
                            post(worker, client);
                        }
                    }
                    checkLog();
                }
                if (clients.stream().allMatch(client -> client.ends == 1)) {
                    checkBooked();
                    return;
                }
                if (workers.stream().allMatch(worker -> worker.attempt == null)) {
                    time.advance(LEASE);
                    if (log.find(ID).orElseThrow().status().ended()) {
                        if (receives > 0 && crashes + faults > 0) {
                            redeliver();
                        }
                        if (faultless
                                && clients.stream()
                                        .anyMatch(client ->
                                                client.ends == 0 && !superseded.containsKey(client.connection))) {
                            violation("a client was forgotten");
                        }
                        // A client whose worker has died notices that, and resumes.
                        clients.stream().filter(client -> client.ends == 0).forEach(this::reconnect);
                    } else {
                        receive(workers.getFirst());
                    }
                }
                workers.stream()
                        .filter(worker -> worker.attempt != null && worker.attempt.hasEnded())
                        .filter(worker -> clients.stream()
                                .allMatch(client -> nextFor(worker, client).isEmpty()))
                        .forEach(World::stop);
            }
            violation("the response does not end");
        }

        /** The task, which its worker has not finished, is delivered again after the end. */
        private void redeliver() {
            receive(workers.getFirst());
            var subscriptions = log.find(ID).orElseThrow().directives().subscriptions();
            if (clients.stream()
                    .anyMatch(client ->
                            client.ends == 0 && subscriptions.cursors().containsKey(client.connection))) {
                violation("a redelivered task did not send a client the end");
            }
        }

        private boolean isFaultless() {
            return crashes + ticks + faults == 0 && !clocksDiffer();
        }

        private boolean clocksDiffer() {
            return workers.stream().anyMatch(worker -> !worker.skew.isZero());
        }

        private void violation(String how) {
            throw new AssertionError(how + "; after " + path + "; the log is " + log.read(ID, -1));
        }

        private static List<String> types(List<Event> events) {
            return events.stream().map(Event::type).toList();
        }

        String fingerprint() {
            var header = log.find(ID).orElseThrow();
            var state = new StringBuilder();
            state.append(header.status())
                    .append(header.attempt())
                    .append(' ')
                    .append(header.lease().restarts())
                    .append(' ')
                    .append(announced)
                    .append(' ')
                    .append(replacements)
                    .append(' ')
                    .append(header.lastSequence())
                    .append(' ')
                    .append(header.reservedThrough())
                    .append(Duration.between(time.instant(), header.leaseUntil()))
                    .append(header.directives())
                    .append(types(log.read(ID, 1)))
                    .append(superseded)
                    .append(resumedAgain)
                    .append(resumes)
                    .append(receives)
                    .append(ticks)
                    .append(faults)
                    .append(crashes)
                    .append(reconnects)
                    .append(account)
                    .append(repeated)
                    .append(repeatReleased)
                    .append(cancels);
            for (var client : clients) {
                state.append('|')
                        .append(client.connection)
                        .append(client.attachedByCancel)
                        .append(client.resumesAtGap)
                        .append(client.last)
                        .append(client.text)
                        .append(client.ends);
            }
            for (var worker : workers) {
                var attempt = worker.attempt;
                state.append('|')
                        .append(worker.modelEvents)
                        .append(worker.concluded)
                        .append(worker.stopRequested)
                        .append(worker.settled)
                        .append(worker.subscribers)
                        .append(worker.gone)
                        .append(worker.underWay == null ? "" : worker.underWay.name())
                        .append(attempt);
            }
            state.append(meanings.keySet());
            return state.toString();
        }
    }
}
