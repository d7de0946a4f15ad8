package dev.rill.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.simulation.Fault;
import dev.rill.chat.simulation.SimulatedModel.Call;
import dev.rill.chat.simulation.SimulatedModel.Outcome;
import dev.rill.chat.socket.Subject;
import dev.rill.simulation.Observations.AttemptStart;
import dev.rill.simulation.Plan.Stop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Checks at the end of a run what must hold, whatever faults were injected. */
final class Judge {

    /** Maximum time from a cancel to the end of the model's stream, in a run without faults. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(1);

    /** Maximum time from the append of the terminal event to its arrival at the client, if one worker was killed. */
    private static final Duration END_LIMIT = Duration.ofSeconds(40);

    private static final Set<Fault> MODEL_FAULTS = EnumSet.of(
            Fault.MODEL_REFUSES, Fault.MODEL_CUT, Fault.MODEL_NONSENSE, Fault.MODEL_GIVES_UP, Fault.MODEL_STALLS);
    /** Maximum time until a worker notices that a client has left. The next post notices it. */
    private static final Duration NOTICED_WITHIN = Duration.ofSeconds(8);

    private static final Set<Fault> NOTICES_LEAVING =
            EnumSet.of(Fault.MODEL_REFUSES, Fault.MODEL_CUT, Fault.MODEL_NONSENSE, Fault.CLOCK_SKEW);
    private static final Set<Fault> NO_REASON_FOR_GAPS = EnumSet.complementOf(EnumSet.of(
            Fault.POST_FAILS,
            Fault.POST_ANSWER_LOST,
            Fault.POST_TIMEOUT,
            Fault.POST_TWICE,
            Fault.POST_SLOW,
            Fault.POST_HANGS,
            Fault.SOCKET_GONE,
            Fault.LOG_REFUSES,
            Fault.LOG_ANSWER_LOST,
            Fault.LOG_TIMEOUT,
            Fault.LOG_THROTTLED,
            Fault.MESSAGE_KILLED));
    private static final Set<Fault> DEATH_AND_SKEW = EnumSet.of(Fault.WORKER_KILLED, Fault.CLOCK_SKEW);
    private static final Set<Fault> NO_REASON_FOR_SILENCE = EnumSet.of(Fault.CLOCK_SKEW, Fault.HIDING_FAILS);
    private static final Set<Fault> HARMLESS_TO_LINES = EnumSet.copyOf(MODEL_FAULTS);

    static {
        HARMLESS_TO_LINES.addAll(List.of(Fault.SOCKET_CUT, Fault.CLOCK_SKEW, Fault.QUEUE_THROTTLED));
    }

    private static final Set<Fault> PROCESS_FAULTS = EnumSet.of(
            Fault.WORKER_KILLED, Fault.WORKER_FROZEN, Fault.MESSAGE_KILLED, Fault.STREAM_KILLED, Fault.STREAM_FROZEN);

    private final World world;
    private final List<Client> clients;
    private final List<String> problems = new ArrayList<>();
    private final boolean quiet;

    Judge(World world, List<Client> clients) {
        this.world = world;
        this.clients = clients;
        this.quiet = world.chaos.total() == 0;
    }

    List<String> problems() throws InterruptedException {
        problems.addAll(world.observations.problems());
        world.observations.created().values().forEach(this::judgeLog);
        for (var client : clients) {
            judge(client);
        }
        if (world.queue.size() > 0) {
            problems.add("the queue still has " + world.queue.size() + " messages");
        }
        for (var call : world.model.calls()) {
            if (call.outcome() == Outcome.UNDER_WAY) {
                problems.add(call + " was never closed");
            }
        }
        clients.forEach(this::judgeRepeat);
        judgeSuperseded();
        problems.addAll(new ModelCallJudge(world, clients).problems());
        judgePlaces();
        problems.addAll(new BookingJudge(world).problems());
        return List.copyOf(problems);
    }

    // ---- the log --------------------------------------------------------------------------------------------------

    private void judgeLog(ResponseHeader created) {
        var id = created.id();
        var header = world.log.find(id);
        if (world.observations.deletedAt(id).isPresent()) {
            return;
        }
        if (header.isEmpty()) {
            problems.add(id + " is no longer in the log");
            return;
        }
        var events = world.log.read(id, -1);
        if (!header.get().status().ended()) {
            problems.add(id + " has not ended: " + header.get().status() + " after number "
                    + header.get().lastSequence() + reasonForNoEnd(id));
            return;
        }
        long terminals = events.stream().filter(Event::terminal).count();
        var last = events.getLast();
        if (terminals != 1 || !last.terminal()) {
            problems.add(id + " has " + terminals + " terminal events in the log, and ends with " + last.type());
        }
        if (!last.type().equals(EventTypes.terminal(header.get().status()))) {
            problems.add(id + " ends with " + last.type() + ", and its status is "
                    + header.get().status());
        }
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).sequenceNumber() != i) {
                problems.add(id + " has number " + events.get(i).sequenceNumber() + " at index " + i);
                return;
            }
        }
        judgeStop(id);
    }

    /** Returns the responses that end only if a client asks for them, which the protocol permits. */
    List<ResponseId> unwatched() {
        return world.observations.created().keySet().stream()
                .flatMap(id -> world.log.find(id).stream())
                .filter(header -> !header.status().ended())
                .filter(this::isUnwatched)
                .map(ResponseHeader::id)
                .toList();
    }

    /** Returns why a response has no task any more; empty if the reason is not known. */
    private String reasonForNoEnd(ResponseId id) {
        var tooEarly = world.observations.unknownClaim(id);
        if (tooEarly.isPresent()) {
            return "; " + tooEarly.get() + " acknowledged a task of it before the log had the response";
        }
        var attempts = world.observations.attempts(id);
        if (!attempts.isEmpty()
                && world.observations
                        .confirmedLease(attempts.getLast().process())
                        .isEmpty()) {
            return "; " + attempts.getLast().process().name() + " was not told that it holds the lease of attempt "
                    + attempts.getLast().number() + ", and the last task was acknowledged while that lease ran";
        }
        return "";
    }

    /**
     * Whether a response ends only if a client asks for it. This is so if its function was killed, or a table or the
     * queue failed, before any task of it was in the queue. A client may have been sent events of it only if it is
     * inline.
     *
     * <p>It is also so if the queue has refused the tasks of the response, and then the log could not be reached to end
     * it. Both failures are reported to the operator.
     */
    private boolean isUnwatched(ResponseHeader header) {
        return !quiet
                && !world.queue.hasHeardOf(header.id())
                && (header.execution() == Execution.INLINE
                        || !world.observations.isShown(header.id())
                        || world.observations.unexpectedErrors(header.id()) > 1);
    }

    private void judgeStop(ResponseId id) {
        var at = world.observations.cancelledAt(id);
        if (at.isEmpty() || !quiet) {
            return;
        }
        world.observations
                .endedAt(id)
                .filter(end -> end.isAfter(at.get().plus(STOP_LIMIT.multipliedBy(2))))
                .ifPresent(end -> problems.add(id + " ended "
                        + Duration.between(at.get(), end).toMillis() + " ms after a client cancelled it"));
        for (var call : callsFor(world.observations.prompt(id))) {
            var took =
                    call.endedAt().map(end -> Duration.between(at.get(), end)).orElse(STOP_LIMIT.plusSeconds(1));
            if (took.compareTo(STOP_LIMIT) > 0) {
                problems.add("a stop reached the model after " + took.toMillis() + " ms: " + call);
            }
        }
    }

    private void judgePlaces() {
        boolean excused = world.chaos.injected().keySet().stream()
                .anyMatch(fault -> fault.name().startsWith("QUOTA")
                        || fault.name().startsWith("LOG")
                        || PROCESS_FAULTS.contains(fault));
        if (excused) {
            return;
        }
        for (var id : world.observations.created().keySet()) {
            if (world.quota.hasPlace(id)) {
                problems.add(id + " keeps its place in the quota");
            }
        }
    }

    // ---- a client -------------------------------------------------------------------------------------------------

    private void judge(Client client) throws InterruptedException {
        judgeTurns(client, callsFor(client.plan().prompt()));
        if (canTellResponsesApart(client)) {
            judgeTranscript(client, callsOf(client));
        }
    }

    /**
     * Most events do not name their response. So the transcript of a client is checked only if no other response of its
     * request may have been sent to one of its sockets, and if its response was not created again under the same id.
     */
    private boolean canTellResponsesApart(Client client) {
        var ids = world.observations.responses(client.plan().prompt());
        var own = client.transcript().responseId().flatMap(ResponseId::find);
        return ids.stream().noneMatch(world.observations::isRecreated)
                && (ids.size() <= 1
                        || ids.stream()
                                .filter(id -> !own.equals(Optional.of(id)))
                                .flatMap(id -> world.observations.origin(id).stream())
                                .noneMatch(client.sockets()::contains));
    }

    private void judgeTranscript(Client client, List<Call> calls) throws InterruptedException {
        var transcript = client.transcript();
        for (var problem : transcript.problems()) {
            problems.add(client.name() + ": " + problem);
        }
        judgeLeft(client, calls);
        switch (client.state()) {
            case READING, HANGING -> problems.add(client.name() + " hangs after number " + transcript.lastSeen());
            case REFUSED -> judgeRefused(client, calls);
            case ENDED -> judgeEnded(client, calls);
            case LEFT -> {}
        }
        if (isOnly(HARMLESS_TO_LINES) && transcript.repeated() > 0) {
            problems.add(
                    client.name() + " was sent " + transcript.repeated() + " events twice without a request for them");
        }
        if (isOnly(NO_REASON_FOR_GAPS)
                && !client.hasCancelled()
                && client.watcher().isEmpty()
                && transcript.gaps() > 0) {
            problems.add(client.name() + " was sent an event without the event before it");
        }
        if (isOnly(NO_REASON_FOR_SILENCE) && client.refusals().isEmpty() && client.nudges() > 0) {
            problems.add(client.name() + " was sent nothing for a long time");
        }
        client.watcher().ifPresent(this::judge);
        judgePromptness(client);
        var id = transcript.responseId().flatMap(ResponseId::find);
        // A response that has not ended was checked by its log. It is not compared, because a killed attempt may have
        // sent more than it logged.
        if (id.isPresent() && hasEnded(id.get())) {
            compare(client, id.get());
            judgeShown(client, id.get());
        }
    }

    /** A watcher must be sent each number once and in order, and the terminal event. */
    private void judge(Watcher watcher) {
        if (!isOnly(HARMLESS_TO_LINES)
                || world.observations.deletedAt(watcher.id()).isPresent()) {
            return;
        }
        var numbers = watcher.numbers();
        for (int i = 1; i < numbers.size(); i++) {
            if (numbers.get(i) != numbers.get(i - 1) + 1) {
                problems.add("a watcher of " + watcher.id() + " was sent " + numbers);
                return;
            }
        }
        if (!watcher.hasEnded() && !watcher.isLost() && !watcher.isSuperseded() && shows(watcher)) {
            problems.add("a watcher of " + watcher.id() + " was not sent the end, but " + numbers);
        }
    }

    /**
     * Whether a watcher must be sent the terminal event. A response with {@code store: false} that ended before the
     * watcher attached is not sent to a watcher that has none of its events.
     */
    private boolean shows(Watcher watcher) {
        return world.log.find(watcher.id()).filter(ResponseHeader::stored).isPresent()
                || !watcher.numbers().isEmpty();
    }

    /** If one worker is killed, its redelivered message ends the response, without a request of the client. */
    private void judgePromptness(Client client) {
        int deaths = world.chaos.injected().getOrDefault(Fault.WORKER_KILLED, 0);
        if (deaths > 1 || client.plan().transport() == Plan.Transport.HTTP || !isOnly(DEATH_AND_SKEW)) {
            return;
        }
        var logged = client.transcript().responseId().flatMap(ResponseId::find).flatMap(world.observations::endedAt);
        var heard = client.endedAt();
        if (logged.isPresent() && heard.isPresent()) {
            var took = Duration.between(logged.get(), heard.get());
            if (took.compareTo(END_LIMIT) > 0) {
                problems.add(client.name() + " was sent the end " + took.toMillis() + " ms after the log had it");
            }
        }
    }

    /** A transient failure frees the idempotency key; after every other end the key belongs to the same response. */
    private void judgeRepeat(Client client) {
        var before = client.repeatOf();
        var response = client.transcript().responseId().flatMap(ResponseId::find);
        if (before.isEmpty() || response.isEmpty()) {
            return;
        }
        var freed = world.observations.hasFreedItsKey(before.get());
        if (freed == before.equals(response)) {
            problems.add(client.name() + " repeated its request after the end of " + before.get() + ", which "
                    + (freed ? "frees the key" : "does not free the key") + ", and was sent " + response.get());
        }
    }

    /** The client of a superseded socket must be sent the error {@code superseded}. */
    private void judgeSuperseded() {
        if (!isOnly(HARMLESS_TO_LINES)) {
            return;
        }
        world.observations.superseded().forEach((connection, untold) -> {
            if (untold > 0 && world.gateway.isOpen(connection)) {
                problems.add(connection + " was superseded, and its client was not sent the error");
            }
        });
    }

    private boolean isOnly(Set<Fault> faults) {
        return faults.containsAll(world.chaos.injected().keySet());
    }

    private void judgeRefused(Client client, List<Call> calls) {
        if (quiet && !client.refusals().stream().allMatch(Judge::isOverLimit)) {
            problems.add(client.name() + " was refused: " + client.refusals());
        }
        if (quiet && client.repeatOf().isEmpty() && !calls.isEmpty()) {
            problems.add(client.name() + " was refused, and the model was called: " + calls);
        }
    }

    private static boolean isOverLimit(String code) {
        return code.contains("too_many_requests") || code.contains("budget_exceeded");
    }

    private void judgeEnded(Client client, List<Call> calls) {
        var transcript = client.transcript();
        var end = transcript.end().orElseThrow();
        var response = Json.findObject(end.json()).orElseThrow().path("response");
        switch (end.type()) {
            case EventTypes.COMPLETED -> {
                if (client.plan().request().answer() == Plan.Answer.WARM_UP) {
                    judgeWarmUp(client, calls);
                } else if (calls.stream().noneMatch(call -> call.text().equals(transcript.text()))) {
                    problems.add(
                            client.name() + " has read '" + transcript.text() + "', which no call has sent: " + calls);
                }
            }
            case EventTypes.INCOMPLETE -> judgeIncomplete(client, reasonOf(response), calls);
            case EventTypes.FAILED ->
                judgeFailed(client, response.at("/error/code").asText(), calls);
            default -> problems.add(client.name() + " ended with " + end.type());
        }
        if (quiet
                && !end.type().equals(EventTypes.COMPLETED)
                && !isCancelled(client)
                && calls.stream().noneMatch(this::isLong)) {
            problems.add(client.name() + " ended with " + end.json() + ", in a run without faults");
        }
    }

    private void judgeWarmUp(Client client, List<Call> calls) {
        if (!calls.isEmpty() || !client.transcript().text().isEmpty()) {
            problems.add(client.name() + " asked for no answer, and the model was called: " + calls);
        }
    }

    /** The model must be sent the complete conversation, in order. */
    private void judgeTurns(Client client, List<Call> calls) {
        var expected = new ArrayList<String>();
        client.plan().request().previous().ifPresent(previous -> expected.addAll(previous.turns()));
        expected.add(client.plan().prompt());
        for (var call : calls) {
            if (!call.turns().equals(expected)) {
                problems.add("the model was sent the conversation " + call.turns() + " and not " + expected);
            }
        }
    }

    /** The model must be stopped if its only client has been away for longer than the grace period. */
    private void judgeLeft(Client client, List<Call> calls) {
        if (client.leftAt().isEmpty()
                || client.hasFollowed()
                || client.watcher().isPresent()
                || !isOnly(NOTICES_LEAVING)) {
            return;
        }
        var limit = client.leftAt().get().plus(World.DETACH_GRACE).plus(NOTICED_WITHIN);
        for (var call : calls) {
            if (call.endedAt().filter(end -> !end.isAfter(limit)).isEmpty()) {
                problems.add(client.name() + " left at " + client.leftAt().get() + ", and the model was not stopped: "
                        + call);
            }
        }
    }

    /** A cancelled response names no reason but in its status. */
    private static String reasonOf(JsonNode response) {
        var status = response.path("status").asText();
        return status.equals("cancelled")
                ? status
                : response.at("/incomplete_details/reason").asText();
    }

    private void judgeIncomplete(Client client, String reason, List<Call> calls) {
        var expected = switch (reason) {
            case "cancelled" -> isCancelled(client);
            case "max_output_tokens" -> calls.stream().anyMatch(call -> call.outcome() == Outcome.GAVE_UP);
            case "budget_exceeded" ->
                world.limits.hasTokenLimit() && calls.stream().anyMatch(call -> call.outcome() == Outcome.GAVE_UP);
            case "time_limit" -> !quiet || calls.stream().anyMatch(this::isLong);
            case "client_gone" -> client.plan().transport() == Plan.Transport.HTTP || !isOnly(HARMLESS_TO_LINES);
            default -> false;
        };
        if (!expected) {
            problems.add(client.name() + " ended incomplete: " + reason);
        }
    }

    /** Whether this client, or another client with the same request, has cancelled it. */
    private boolean isCancelled(Client client) {
        return clients.stream()
                .filter(other -> other.plan().prompt().equals(client.plan().prompt()))
                .anyMatch(Client::hasCancelled);
    }

    private boolean isLong(Call call) {
        return call.took(world.time.instant()).compareTo(World.FUNCTION_TIMEOUT.minusSeconds(10)) > 0;
    }

    private void judgeFailed(Client client, String code, List<Call> calls) {
        var byModel = calls.stream()
                .anyMatch(call ->
                        call.failure().filter(it -> it.code().equals(code)).isPresent()
                                || call.outcome() == Outcome.GAVE_UP
                                || call.outcome() == Outcome.CLOSED);
        var expected = switch (code) {
            case "server_error", "gave_up" -> !quiet;
            case "model_invalid_output" -> world.chaos.injected().containsKey(Fault.MODEL_NONSENSE);
            default -> byModel;
        };
        if (!expected) {
            problems.add(client.name() + " ended failed: " + code + ", after " + calls);
        }
    }

    /** A client must have been sent the events of the log, except for events that a restart has discarded. */
    private void compare(Client client, ResponseId id) {
        if (world.observations.deletedAt(id).isPresent()) {
            return;
        }
        var events = world.log.read(id, -1);
        var taken = client.transcript().taken();
        if (taken.size() > events.size()) {
            problems.add(client.name() + " was sent " + taken.size() + " events, and the log has " + events.size());
            return;
        }
        for (int i = 0; i < taken.size(); i++) {
            var sent = taken.get(i);
            var logged = events.get(i);
            if (!sent.json().equals(logged.json()) && !isRestart(sent.type()) && !isRestart(logged.type())) {
                problems.add(client.name() + " was sent " + sent.json() + ", and the log has " + logged.json());
            }
        }
        if (client.state() == Client.State.ENDED && taken.size() < events.size()) {
            problems.add(client.name() + " has " + taken.size() + " events, and the log has " + events.size());
        }
    }

    private boolean hasEnded(ResponseId id) {
        return world.log.find(id).map(header -> header.status().ended()).orElse(true);
    }

    private void judgeShown(Client client, ResponseId id) throws InterruptedException {
        var chat = world.chat(world.time.newProcess("judge", Duration.ZERO));
        Optional<ObjectNode> shown;
        try {
            shown = Optional.of(chat.retrieve(id, Subject.ANONYMOUS));
        } catch (ApiException e) {
            shown = Optional.empty();
        }
        var deleted = world.observations.deletedAt(id).isPresent();
        if (shown.isPresent() != (client.plan().stored() && !deleted)) {
            problems.add(client.name() + " sent store: " + client.plan().stored() + ", and its response is "
                    + (shown.isPresent() ? "shown" : "not shown"));
        }
        if (client.plan().stop() instanceof Stop.Never && client.state() == Client.State.LEFT) {
            problems.add(client.name() + " left, and its plan has no such step");
        }
    }

    /** The calls for the response that the client was sent; if it was sent none, those for all of its request. */
    private List<Call> callsOf(Client client) {
        var calls = callsFor(client.plan().prompt());
        var own = client.transcript().responseId().flatMap(ResponseId::find);
        if (own.isEmpty()) {
            return calls;
        }
        var processes = world.observations.attempts(own.get()).stream()
                .map(AttemptStart::process)
                .toList();
        return calls.stream().filter(call -> processes.contains(call.process())).toList();
    }

    private List<Call> callsFor(String prompt) {
        return world.model.calls().stream()
                .filter(call -> call.prompt().equals(prompt))
                .toList();
    }

    private static boolean isRestart(String type) {
        return type.equals(EventTypes.RESTARTED);
    }
}
