package dev.rill.simulation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.model.ModelFailure;
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
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What can be seen from outside at the instant at which it happens: what is shown, and what the log has then. */
final class Observations implements SimulatedLog.Observer, SimulatedSockets.Observer {

    private static final int MAX_ATTEMPTS = 3;
    private static final Pattern STREAM_ID = Pattern.compile(",\"stream_id\":\"[a-z]+\"}$");

    private final InMemoryResponseLog log;
    private final Time time;
    private final BiPredicate<ResponseId, SimulatedProcess> isQueued;
    private final Consumer<SimulatedProcess> onEnded;
    private final Map<ResponseId, ResponseHeader> created = new LinkedHashMap<>();
    private final Map<ResponseId, List<AttemptStart>> attempts = new HashMap<>();
    private final Map<ResponseId, SimulatedProcess> creators = new HashMap<>();
    private final Map<ResponseId, Instant> createdAt = new HashMap<>();
    private final Map<SimulatedProcess, Integer> failuresInARow = new HashMap<>();
    private final Map<SimulatedProcess, Instant> confirmedLeases = new HashMap<>();
    private final Map<ResponseId, String> unknownClaims = new HashMap<>();
    private final Map<ConnectionId, Integer> superseded = new LinkedHashMap<>();
    private final Set<ResponseId> recreated = new HashSet<>();

    /** Of responses that were deleted. */
    private final List<ResponseHeader> deletedHeaders = new ArrayList<>();

    /** Of responses that were deleted. */
    private final Map<ResponseId, String> failureCodes = new HashMap<>();

    private final Map<ResponseId, Instant> deleted = new HashMap<>();
    private final Map<ResponseId, Instant> cancelled = new HashMap<>();
    private final Map<ResponseId, Instant> ended = new HashMap<>();
    private final Map<ConnectionId, ResponseId> heard = new HashMap<>();
    private final Set<ConnectionId> mixed = new HashSet<>();
    private final Map<Shown, String> meanings = new HashMap<>();
    private final Set<ResponseId> shown = new HashSet<>();
    private final Map<ResponseId, Integer> unexpectedErrors = new HashMap<>();
    /** The greatest number by which a restart was shown. */
    private final Map<ResponseId, Integer> announced = new HashMap<>();

    private final List<String> problems = new ArrayList<>();

    private record Shown(ResponseId id, long number) {}

    /**
     * The start of an attempt, as the log has it.
     *
     * @param header with the number of the attempt
     * @param process the process to which the log has granted the lease
     * @param at when the log granted it
     * @param leaseBefore the end of the lease of the attempt before; {@link Instant#EPOCH} if there was none
     */
    record AttemptStart(ResponseHeader header, SimulatedProcess process, Instant at, Instant leaseBefore) {
        int number() {
            return header.attempt();
        }
    }

    /**
     * @param isQueued whether the queue has taken a message about a response, or has failed to take one of the process
     *     that created the response
     * @param onEnded is told which process has logged a terminal event
     */
    Observations(
            InMemoryResponseLog log,
            Time time,
            BiPredicate<ResponseId, SimulatedProcess> isQueued,
            Consumer<SimulatedProcess> onEnded) {
        this.onEnded = onEnded;
        this.log = log;
        this.time = time;
        this.isQueued = isQueued;
    }

    @Override
    public void onCreated(ResponseHeader header, SimulatedProcess process) {
        if (created.put(header.id(), header) != null) {
            recreated.add(header.id());
        }
        createdAt.put(header.id(), time.instant());
        creators.put(header.id(), process);
        if (header.execution() == Execution.INLINE) {
            attempts.computeIfAbsent(header.id(), _ -> new ArrayList<>())
                    .add(new AttemptStart(header, process, time.instant(), Instant.EPOCH));
        }
    }

    @Override
    public void onClaimed(ResponseHeader before, ResponseHeader granted, SimulatedProcess process) {
        // A request that claims without a task ends the response, and answers nothing.
        if (granted.lease().task().isPresent() && granted.lane().isPresent()) {
            checkTurn(granted);
        }
        var shownBefore = announced.getOrDefault(granted.id(), 0);
        if (granted.lease().announced() <= shownBefore) {
            problems.add("an attempt at " + granted.id() + " has the number "
                    + granted.lease().announced() + ", and " + shownBefore + " was shown before");
        }
        attempts.computeIfAbsent(granted.id(), _ -> new ArrayList<>())
                .add(new AttemptStart(granted, process, time.instant(), before.leaseUntil()));
    }

    /** A response of a lane is answered only after all that were accepted before it have ended. */
    private void checkTurn(ResponseHeader granted) {
        created.values().stream()
                .takeWhile(earlier -> !earlier.id().equals(granted.id()))
                .filter(earlier -> earlier.lane().equals(granted.lane()))
                .filter(earlier -> !recreated.contains(earlier.id()))
                .filter(earlier -> log.find(earlier.id())
                        .filter(header -> !header.status().ended())
                        .isPresent())
                .forEach(earlier -> problems.add(granted.id() + " is answered before " + earlier.id()
                        + ", which was accepted earlier in its lane, has ended"));
    }

    @Override
    public void onRequestFailed(SimulatedProcess process, int inARow) {
        failuresInARow.merge(process, inARow, Math::max);
    }

    @Override
    public void onLeaseConfirmed(SimulatedProcess process, Instant leaseUntil) {
        confirmedLeases.put(process, leaseUntil);
    }

    /** The end of the lease of which an attempt was told last; empty if the log has answered none of its requests. */
    Optional<Instant> confirmedLease(SimulatedProcess process) {
        return Optional.ofNullable(confirmedLeases.get(process));
    }

    @Override
    public void onUnknownClaimed(ResponseId id, SimulatedProcess process) {
        unknownClaims.put(id, process.name());
    }

    /** The process that has claimed a response before the log had it. */
    Optional<String> unknownClaim(ResponseId id) {
        return Optional.ofNullable(unknownClaims.get(id));
    }

    @Override
    public void onSuperseded(ConnectionId connection) {
        superseded.merge(connection, 1, Integer::sum);
    }

    /** How often a socket was superseded, less the times that its client was told so. */
    Map<ConnectionId, Integer> superseded() {
        return superseded;
    }

    /** How many requests of an attempt to the log have failed one after another, at most. */
    int failuresInARow(SimulatedProcess process) {
        return failuresInARow.getOrDefault(process, 0);
    }

    @Override
    public void onDeleted(ResponseId id) {
        failureCodes.put(id, failureCode(id));
        deleted.putIfAbsent(id, time.instant());
        log.find(id).ifPresent(deletedHeaders::add);
        // A repeat of the request may create the response anew.
        meanings.keySet().removeIf(shownBefore -> shownBefore.id.equals(id));
        announced.remove(id);
    }

    /** The responses that have ended, those included that were deleted then. */
    List<ResponseHeader> ended() {
        return Stream.concat(deletedHeaders.stream(), created.keySet().stream().flatMap(id -> log.find(id).stream()))
                .filter(header -> header.status().ended())
                .toList();
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
        if (payload.at("/error/code").asText().equals("superseded")) {
            superseded.merge(connection, -1, Integer::sum);
        }
        if (!payload.path("sequence_number").isIntegralNumber()) {
            return;
        }
        responseOf(connection, payload)
                .ifPresent(id -> check(
                        id,
                        payload.path("sequence_number").asLong(),
                        payload.path("type").asText(),
                        withoutStreamId(message)));
    }

    /** Sockets are sent the same event with the stream ids of their own. */
    private static String withoutStreamId(String message) {
        return STREAM_ID.matcher(message).replaceFirst("}");
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
        if (header.isEmpty() && deleted.containsKey(id)) {
            return;
        }
        if (header.isEmpty()) {
            problems.add(type + " of a response that the log does not have");
            return;
        }
        boolean warmUp = !header.get().request().body().path("generate").asBoolean(true);
        if (header.get().execution() == Execution.QUEUED
                && !warmUp
                && number == 0
                && !isQueued.test(id, creators.get(id))) {
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
            checkRestart(header.get(), json);
            return;
        }
        var before = meanings.putIfAbsent(new Shown(id, number), json);
        if (before != null && !before.equals(json)) {
            problems.add("number " + number + " was shown as " + before + " and as " + json);
        }
    }

    /** A restart is announced by a number that the log has taken, so that no later attempt has it. */
    private void checkRestart(ResponseHeader header, String json) {
        int number = Json.findObject(json).orElseThrow().path("attempt").asInt();
        if (number > header.lease().announced()) {
            problems.add("the restart " + number + " of " + header.id() + " is shown, and the log has the number "
                    + header.lease().announced());
        }
        announced.merge(header.id(), number, Math::max);
    }

    private static boolean isRestart(String json) {
        return json.startsWith("{\"type\":\"" + EventTypes.RESTARTED + "\"");
    }

    /** The responses that the log was given, with the headers as they were then. */
    Map<ResponseId, ResponseHeader> created() {
        return created;
    }

    /** The attempts at a response that the log has granted, in the order of time. */
    List<AttemptStart> attempts(ResponseId id) {
        return attempts.getOrDefault(id, List.of());
    }

    /** When the log had a response. */
    Instant createdAt(ResponseId id) {
        return createdAt.getOrDefault(id, Instant.MAX);
    }

    /** Whether a repeat has created a response anew after its client had deleted it. */
    boolean isRecreated(ResponseId id) {
        return recreated.contains(id);
    }

    Optional<Instant> deletedAt(ResponseId id) {
        return Optional.ofNullable(deleted.get(id));
    }

    /** The socket of the request of a response; empty over HTTP. */
    Optional<ConnectionId> origin(ResponseId id) {
        return Optional.ofNullable(created.get(id))
                .flatMap(header -> header.owner().origin());
    }

    /** The text of the prompt of a response; empty text if its request has none. */
    String prompt(ResponseId id) {
        return Optional.ofNullable(created.get(id))
                .map(header -> header.request().body().path("input"))
                .map(input -> input.isTextual()
                        ? input.textValue()
                        : input.path(0).path("content").asText())
                .orElse("");
    }

    /** The responses that were created for a prompt, in the order of time. */
    List<ResponseId> responses(String prompt) {
        return created.keySet().stream().filter(id -> prompt(id).equals(prompt)).toList();
    }

    /** Whether a response has failed with a code that tells the client to ask again later. */
    boolean hasFreedItsKey(ResponseId id) {
        var code = failureCode(id);
        return code.equals("gave_up")
                || ModelFailure.ofCode(code).filter(ModelFailure::isTransient).isPresent();
    }

    /** The code with which a response has failed; empty text if it has not. */
    String failureCode(ResponseId id) {
        if (failureCodes.containsKey(id)) {
            return failureCodes.get(id);
        }
        var events = log.read(id, -1);
        return events.isEmpty() || !events.getLast().type().equals(EventTypes.FAILED)
                ? ""
                : events.getLast()
                        .findPayload()
                        .map(payload -> payload.at("/response/error/code").asText())
                        .orElse("");
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
