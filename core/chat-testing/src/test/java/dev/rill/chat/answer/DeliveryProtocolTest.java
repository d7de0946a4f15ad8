package dev.rill.chat.answer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.rill.chat.Chat;
import dev.rill.chat.log.Append;
import dev.rill.chat.log.AttachResult;
import dev.rill.chat.log.Claim;
import dev.rill.chat.log.ConversationSize;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.LeaseLostException;
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
import dev.rill.chat.queue.QuotaKey;
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
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every order in which two workers, two clients, a stop and a crash can act on one response, up to a bound. After each
 * step the safety of the protocol is checked; and from each state that is reached, all live workers and clients
 * continue without another fault; then the response must have one terminal event that every client has been sent.
 *
 * <p>A step is one request to the log or one post, taken by the same {@link Attempt} that {@link LogWriter} acts on.
 * Paths are played again from the start, on the in-memory log and a time that only a step moves; states that were seen
 * before are not explored again.
 */
@Timeout(120)
class DeliveryProtocolTest {

    /** Steps of a path. */
    private static final int DEPTH = 8;

    private static final Duration LEASE = Duration.ofSeconds(20);
    /** Every request is due at once. */
    private static final LogIntervals INTERVALS = new LogIntervals(Duration.ZERO, Duration.ZERO, LEASE);

    private static final ResponseId ID = ResponseIds.of(1);
    private static final Subject SUBJECT = new Subject("subject-1");
    private static final List<String> MODEL = List.of("response.in_progress", "a", "b");

    private sealed interface Step {
        /** A worker receives the task, for the first time or again. */
        record Receive(int worker) implements Step {}

        /** The model sends a worker its next event. */
        record ReadModel(int worker) implements Step {}

        /** A worker's log writer makes the request that is due; the log performs it. */
        record Request(int worker) implements Step {}

        /** The answer to the request reaches the log writer. */
        record Answer(int worker) implements Step {}

        /** The answer is lost: the log writer can't tell whether the log has performed the request. */
        record LoseAnswer(int worker) implements Step {}

        /** The request is throttled, or refused by mistake: the log has not performed it. */
        record FailRequest(int worker) implements Step {}

        /** A worker's claim is granted, but the worker crashes or the answer is lost. */
        record LoseClaim() implements Step {}

        record Post(int worker, int client) implements Step {}

        record Crash(int worker) implements Step {}

        /** Half a lease passes. */
        record Tick() implements Step {}

        /** A worker finds that a client's earlier socket has disconnected. */
        record Disconnect(int worker, int client) implements Step {}

        /** A client loses its socket, reconnects and resumes. */
        record Reconnect(int client) implements Step {}

        /** A client whose socket was superseded resumes on it. */
        record Resume(int client) implements Step {}

        /** A client cancels the response on its socket. */
        record Cancel(int client) implements Step {}
    }

    @Test
    void holdsInEveryOrder() {
        // Far fewer states would mean that the steps exclude each other and little was explored.
        assertThat(explore(Subscriptions.MAX_SOCKETS, DEPTH, Duration.ZERO)).isGreaterThan(20_000);
    }

    /** Uses a low limit of sockets: each new attachment supersedes the oldest one. */
    @ParameterizedTest
    @ValueSource(ints = 2)
    void holdsWithSupersededSockets(int maxSockets) {
        assertThat(explore(maxSockets, DEPTH - 1, Duration.ZERO)).isGreaterThan(5_000);
    }

    /**
     * The second worker's clock is ahead: it claims the lease while the first worker still holds it by its own clock.
     */
    @Test
    void holdsWithDifferentClocks() {
        assertThat(explore(Subscriptions.MAX_SOCKETS, DEPTH - 1, LEASE)).isGreaterThan(5_000);
    }

    private static int explore(int maxSockets, int depth, Duration skew) {
        var seen = new HashSet<String>();
        explore(new ArrayList<>(), seen, maxSockets, depth, skew);
        return seen.size();
    }

    private static void explore(List<Step> path, Set<String> seen, int maxSockets, int depth, Duration skew) {
        var world = play(path, maxSockets, skew);
        if (!seen.add(world.fingerprint())) {
            return;
        }
        var steps = world.possibleSteps();
        world.runToTheEnd();
        if (path.size() == depth) {
            return;
        }
        for (var step : steps) {
            path.add(step);
            explore(path, seen, maxSockets, depth, skew);
            path.removeLast();
        }
    }

    private static World play(List<Step> path, int maxSockets, Duration skew) {
        var world = new World(path, maxSockets, skew);
        path.forEach(world::take);
        return world;
    }

    /** A client of the protocol: takes the next sequence number, and drops numbers that it has. */
    private static final class Client {
        final int name;
        ConnectionId connection;
        int connected;
        long last = 1;
        String text = "";
        int ends;
        /** It was attached by its cancel, after the newest event. */
        boolean attachedByCancel;
        /** It has found a gap, and has resumed on the same socket from the last event that it has. */
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

        /** The log's answer to the current request, which has not reached the log writer yet. */
        @Nullable
        Outcome pending;

        final Map<ConnectionId, Long> cursors = new LinkedHashMap<>();
        final Map<ConnectionId, Long> disconnected = new LinkedHashMap<>();
        int modelEvents;
        boolean concluded;
        boolean cancelled;

        Worker(Duration skew) {
            this.skew = skew;
        }
    }

    /** A request and its answer, which has not reached the log writer yet. */
    private record Outcome(Attempt.Action request, Consumer<Attempt> answer, String name) {}

    private static final class World {
        private final List<Step> path;
        private final int maxReconnects;
        private final ManualTime time = new ManualTime();
        private final Instant start = time.instant();
        private final InMemoryResponseLog log;
        private final List<Client> clients = List.of(new Client(0), new Client(1));
        private final List<Worker> workers;
        private final Map<Long, String> meanings = new HashMap<>();
        private final Map<ConnectionId, Set<Long>> received = new HashMap<>();
        /** The version of the subscriptions that superseded each socket. */
        private final Map<ConnectionId, Long> superseded = new HashMap<>();
        /** Sockets that resumed after they were superseded or after the end: they may be sent events twice. */
        private final Set<ConnectionId> resumedSockets = new HashSet<>();

        private int receives;
        private int ticks;
        private int crashes;
        private int reconnects;
        private int cancels;
        private int resumes;
        private int faults;

        World(List<Step> path, int maxSockets, Duration skew) {
            this.path = path;
            this.workers = List.of(new Worker(Duration.ZERO), new Worker(skew));
            this.maxReconnects = maxSockets < Subscriptions.MAX_SOCKETS ? 2 : 1;
            this.log = new InMemoryResponseLog(time, maxSockets);
            var subscriptions = Subscriptions.of(clients.getFirst().socket(), 1)
                    .with(clients.getLast().socket(), 1, maxSockets);
            var header = new ResponseHeader(
                    ID,
                    SUBJECT,
                    new QuotaKey("g"),
                    Optional.empty(),
                    Execution.QUEUED,
                    Status.QUEUED,
                    0,
                    Instant.EPOCH,
                    -1,
                    Execution.QUEUED.inProgressNumber(),
                    start,
                    start.plus(Duration.ofDays(1)),
                    Directives.of(subscriptions),
                    ConversationSize.ZERO,
                    Json.object());
            log.create(
                    header,
                    List.of(new Event(0, "response.created", "created"), new Event(1, "response.queued", "queued")));
        }

        List<Step> possibleSteps() {
            var steps = new ArrayList<Step>();
            for (int w = 0; w < workers.size(); w++) {
                var worker = workers.get(w);
                var attempt = worker.attempt;
                if (attempt == null) {
                    // Workers are interchangeable: the second one matters only beside the first.
                    if (receives < 3 && (w == 0 || workers.getFirst().attempt != null)) {
                        steps.add(new Step.Receive(w));
                    }
                    continue;
                }
                if (crashes == 0) {
                    steps.add(new Step.Crash(w));
                }
                if (!worker.concluded) {
                    steps.add(new Step.ReadModel(w));
                }
                addLogSteps(steps, w, worker, attempt);
                for (var client : clients) {
                    if (nextFor(worker, client).isPresent()) {
                        steps.add(new Step.Post(w, client.name));
                    }
                    if (maxReconnects > 1 && client.connected > 0 && worker.cursors.containsKey(client.earlier())) {
                        steps.add(new Step.Disconnect(w, client.name));
                    }
                }
            }
            if (ticks < 4) {
                steps.add(new Step.Tick());
            }
            if (faults == 0 && receives < 3) {
                steps.add(new Step.LoseClaim());
            }
            if (cancels == 0) {
                steps.add(new Step.Cancel(0));
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
            if (worker.pending != null) {
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
                    // Without a cancel or a new socket the directives do not change.
                    if (!worker.concluded && cancels + reconnects > 0) {
                        steps.add(new Step.Request(w));
                    }
                }
                case Attempt.Action.WaitUntil _, Attempt.Action.Stop _ -> {}
            }
        }

        private Instant now(Worker worker) {
            return time.instant().plus(worker.skew);
        }

        void take(Step step) {
            switch (step) {
                case Step.Receive(int w) -> receive(workers.get(w));
                case Step.ReadModel(int w) -> readModel(workers.get(w));
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
                    log.claim(ID, time.instant(), time.instant().plus(LEASE));
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
                case Step.Disconnect(int w, int c) ->
                    disconnect(workers.get(w), clients.get(c).earlier());
                case Step.Cancel(int c) -> {
                    cancels++;
                    cancel(clients.get(c));
                }
            }
            checkLog();
        }

        private void receive(Worker worker) {
            receives++;
            var now = now(worker);
            if (log.claim(ID, now, now.plus(LEASE)) instanceof Claim.Granted(var header)) {
                var attempt = new Attempt(header, List.of(), INTERVALS, Duration.ofDays(1), now);
                worker.attempt = attempt;
                worker.pending = null;
                worker.modelEvents = header.lastSequence() < Execution.QUEUED.inProgressNumber() ? 0 : 1;
                worker.concluded = false;
                worker.cancelled = header.directives().cancelRequested();
                worker.cursors.clear();
                worker.disconnected.clear();
                attempt.subscriptions()
                        .cursors()
                        .forEach((connection, cursor) -> worker.cursors.put(connection, cursor.after()));
                attempt.announceRestart();
            }
        }

        private void readModel(Worker worker) {
            var attempt = worker.attempt;
            if (attempt == null || worker.concluded || !attempt.isWritable(now(worker))) {
                stop(worker);
            } else if (worker.cancelled || worker.modelEvents == MODEL.size()) {
                worker.concluded = true;
                attempt.addTerminal(
                        worker.cancelled ? Status.INCOMPLETE : Status.COMPLETED,
                        Json.object().put("whole", worker.cancelled ? "?" : "ab"));
            } else {
                var type = MODEL.get(worker.modelEvents++);
                attempt.add(
                        type,
                        type.equals(EventTypes.IN_PROGRESS)
                                ? ResponseObject.event(log.find(ID).orElseThrow(), Status.IN_PROGRESS)
                                : Json.object());
            }
        }

        /** The log performs the request that is due; its answer is pending afterwards. */
        private void request(Worker worker) {
            var attempt = worker.attempt;
            if (attempt == null || worker.pending != null) {
                return;
            }
            var action = attempt.next(now(worker));
            var answer = perform(action, attempt.number(), directives -> applyChanges(worker, directives), worker);
            if (answer != null) {
                worker.pending = new Outcome(action, answer, action.toString());
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
                    case Attempt.Action.Renew renewal -> {
                        var directives = log.renew(ID, number, renewal.leaseUntil(), renewal.reservedThrough());
                        yield attempt -> listener.accept(attempt.onRenewed(renewal, directives, now(worker)));
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
            var outcome = worker.pending;
            if (worker.attempt != null && outcome != null) {
                worker.pending = null;
                outcome.answer().accept(worker.attempt);
            }
        }

        private void loseAnswer(Worker worker) {
            var outcome = worker.pending;
            if (worker.attempt != null && outcome != null) {
                worker.pending = null;
                worker.attempt.onFailure(outcome.request(), now(worker));
            }
        }

        private void failRequest(Worker worker) {
            if (worker.attempt != null) {
                worker.attempt.onFailure(worker.attempt.next(now(worker)), now(worker));
            }
        }

        private void applyChanges(Worker worker, Attempt.Changes changes) {
            worker.cancelled |= changes.stop().isPresent();
            changes.superseded().forEach(worker.cursors::remove);
            changes.joined().forEach((connection, cursor) -> worker.cursors.put(connection, cursor.after()));
            worker.disconnected.forEach((connection, version) -> {
                var back = changes.joined().get(connection);
                if (back != null && back.version() <= version) {
                    failWith("a disconnected socket is subscribed again without an attachment");
                }
            });
        }

        private static void disconnect(Worker worker, ConnectionId connection) {
            var attempt = worker.attempt;
            if (attempt != null) {
                worker.cursors.remove(connection);
                attempt.onGone(connection);
                worker.disconnected.put(connection, attempt.subscriptions().version());
            }
        }

        private Optional<Event> nextFor(Worker worker, Client client) {
            var attempt = worker.attempt;
            var after = worker.cursors.get(client.connection);
            if (attempt == null || after == null) {
                return Optional.empty();
            }
            var next = switch (attempt.deliveryAfter(after, now(worker))) {
                case Attempt.Delivery.Send(var events) -> events;
                case Attempt.Delivery.ReadLog() -> log.read(ID, after);
                case Attempt.Delivery.Wait(), Attempt.Delivery.End() -> List.<Event>of();
            };
            return next.stream().findFirst();
        }

        private void post(Worker worker, Client client) {
            var attempt = worker.attempt;
            if (attempt == null || !attempt.maySend(now(worker))) {
                stop(worker);
                return;
            }
            var supersededBy = superseded.get(client.connection);
            if (supersededBy != null
                    && worker.cursors.containsKey(client.connection)
                    && attempt.subscriptions().version() >= supersededBy) {
                failWith("a superseded socket is sent an event");
            }
            nextFor(worker, client).ifPresent(event -> {
                worker.cursors.put(client.connection, event.sequenceNumber());
                attempt.onSent(client.connection, event.sequenceNumber());
                readModel(client, event);
            });
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
                case AttachResult.Live(var supersededBy) -> {
                    if (superseded.remove(client.connection) != null) {
                        resumedSockets.add(client.connection);
                    }
                    supersededBy.ifPresent(socket -> superseded.put(
                            socket,
                            log.find(ID)
                                    .orElseThrow()
                                    .directives()
                                    .subscriptions()
                                    .version()));
                }
                case AttachResult.Ended _ -> resumedSockets.add(client.connection);
                case AttachResult.Unknown _ -> failWith("the attachment was refused");
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
            if (log.claim(ID, time.instant(), time.instant().plus(LEASE)) instanceof Claim.Granted(var claimed)) {
                end(claimed);
            }
        }

        /** Ends a response that no worker holds, as the flow does. */
        private void end(ResponseHeader claimed) {
            var attempt = new Attempt(claimed, List.of(), INTERVALS, Duration.ZERO, time.instant());
            attempt.announceRestart();
            attempt.addTerminal(Status.INCOMPLETE, Json.object().put("whole", "?"));
            for (var action = attempt.next(time.instant());
                    !(action instanceof Attempt.Action.Stop);
                    action = attempt.next(time.instant())) {
                requireNonNull(perform(action, attempt.number(), _ -> {}, workers.getFirst()))
                        .accept(attempt);
            }
            if (!attempt.hasEnded()) {
                failWith("a response that no worker held was not ended");
            }
            for (var client : clients) {
                var cursor = claimed.directives().subscriptions().cursors().get(client.connection);
                if (cursor != null) {
                    log.read(ID, cursor.after()).forEach(event -> readModel(client, event));
                }
            }
        }

        /** Sends a client the rest of an ended response, as the flow does. */
        private void deliverRest(Client client, long after) {
            var header = log.find(ID).orElseThrow();
            if (header.isDelivering(client.connection, after, time.instant())) {
                return;
            }
            var events = log.read(ID, Math.min(after, header.lastSequence() - 1));
            if (events.getFirst().sequenceNumber() > client.last + 1) {
                // The client lacks earlier events and resumes.
                resume(client);
            } else {
                events.forEach(event -> readModel(client, event));
            }
        }

        private void readModel(Client client, Event event) {
            var meaning = meanings.putIfAbsent(event.sequenceNumber(), event.json());
            if (meaning != null && !isSameOrRestart(meaning, event)) {
                failWith("number " + event.sequenceNumber() + " was sent as " + meaning + " and is sent as "
                        + event.json());
            }
            var isNew = received.computeIfAbsent(client.connection, _ -> new HashSet<>())
                    .add(event.sequenceNumber());
            if (!isNew && isWithoutFaults() && !resumedSockets.contains(client.connection)) {
                failWith("client " + client.name + " is sent " + event.sequenceNumber() + " twice");
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
                // The attempt has not read the new position of this socket yet.
                return;
            }
            client.resumesAtGap = false;
            if (event.sequenceNumber() != client.last + 1) {
                failWith("client " + client.name + " has " + client.last + " and is sent " + event.sequenceNumber());
            }
            client.last = event.sequenceNumber();
            switch (event.type()) {
                case EventTypes.RESTARTED -> client.text = "";
                case "a", "b" -> client.text += event.type();
                default -> {}
            }
            if (client.ends > 0) {
                failWith("client " + client.name + " is sent an event after the end");
            }
            if (event.terminal()) {
                client.ends++;
                if (event.type().equals(EventTypes.COMPLETED) && !client.text.equals("ab")) {
                    failWith("client " + client.name + " has read '" + client.text + "'");
                }
            }
        }

        /** A number that was sent may be sent again only with the same event, or with an announcement of a restart. */
        private boolean isSameOrRestart(String meaning, Event event) {
            return meaning.equals(event.json())
                    || event.type().equals(EventTypes.RESTARTED)
                    || (clocksDiffer() && meaning.contains(EventTypes.RESTARTED));
        }

        private static void stop(Worker worker) {
            worker.attempt = null;
            worker.pending = null;
            worker.cursors.clear();
        }

        private void checkLog() {
            var events = log.read(ID, -1);
            if (!events.stream()
                    .map(Event::sequenceNumber)
                    .toList()
                    .equals(LongStream.range(0, events.size()).boxed().toList())) {
                failWith("the log has a gap");
            }
            var ends = events.stream().filter(Event::terminal).count();
            if (ends > 1 || (ends == 1 && !events.getLast().terminal())) {
                failWith("the log has two ends");
            }
            if (log.find(ID).orElseThrow().status().ended() != (ends == 1)) {
                failWith("the status and the log disagree");
            }
            for (var event : events.subList(2, events.size())) {
                var meaning = meanings.get(event.sequenceNumber());
                if (meaning != null && !isSameOrRestart(meaning, event)) {
                    failWith("number " + event.sequenceNumber() + " was sent as " + meaning + " and is logged as "
                            + event.json());
                }
            }
        }

        /** Continues without faults: live workers go on, and the queue redelivers the task until it is done. */
        void runToTheEnd() {
            var withoutFaults = isWithoutFaults();
            for (int round = 0; round < 200; round++) {
                for (var worker : workers) {
                    var attempt = worker.attempt;
                    if (attempt != null && !attempt.hasEnded()) {
                        answer(worker);
                        request(worker);
                        answer(worker);
                        if (!worker.concluded) {
                            readModel(worker);
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
                    return;
                }
                if (workers.stream().allMatch(worker -> worker.attempt == null)) {
                    time.advance(LEASE);
                    if (log.find(ID).orElseThrow().status().ended()) {
                        if (withoutFaults
                                && clients.stream()
                                        .anyMatch(client ->
                                                client.ends == 0 && !superseded.containsKey(client.connection))) {
                            failWith("a client was not sent the end");
                        }
                        // A client without a worker that posts to it notices the silence, and resumes.
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
            failWith("the response has not ended");
        }

        private boolean isWithoutFaults() {
            return crashes + ticks + faults == 0 && !clocksDiffer();
        }

        private boolean clocksDiffer() {
            return workers.stream().anyMatch(worker -> !worker.skew.isZero());
        }

        private void failWith(String problem) {
            fail(problem + "; after " + path + "; the log is " + log.read(ID, -1));
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
                    .append(header.lastSequence())
                    .append(' ')
                    .append(header.reservedThrough())
                    .append(Duration.between(time.instant(), header.leaseUntil()))
                    .append(header.directives())
                    .append(types(log.read(ID, 1)))
                    .append(superseded)
                    .append(resumedSockets)
                    .append(resumes)
                    .append(receives)
                    .append(ticks)
                    .append(faults)
                    .append(crashes)
                    .append(reconnects)
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
                        .append(worker.cancelled)
                        .append(worker.cursors)
                        .append(worker.disconnected)
                        .append(worker.pending == null ? "" : worker.pending.name())
                        .append(attempt);
            }
            state.append(meanings.keySet());
            return state.toString();
        }
    }
}
