package dev.rill.simulation;

import dev.rill.chat.Answerer;
import dev.rill.chat.Chat;
import dev.rill.chat.Ids;
import dev.rill.chat.Intake;
import dev.rill.chat.IntakeSettings;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.memory.InMemoryConnections;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.model.Retries;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.simulation.Chaos;
import dev.rill.chat.simulation.Fault;
import dev.rill.chat.simulation.Gateway;
import dev.rill.chat.simulation.SimulatedLog;
import dev.rill.chat.simulation.SimulatedModel;
import dev.rill.chat.simulation.SimulatedProcess;
import dev.rill.chat.simulation.SimulatedQueue;
import dev.rill.chat.simulation.SimulatedQuota;
import dev.rill.chat.simulation.SimulatedTime;
import dev.rill.chat.simulation.Story;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Rill as one seed has it: the shared tables, queue, gateway and model, and the processes of its functions. */
final class World {

    private static final int PLACES = 4;

    private static final int SHARED_PLACES = 40;

    /** The output ceiling of each request where tokens are limited. */
    private static final long OUTPUT_TOKENS = 20;

    /** How often one attempt asks the model at most. */
    static final int MODEL_REQUESTS = 3;

    static final Duration DETACH_GRACE = Duration.ofSeconds(10);

    private static final Set<Fault> SLOW =
            EnumSet.of(Fault.LOG_SLOW, Fault.LOG_THROTTLED, Fault.LOG_TIMEOUT, Fault.POST_SLOW, Fault.POST_TIMEOUT);

    private static final int[] FRAMES = {0, 20, 80};

    /** As long as a worker or a function that answers over HTTP may run. */
    static final Duration FUNCTION_TIMEOUT = Duration.ofSeconds(60);

    final SimulatedTime time;
    final RandomGenerator random;
    final Chaos chaos;
    final Story story;
    final InMemoryResponseLog log;
    final InMemoryQuota quota;
    final InMemoryConnections connections;
    final Gateway gateway;
    final SimulatedQueue queue;
    final SimulatedModel model;
    final Observations observations;
    private final Map<SimulatedProcess, Runnable> onDeath = new HashMap<>();
    private final Set<SimulatedProcess> timedOut = new HashSet<>();
    /** The account of all clients; empty if each socket and address has its own. */
    private final Optional<QuotaKey> account;

    final Limits limits;
    private final AnswerSettings settings;
    private final Map<String, SimulatedProcess> alive = new HashMap<>();
    private int processes;
    private boolean atRest;

    World(SimulatedTime time, RandomGenerator random, Chaos chaos, Story story) {
        this.time = time;
        this.random = random;
        this.chaos = chaos;
        this.story = story;
        this.log = new InMemoryResponseLog(time, chaos.chance(0.15) ? 1 + chaos.below(2) : Subscriptions.MAX_SOCKETS);
        this.quota = new InMemoryQuota(time);
        this.account = chaos.chance(0.5) ? Optional.of(new QuotaKey("all")) : Optional.empty();
        // One account for all clients has room for all: a client that waits for a place hears nothing meanwhile.
        var places = account.isPresent() ? SHARED_PLACES : PLACES;
        this.limits = chaos.chance(0.3)
                ? new Limits(places, places, 0, 40 + chaos.below(400), 0, OUTPUT_TOKENS)
                : Limits.ofPlaces(places, places);
        this.connections = new InMemoryConnections(time);
        this.gateway = new Gateway(time, chaos);
        // As the template has it for a worker of 60 s.
        this.queue = new SimulatedQueue(time, chaos, story, new SimulatedQueue.Bounds(Duration.ofSeconds(70), 3));
        this.model = new SimulatedModel(time, chaos, story);
        this.observations = new Observations(
                log, time, (id, creator) -> queue.hasHeardOf(id) || mayNotHaveQueued(creator), this::onEnded);
        chaos.onStrike(this::onStrike);
        this.settings = AnswerSettings.of(
                Duration.ofMillis(FRAMES[chaos.below(FRAMES.length)]),
                new Retries(MODEL_REQUESTS, Duration.ofMillis(500), Duration.ofSeconds(8), random),
                DETACH_GRACE);
    }

    /** A process that is killed before it has queued a task leaves a response that a client may still cancel. */
    private boolean mayNotHaveQueued(SimulatedProcess process) {
        return chaos.strikes(process.name()).stream()
                .map(Chaos.Strike::fault)
                .anyMatch(fault ->
                        fault == Fault.QUEUE_REFUSES || fault == Fault.QUEUE_TIMEOUT || fault == Fault.MESSAGE_KILLED);
    }

    /** A new process of a function, with what may happen to it. */
    SimulatedProcess newProcess(String function, Fault killed, Fault frozen) {
        var name = function + "-" + ++processes;
        var skew = chaos.strikes(Fault.CLOCK_SKEW, name)
                ? chaos.millis(0, 600).minus(Duration.ofMillis(300))
                : Duration.ZERO;
        var process = time.newProcess(name, skew);
        alive.put(name, process);
        if (chaos.plans(killed)) {
            harm(process, () -> kill(process, killed));
        } else if (chaos.plans(frozen)) {
            harm(process, () -> freeze(process, frozen));
        }
        return process;
    }

    /** A worker may die between the log and the sockets. */
    private void onEnded(SimulatedProcess process) {
        if (isWorker(process.name()) && chaos.chance(0.3) && chaos.plans(Fault.WORKER_KILLED)) {
            process.afterSteps(1 + chaos.below(8), () -> kill(process, Fault.WORKER_KILLED));
        }
    }

    /** A worker may die while a slow request of it is under way. */
    private void onStrike(Fault fault, String victim) {
        var process = alive.get(victim);
        if (SLOW.contains(fault) && process != null && isWorker(victim) && chaos.plans(Fault.WORKER_KILLED)) {
            time.after(chaos.millis(0, 4_000), () -> {
                if (process.isAlive()) {
                    kill(process, Fault.WORKER_KILLED);
                }
            });
        }
    }

    private static boolean isWorker(String process) {
        return process.startsWith("worker");
    }

    /** At one of its first steps, or at some time. */
    private void harm(SimulatedProcess process, Runnable action) {
        if (chaos.chance(0.6)) {
            process.afterSteps(chaos.steps(), action);
        } else {
            time.after(chaos.millis(0, 40_000), () -> {
                if (process.isAlive()) {
                    action.run();
                }
            });
        }
    }

    private void freeze(SimulatedProcess process, Fault fault) {
        if (!process.isFrozen()) {
            var duration = chaos.millis(500, 30_000);
            chaos.count(fault, process.name(), duration);
            story.tell("is frozen for %d ms", duration.toMillis());
            process.freeze(duration);
        }
    }

    private void kill(SimulatedProcess process, Fault fault) {
        chaos.count(fault, process.name(), Duration.ZERO);
        kill(process);
    }

    /** Ends a process whose function has reached its timeout. */
    void timeOut(SimulatedProcess process) {
        if (process.isAlive()) {
            timedOut.add(process);
            kill(process);
        }
    }

    /** Whether the process was ended by its function's timeout. */
    boolean hasTimedOut(SimulatedProcess process) {
        return timedOut.contains(process);
    }

    /** Ends a process; what it holds open is closed by its machine. */
    void kill(SimulatedProcess process) {
        if (!process.isAlive()) {
            return;
        }
        story.tell("%s is killed", process.name());
        alive.remove(process.name());
        model.onKilled(process);
        var last = onDeath.remove(process);
        if (last != null) {
            last.run();
        }
        process.kill();
    }

    /** Sets what is told that a process has died. */
    void onDeath(SimulatedProcess process, Runnable action) {
        onDeath.put(process, action);
    }

    /** The flow in one process, on its clock and its ways to the tables. */
    Chat chat(SimulatedProcess process) {
        var itsLog = new SimulatedLog(log, process, chaos, story, observations);
        var itsQuota = new SimulatedQuota(quota, process, chaos, story);
        var intake = new Intake(
                itsLog,
                itsQuota,
                Ids.random(random),
                process,
                IntakeSettings.of("model", Duration.ofHours(24)).with(() -> RequestPolicy.UNRESTRICTED),
                this::onSignal);
        var answerer = new Answerer(itsLog, itsQuota, process, settings, this::onSignal);
        return new Chat(intake, answerer);
    }

    private void onSignal(Signal signal) {
        switch (signal) {
            case Signal.Started(var id, int attempt) -> observations.onStarted(id, attempt);
            case Signal.UnexpectedError(var id, var cause) -> {
                observations.onUnexpectedError(id);
                story.tell("reports about %s: %s", id, cause);
            }
            case Signal.Unreachable(var id, var cause) -> story.tell("gives up a socket of %s: %s", id, cause);
            default -> story.tell("reports %s", signal);
        }
    }

    /** The account of a client without authentication. */
    QuotaKey quotaKey(String origin) {
        return account.orElseGet(() -> QuotaKey.of(Subject.ANONYMOUS, Optional.of(origin)));
    }

    /** Whether the log has the terminal event of a response, or no longer has the response. */
    boolean hasEnded(ResponseId id) {
        return log.find(id).map(header -> header.status().ended()).orElse(true);
    }

    /** From now on no client need wait for anything more. */
    void rest() {
        atRest = true;
    }

    boolean isAtRest() {
        return atRest;
    }
}
