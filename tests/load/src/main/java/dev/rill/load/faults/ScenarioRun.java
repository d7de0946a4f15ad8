package dev.rill.load.faults;

import dev.rill.load.faults.client.Conversation;
import dev.rill.load.faults.injection.FaultInjection;
import dev.rill.load.faults.injection.InjectedFault;
import dev.rill.load.faults.scenario.Scenario;
import dev.rill.load.faults.stack.StackClients;
import dev.rill.load.stack.LoadException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A scenario that runs: its clients, and the faults that are injected. The clients' sockets stay open until it is
 * closed.
 */
final class ScenarioRun implements AutoCloseable {

    private final Scenario scenario;
    private final StackClients site;
    private final Size size;
    private final InstantSource clock;
    private final List<Conversation> clients;
    private final AtomicInteger ended = new AtomicInteger();
    private final Instant started;
    private volatile FaultInjection.ActiveFault activeFault = FaultInjection.ActiveFault.QUIET;
    private volatile Duration took = Duration.ZERO;

    /**
     * The size of a scenario.
     *
     * @param prompts the number of prompts
     * @param sockets the most clients at the same time
     * @param timeout the time limit of one answer
     * @param seed the seed of all random choices
     */
    record Size(int prompts, int sockets, Duration timeout, long seed) {}

    /** @param run marks the prompts of this run, so that the model's statistics tell them from those of another run */
    ScenarioRun(Scenario scenario, StackClients site, Size size, String run, InstantSource clock) {
        this.scenario = scenario;
        this.site = site;
        this.size = size;
        this.clock = clock;
        this.started = clock.instant();
        var random = new SplittableRandom(size.seed() ^ scenario.name().hashCode());
        var all = new ArrayList<Conversation>();
        for (int left = size.prompts(), index = 0; left > 0; index++) {
            var plans = scenario.prompts().plans(index, scenario.name() + "-" + run + "-" + index, random.split());
            all.add(new Conversation(site.rill(), plans, clock));
            left -= plans.size();
        }
        this.clients = List.copyOf(all);
    }

    /**
     * Sends all prompts, and returns when each has its terminal event or its timeout is over and the faults have ended.
     */
    void run() throws LoadException, InterruptedException {
        var begun = scenario.faults().begin(site, size.seed() ^ scenario.name().hashCode(), size.prompts());
        activeFault = begun;
        var free = new Semaphore(Math.min(size.sockets(), scenario.bounds().sockets()));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var client : clients) {
                free.acquire();
                var _ = threads.submit(() -> {
                    try {
                        client.ask(size.timeout());
                    } finally {
                        ended.addAndGet(client.prompts());
                        free.release();
                    }
                    return true;
                });
            }
        } finally {
            begun.end();
            took = Duration.between(started, clock.instant());
        }
    }

    Scenario scenario() {
        return scenario;
    }

    FaultProgress.Snapshot progress() {
        int restarts = 0;
        int resumes = 0;
        int prompts = 0;
        for (var client : clients) {
            prompts += client.prompts();
            for (var turn : client.progress()) {
                restarts += turn.restarts();
                resumes += turn.resumes();
            }
        }
        return new FaultProgress.Snapshot(
                scenario.name(), prompts, ended.get(), restarts, resumes, Duration.between(started, clock.instant()));
    }

    /** What the clients have seen until now. */
    List<Conversation.Turn> turns() throws InterruptedException {
        var turns = new ArrayList<Conversation.Turn>();
        for (var client : clients) {
            turns.addAll(client.turns());
        }
        return turns;
    }

    List<InjectedFault> injected() {
        return activeFault.injected();
    }

    String tally() {
        return activeFault.tally();
    }

    Duration took() {
        return took;
    }

    @Override
    public void close() {
        clients.forEach(Conversation::close);
    }
}
