package dev.rill.simulation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.simulation.SimulatedLog;
import dev.rill.chat.simulation.SimulatedProcess;
import dev.rill.chat.simulation.SimulatedSockets;
import dev.rill.chat.socket.ConnectionId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What can be seen from outside at the instant at which it happens: what is shown, and what the log has then. */
final class Observations implements SimulatedLog.Observer, SimulatedSockets.Observer {

    private static final int MAX_ATTEMPTS = 3;

    private final InMemoryResponseLog log;
    private final Time time;
    private final Predicate<ResponseId> isQueued;
    private final Consumer<SimulatedProcess> onEnded;
    private final Map<ResponseId, ResponseHeader> created = new LinkedHashMap<>();
    private final Map<ResponseId, Instant> cancelled = new HashMap<>();
    private final Map<ResponseId, Instant> ended = new HashMap<>();
    private final Map<ConnectionId, ResponseId> heard = new HashMap<>();
    private final Set<ConnectionId> mixed = new HashSet<>();
    private final Map<Shown, String> meanings = new HashMap<>();
    private final Set<ResponseId> shown = new HashSet<>();
    private final Map<ResponseId, Integer> unexpectedErrors = new HashMap<>();
    private final List<String> problems = new ArrayList<>();

    private record Shown(ResponseId id, long number) {}

    /**
     * @param isQueued whether the queue has taken a message about a response, or failed to
     * @param onEnded is told which process has logged a terminal event
     */
    Observations(
            InMemoryResponseLog log, Time time, Predicate<ResponseId> isQueued, Consumer<SimulatedProcess> onEnded) {
        this.onEnded = onEnded;
        this.log = log;
        this.time = time;
        this.isQueued = isQueued;
    }

    @Override
    public void onCreated(ResponseHeader header) {
        created.put(header.id(), header);
    }

    @Override
    public void onCancelRequested(ResponseId id) {
        cancelled.putIfAbsent(id, time.instant());
    }

    void onUnexpectedError(ResponseId id) {
        unexpectedErrors.merge(id, 1, Integer::sum);
    }

    /** How many errors of this system were reported to its operator. */
    int unexpectedErrors(ResponseId id) {
        return unexpectedErrors.getOrDefault(id, 0);
    }

    @Override
    public void onEnded(ResponseId id, SimulatedProcess process) {
        ended.putIfAbsent(id, time.instant());
        onEnded.accept(process);
    }

    @Override
    public void onBroken(String problem) {
        problems.add(problem);
    }

    /** What is not in the log is only shown while the attempt has its lease. */
    @Override
    public void onPermitted(ConnectionId connection, String message, InstantSource clock) {
        var payload = Json.findObject(message).orElseThrow();
        var id = responseOf(connection, payload);
        if (id.isEmpty() || !payload.path("sequence_number").isIntegralNumber()) {
            return;
        }
        log.find(id.get())
                .filter(header -> header.status() == Status.IN_PROGRESS)
                .filter(header -> payload.path("sequence_number").asLong() > header.lastSequence())
                .filter(header -> !clock.instant().isBefore(header.leaseUntil()))
                .ifPresent(header -> problems.add("an event is posted at " + clock.instant()
                        + ", and the lease ended at " + header.leaseUntil() + ": " + message));
    }

    /** The attempt number {@code attempt} has begun to ask the model. */
    void onStarted(ResponseId id, int attempt) {
        if (attempt > MAX_ATTEMPTS) {
            problems.add(id + " is begun for the " + attempt + "th time");
        }
    }

    /** A socket is going to be sent events of this response. */
    void expect(ConnectionId connection, ResponseId id) {
        var before = heard.put(connection, id);
        if (before != null && !before.equals(id)) {
            mixed.add(connection);
        }
    }

    @Override
    public void onShown(ConnectionId connection, String message) {
        var payload = Json.findObject(message).orElseThrow();
        if (!payload.path("sequence_number").isIntegralNumber()) {
            return;
        }
        responseOf(connection, payload)
                .ifPresent(id -> check(
                        id,
                        payload.path("sequence_number").asLong(),
                        payload.path("type").asText(),
                        message));
    }

    /**
     * The response that an event on a connection is of. An event that does not name one is of the last one that was
     * named there; empty where several were, after a failure, for then nothing tells them apart.
     */
    private Optional<ResponseId> responseOf(ConnectionId connection, ObjectNode payload) {
        var named = ResponseId.find(payload.path("response").path("id").asText());
        named.ifPresent(id -> expect(connection, id));
        if (named.isPresent()) {
            return named;
        }
        return mixed.contains(connection) ? Optional.empty() : Optional.ofNullable(heard.get(connection));
    }

    /** Whether a client was shown anything of a response. */
    boolean isShown(ResponseId id) {
        return shown.contains(id);
    }

    /** An event is shown: its number must have been reserved, and mean one thing. */
    void check(ResponseId id, long number, String type, String json) {
        shown.add(id);
        var header = log.find(id);
        if (header.isEmpty()) {
            problems.add(type + " of a response that the log does not have");
            return;
        }
        if (header.get().execution() == Execution.QUEUED && number == 0 && !isQueued.test(id)) {
            problems.add(id + " is shown before a message about it is in the queue");
        }
        long most =
                Math.max(header.get().visibleThrough(), header.get().execution().inProgressNumber());
        if (number > most) {
            problems.add("number " + number + " (" + type + ") is shown, and " + most + " is the greatest reserved");
        }
        if (EventTypes.isTerminal(type) && !header.get().status().ended()) {
            problems.add(type + " is shown before it is in the log");
        }
        if (isRestart(json)) {
            return;
        }
        var before = meanings.putIfAbsent(new Shown(id, number), json);
        if (before != null && !before.equals(json)) {
            problems.add("number " + number + " was shown as " + before + " and as " + json);
        }
    }

    private static boolean isRestart(String json) {
        return json.startsWith("{\"type\":\"" + EventTypes.RESTARTED + "\"");
    }

    /** The responses that the log was given, with the headers as they were then. */
    Map<ResponseId, ResponseHeader> created() {
        return created;
    }

    Optional<Instant> cancelledAt(ResponseId id) {
        return Optional.ofNullable(cancelled.get(id));
    }

    Optional<Instant> endedAt(ResponseId id) {
        return Optional.ofNullable(ended.get(id));
    }

    List<String> problems() {
        return problems;
    }
}
