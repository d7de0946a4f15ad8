package dev.rill.simulation;

import dev.rill.chat.answer.LogIntervals;
import dev.rill.chat.log.Execution;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.simulation.Chaos.Strike;
import dev.rill.chat.simulation.Fault;
import dev.rill.chat.simulation.SimulatedModel.Call;
import dev.rill.simulation.Observations.AttemptStart;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Counts the calls of the model for each request, because the operator pays for each one. The protocol permits a second
 * call in four cases:
 *
 * <ul>
 *   <li>by the same attempt, if the call before failed in a retryable way without any output;
 *   <li>by the same attempt, if the model is a list and the server before failed after output;
 *   <li>by the next attempt, if the process of the attempt before was killed, or was frozen or kept from the log for so
 *       long that its lease ran out;
 *   <li>by the next response of an idempotency key, if the response before has failed with a code that frees the key,
 *       or was deleted.
 * </ul>
 */
final class ModelCallJudge {

    private static final Duration LEASE = LogIntervals.DEFAULT.lease();

    /**
     * A lease is renewed after a quarter of it. So a process that loses it was kept from the log for the other three
     * quarters, less a second for the clocks and for requests that are under way.
     */
    private static final Duration LOSES_LEASE =
            LEASE.dividedBy(4).multipliedBy(3).minusSeconds(1);

    /** A thread that waits for a subscriber looks at the lease every second. */
    private static final Duration STOPS_READING_WITHIN = Duration.ofSeconds(3);

    /** An attempt gives up after so many failed requests to the log, one after another. */
    private static final int FATAL_FAILURES = 4;

    private static final Set<Fault> KILLED = EnumSet.of(Fault.WORKER_KILLED, Fault.STREAM_KILLED, Fault.MESSAGE_KILLED);
    private static final Set<Fault> FROZEN = EnumSet.of(Fault.WORKER_FROZEN, Fault.STREAM_FROZEN);
    private static final Set<Fault> FAILS_REQUEST =
            EnumSet.of(Fault.LOG_REFUSES, Fault.LOG_ANSWER_LOST, Fault.LOG_TIMEOUT, Fault.LOG_THROTTLED);
    private static final Set<Fault> BLOCKS_LOG_WRITER = EnumSet.of(
            Fault.LOG_REFUSES,
            Fault.LOG_ANSWER_LOST,
            Fault.LOG_TIMEOUT,
            Fault.LOG_THROTTLED,
            Fault.LOG_SLOW,
            Fault.WORKER_FROZEN,
            Fault.STREAM_FROZEN);

    private final World world;
    private final List<Client> clients;
    private final List<String> problems = new ArrayList<>();
    private final Set<Call> known = new HashSet<>();

    ModelCallJudge(World world, List<Client> clients) {
        this.world = world;
        this.clients = clients;
    }

    List<String> problems() {
        world.observations.created().keySet().forEach(this::judgeAttempts);
        for (var call : world.model.calls()) {
            if (!known.contains(call)) {
                problems.add("the model is asked by a process that holds no lease: " + call);
            }
        }
        clients.forEach(this::judgeResponses);
        return List.copyOf(problems);
    }

    // ---- within one response ------------------------------------------------------------------------------------

    private void judgeAttempts(ResponseId id) {
        var attempts = world.observations.attempts(id);
        for (int i = 0; i < attempts.size(); i++) {
            var attempt = attempts.get(i);
            var calls = callsOf(attempt);
            known.addAll(calls);
            if (calls.isEmpty() || world.observations.isRecreated(id)) {
                continue;
            }
            judgeRetries(calls);
            judgeStart(id, attempt, calls);
            if (i + 1 < attempts.size()) {
                judgeEndOfCalls(calls, attempts.get(i + 1));
            }
            if (i + 1 < attempts.size() && isPaidAgain(attempts.subList(i + 1, attempts.size()))) {
                judgeTakeover(id, attempt, attempts.get(i + 1));
            }
        }
    }

    private List<Call> callsOf(AttemptStart attempt) {
        var prompt = world.observations.prompt(attempt.header().id());
        return world.model.calls().stream()
                .filter(call -> call.process().equals(attempt.process()))
                .filter(call -> call.prompt().equals(prompt))
                .toList();
    }

    private boolean isPaidAgain(List<AttemptStart> later) {
        return later.stream().anyMatch(attempt -> !callsOf(attempt).isEmpty());
    }

    private void judgeRetries(List<Call> calls) {
        var unreplaced = calls.stream().filter(call -> !call.isReplacement()).count();
        if (unreplaced > World.MODEL_REQUESTS) {
            problems.add("one attempt asks the model " + unreplaced + " times: " + calls);
        }
        for (int i = 1; i < calls.size(); i++) {
            var before = calls.get(i - 1);
            if (calls.get(i).isReplacement()) {
                judgeReplacement(before, calls.get(i));
                continue;
            }
            var mayRetry = !before.hasBegun()
                    && !before.isReplacement()
                    && before.failure().filter(ModelFailure::isRetryable).isPresent();
            if (!mayRetry) {
                problems.add(
                        calls.get(i) + " is a second call of one attempt, and there was no retryable failure before"
                                + " output: " + before);
            }
        }
    }

    private void judgeReplacement(Call before, Call replacement) {
        if (before.failure().isEmpty() || !(before.hasBegun() || before.isReplacement())) {
            problems.add(replacement + " takes the place of a call that has not failed after output: " + before);
        }
    }

    private void judgeStart(ResponseId id, AttemptStart attempt, List<Call> calls) {
        if (attempt.header().execution() == Execution.INLINE && attempt.number() > 1) {
            problems.add("an inline response is answered again: " + calls);
        }
        var cancelled = world.observations.cancelledAt(id);
        if (cancelled.isPresent() && cancelled.get().isBefore(attempt.at())) {
            problems.add("attempt " + attempt.number() + " of " + id
                    + " asks the model, and the log had a request to cancel before that attempt: " + calls);
        }
    }

    /**
     * An attempt reads no more of the model when its lease has run out. While the model is silent, it does not notice.
     */
    private void judgeEndOfCalls(List<Call> calls, AttemptStart next) {
        var limit = next.at().plus(STOPS_READING_WITHIN);
        for (var call : calls) {
            if (call.readAt().isAfter(limit) && !isFrozenSince(call, next.leaseBefore())) {
                problems.add("an attempt that has lost its lease still reads the model: " + call);
            }
        }
    }

    private boolean isFrozenSince(Call call, Instant instant) {
        return world.chaos.strikes(call.process().name()).stream()
                .filter(strike -> FROZEN.contains(strike.fault()))
                .anyMatch(strike -> strike.at().plus(strike.blocked()).isAfter(instant));
    }

    /** The next attempt has the lease only because the attempt before has lost it; this must have had a reason. */
    private void judgeTakeover(ResponseId id, AttemptStart attempt, AttemptStart next) {
        var strikes = world.chaos.strikes(attempt.process().name()).stream()
                .filter(strike -> !strike.at().isAfter(next.at()))
                .toList();
        var killed = strikes.stream().anyMatch(strike -> KILLED.contains(strike.fault()));
        var duringLease = strikes.stream()
                .filter(strike -> BLOCKS_LOG_WRITER.contains(strike.fault()))
                .filter(strike -> isDuring(strike, leaseEnd(attempt, next)))
                .toList();
        var timedOut = world.hasTimedOut(attempt.process()) && !duringLease.isEmpty();
        var gaveUp = world.observations.failuresInARow(attempt.process()) >= FATAL_FAILURES;
        if (!killed && !timedOut && !gaveUp && !losesLease(duringLease)) {
            problems.add("the model is paid twice for " + id + ": attempt " + attempt.number() + " by "
                    + attempt.process().name() + " lost its lease at " + leaseEnd(attempt, next)
                    + " without a reason (faults during that lease: " + duringLease + "), and attempt "
                    + next.number() + " asks again");
        }
    }

    /** When the attempt had to stop: at the end of the lease of which it was told last. */
    private Instant leaseEnd(AttemptStart attempt, AttemptStart next) {
        var confirmed = world.observations
                .confirmedLease(attempt.process())
                .orElse(attempt.header().leaseUntil());
        return confirmed.isBefore(next.leaseBefore()) ? confirmed : next.leaseBefore();
    }

    /** Whether a fault kept the log writer from renewing a lease. */
    private static boolean isDuring(Strike strike, Instant leaseEnd) {
        var renewedAt = leaseEnd.minus(LEASE);
        return !strike.at().plus(strike.blocked()).isBefore(renewedAt.minusSeconds(1));
    }

    private static boolean losesLease(List<Strike> strikes) {
        var failures = strikes.stream()
                .filter(strike -> FAILS_REQUEST.contains(strike.fault()))
                .count();
        var blocked = strikes.stream()
                .map(Strike::blocked)
                .reduce(LogIntervals.DEFAULT.directives().multipliedBy(failures), Duration::plus);
        return blocked.compareTo(LOSES_LEASE) >= 0;
    }

    // ---- of one client ------------------------------------------------------------------------------------------

    /** A client's request has one response, until that one frees its idempotency key. */
    private void judgeResponses(Client client) {
        var ids = world.observations.responses(client.plan().prompt());
        for (int i = 1; i < ids.size(); i++) {
            if (!client.plan().repeats()) {
                problems.add(client.name() + " has asked once, and has " + ids.size() + " responses");
            } else if (!hasFreedItsKey(ids.get(i - 1), ids.get(i))) {
                problems.add(client.name() + " has the response " + ids.get(i) + ", and the response before with the"
                        + " same key has not freed it: " + describe(ids.get(i - 1)));
            }
        }
    }

    private boolean hasFreedItsKey(ResponseId before, ResponseId next) {
        var at = world.observations.createdAt(next);
        var deleted = world.observations.deletedAt(before);
        if (deleted.isPresent() && !deleted.get().isAfter(at)) {
            return true;
        }
        var failed = world.observations.endedAt(before).filter(end -> !end.isAfter(at));
        return failed.isPresent() && world.observations.hasFreedItsKey(before);
    }

    private String describe(ResponseId id) {
        return id + " is "
                + world.log.find(id).map(header -> header.status().toString()).orElse("deleted") + " "
                + world.observations.failureCode(id);
    }
}
