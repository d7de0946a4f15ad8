package dev.rill.simulation;

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
import dev.rill.chat.simulation.SimulatedProcess;
import dev.rill.chat.socket.Subject;
import dev.rill.simulation.Plan.Stop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What must hold at the end of a story, whatever went wrong in it. */
final class Judge {

    /** From the request to stop to the end of the model's stream, where nothing went wrong. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(1);

    /** From the terminal event in the log to the client, if one worker has died. */
    private static final Duration END_LIMIT = Duration.ofSeconds(40);

    private static final Set<Fault> MODEL_FAULTS = EnumSet.of(
            Fault.MODEL_REFUSES, Fault.MODEL_CUT, Fault.MODEL_NONSENSE, Fault.MODEL_GIVES_UP, Fault.MODEL_STALLS);
    private static final Set<Fault> DEATH_AND_SKEW = EnumSet.of(Fault.WORKER_KILLED, Fault.CLOCK_SKEW);
    private static final Set<Fault> NO_REASON_FOR_SILENCE = EnumSet.of(Fault.CLOCK_SKEW, Fault.HIDING_FAILS);
    private static final Set<Fault> HARMLESS_TO_LINES = EnumSet.copyOf(MODEL_FAULTS);

    static {
        HARMLESS_TO_LINES.addAll(List.of(Fault.SOCKET_CUT, Fault.CLOCK_SKEW));
    }

    private static final Fault[] LOG_FAULTS = {
        Fault.LOG_REFUSES, Fault.LOG_ANSWER_LOST, Fault.LOG_SLOW, Fault.LOG_THROTTLED
    };
    private static final Fault[] PROCESS_FAULTS = {
        Fault.WORKER_KILLED, Fault.WORKER_FROZEN, Fault.MESSAGE_KILLED, Fault.STREAM_KILLED, Fault.STREAM_FROZEN
    };

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
            problems.add("the queue does not come to rest: " + world.queue.size() + " messages");
        }
        for (var call : world.model.calls()) {
            if (call.outcome() == Outcome.UNDER_WAY) {
                problems.add(call + " was never closed");
            }
        }
        judgePlaces();
        return List.copyOf(problems);
    }

    // ---- the log --------------------------------------------------------------------------------------------------

    private void judgeLog(ResponseHeader created) {
        var id = created.id();
        var header = world.log.find(id);
        if (header.isEmpty()) {
            problems.add(id + " is no longer in the log");
            return;
        }
        var events = world.log.read(id, -1);
        if (!header.get().status().ended() && isUnwatched(header.get())) {
            return;
        }
        if (!header.get().status().ended()) {
            problems.add(id + " has not ended: " + header.get().status() + " after number "
                    + header.get().lastSequence());
            return;
        }
        long terminals = events.stream().filter(Event::terminal).count();
        var last = events.getLast();
        if (terminals != 1 || !last.terminal()) {
            problems.add(id + " has " + terminals + " terminal events in the log, and ends with " + last.type());
        }
        if (!last.type().equals("response." + header.get().status().wire())) {
            problems.add(id + " ends with " + last.type() + ", and its status is "
                    + header.get().status());
        }
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).sequenceNumber() != i) {
                problems.add(id + " has number " + events.get(i).sequenceNumber() + " at place " + i);
                return;
            }
        }
        judgeStop(id);
    }

    /**
     * Its function died, or a table or the queue failed, before any message about it was in the queue, and no client
     * has asked after it since its lease ended: until one does, nothing ends it. Only of an inline response may a
     * client have been told by then.
     *
     * <p>The same holds where the queue has refused the tasks of a response, and then the log could not be reached to
     * end it: both are reported to the operator.
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
        for (var call : callsFor(prompt(id))) {
            var took =
                    call.endedAt().map(end -> Duration.between(at.get(), end)).orElse(STOP_LIMIT.plusSeconds(1));
            if (took.compareTo(STOP_LIMIT) > 0) {
                problems.add("a stop reached the model after " + took.toMillis() + " ms: " + call);
            }
        }
    }

    private String prompt(ResponseId id) {
        return Optional.ofNullable(world.observations.created().get(id))
                .map(header -> header.request().body().path("input"))
                .map(input -> input.isTextual()
                        ? input.textValue()
                        : input.path(0).path("content").asText())
                .orElse("");
    }

    private void judgePlaces() {
        boolean excused = world.chaos.injected().keySet().stream()
                .anyMatch(fault -> fault.name().startsWith("QUOTA")
                        || fault.name().startsWith("LOG")
                        || List.of(PROCESS_FAULTS).contains(fault));
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
        var transcript = client.transcript();
        if (responses(client) > 1) {
            // On one socket a client can't tell the events of two responses apart.
            return;
        }
        for (var problem : transcript.problems()) {
            problems.add(client.name() + ": " + problem);
        }
        var calls = callsFor(client.plan().request().prompt());
        switch (client.state()) {
            case READING, HANGING -> problems.add(client.name() + " hangs after number " + transcript.lastSeen());
            case REFUSED -> judgeRefused(client, calls);
            case ENDED -> judgeEnded(client, calls);
            case LEFT -> {}
        }
        judgeCalls(client, calls);
        if (isOnly(HARMLESS_TO_LINES) && transcript.repeated() > 0) {
            problems.add(client.name() + " was sent " + transcript.repeated() + " events twice, unasked");
        }
        if (isOnly(NO_REASON_FOR_SILENCE) && client.nudges() > 0) {
            problems.add(client.name() + " heard nothing for long");
        }
        client.watcher().ifPresent(this::judge);
        judgePromptness(client);
        var id = transcript.responseId().flatMap(ResponseId::find);
        // One that has not ended was judged by its log, or is excused: an attempt that died had sent more than was
        // logged.
        if (id.isPresent() && hasEnded(id.get())) {
            compare(client, id.get());
            judgeShown(client, id.get());
        }
    }

    /** What is attached is sent the end, and each number once and in order. */
    private void judge(Watcher watcher) {
        if (!isOnly(HARMLESS_TO_LINES)) {
            return;
        }
        var numbers = watcher.numbers();
        for (int i = 1; i < numbers.size(); i++) {
            if (numbers.get(i) != numbers.get(i - 1) + 1) {
                problems.add("a watcher of " + watcher.id() + " was sent " + numbers);
                return;
            }
        }
        if (!watcher.hasEnded() && !watcher.isLost() && shows(watcher)) {
            problems.add("a watcher of " + watcher.id() + " was not sent the end, but " + numbers);
        }
    }

    /**
     * An answer that is not stored may have ended when the watcher came, and is then shown to none that has nothing.
     */
    private boolean shows(Watcher watcher) {
        return world.log.find(watcher.id()).filter(ResponseHeader::stored).isPresent()
                || !watcher.numbers().isEmpty();
    }

    /** One death of a worker delays the end until its message comes again, not until the client asks. */
    private void judgePromptness(Client client) {
        int deaths = world.chaos.injected().getOrDefault(Fault.WORKER_KILLED, 0);
        if (deaths > 1 || client.plan().request().transport() == Plan.Transport.HTTP || !isOnly(DEATH_AND_SKEW)) {
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

    private boolean isOnly(Set<Fault> faults) {
        return faults.containsAll(world.chaos.injected().keySet());
    }

    private void judgeRefused(Client client, List<Call> calls) {
        if (quiet && !client.refusals().stream().allMatch(code -> code.contains("too_many_requests"))) {
            problems.add(client.name() + " was refused: " + client.refusals());
        }
        if (quiet && !calls.isEmpty()) {
            problems.add(client.name() + " was refused, and the model was asked: " + calls);
        }
    }

    private void judgeEnded(Client client, List<Call> calls) {
        var transcript = client.transcript();
        var end = transcript.end().orElseThrow();
        var response = Json.findObject(end.json()).orElseThrow().path("response");
        switch (end.type()) {
            case EventTypes.COMPLETED -> {
                if (calls.stream().noneMatch(call -> call.text().equals(transcript.text()))) {
                    problems.add(
                            client.name() + " has read '" + transcript.text() + "', which no call has said: " + calls);
                }
            }
            case EventTypes.INCOMPLETE ->
                judgeIncomplete(
                        client, response.at("/incomplete_details/reason").asText(), calls);
            case EventTypes.FAILED ->
                judgeFailed(client, response.at("/error/code").asText(), calls);
            default -> problems.add(client.name() + " ended with " + end.type());
        }
        if (quiet
                && !end.type().equals(EventTypes.COMPLETED)
                && !client.hasCancelled()
                && calls.stream().noneMatch(this::isLong)) {
            problems.add(client.name() + " ended with " + end.json() + ", and nothing went wrong");
        }
    }

    private void judgeIncomplete(Client client, String reason, List<Call> calls) {
        var expected = switch (reason) {
            case "cancelled" -> client.hasCancelled();
            case "max_output_tokens" -> calls.stream().anyMatch(call -> call.outcome() == Outcome.GAVE_UP);
            case "time_limit" -> !quiet || calls.stream().anyMatch(this::isLong);
            case "client_gone" ->
                client.plan().request().transport() == Plan.Transport.HTTP || !isOnly(HARMLESS_TO_LINES);
            default -> false;
        };
        if (!expected) {
            problems.add(client.name() + " ended incomplete: " + reason);
        }
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

    /** Each call of the model but the first must have its excuse in the one before it. */
    private void judgeCalls(Client client, List<Call> calls) {
        for (int i = 1; i < calls.size(); i++) {
            var before = calls.get(i - 1);
            if (!isExcuse(before, calls.get(i), client)) {
                problems.add(client.name() + " costs a call of the model without an excuse: " + calls.get(i) + " after "
                        + before);
            }
        }
    }

    private boolean isExcuse(Call before, Call after, Client client) {
        if (before.process().equals(after.process())) {
            return !before.hasBegun()
                    && before.failure().filter(failure -> failure.isRetryable()).isPresent();
        }
        return isHarmed(before.process())
                || isHarmed(after.process())
                // The request is free again after a failure that may pass.
                || (client.plan().request().repeatable()
                        && before.failure()
                                .filter(failure -> failure.isTransient())
                                .isPresent());
    }

    private boolean isHarmed(SimulatedProcess process) {
        return world.chaos.suffered(process.name(), LOG_FAULTS) > 0
                || world.chaos.suffered(process.name(), PROCESS_FAULTS) > 0
                || world.chaos.suffered(process.name(), Fault.QUOTA_REFUSES, Fault.QUOTA_ANSWER_LOST) > 0;
    }

    /** What a client has been sent is what the log has, but for what an attempt that died has said. */
    private void compare(Client client, ResponseId id) {
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
        if (shown.isPresent() != client.plan().request().stored()) {
            problems.add(
                    client.name() + " said store: " + client.plan().request().stored() + ", and its response is "
                            + (shown.isPresent() ? "shown" : "not shown"));
        }
        if (client.plan().stop() instanceof Stop.Never && client.state() == Client.State.LEFT) {
            problems.add(client.name() + " left unplanned");
        }
    }

    /** How many responses a client's request has: a repeat that comes after a failure has another one. */
    private long responses(Client client) {
        return world.observations.created().keySet().stream()
                .filter(id -> prompt(id).equals(client.plan().request().prompt()))
                .count();
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
