package dev.rill.load.sockets;

import dev.rill.load.sequence.PromptMessages;
import dev.rill.load.sockets.LoadSocket.Result;
import dev.rill.load.sockets.Progress.Endings;
import dev.rill.load.sockets.Progress.Snapshot;
import dev.rill.load.stack.LoadException;
import dev.rill.load.stack.Target;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Opens many sockets, sends a prompt on all of them at once, and waits until each has its terminal event or the timeout
 * is over.
 */
final class LoadRun {

    /** Time for which the sockets stay open after the end: an event that arrives then is a repeated one. */
    private static final Duration AFTERWARDS = Duration.ofSeconds(1);

    private final Plan plan;
    private final InstantSource clock;
    private final List<LoadSocket> sockets;
    private final Instant started;

    /**
     * What to run.
     *
     * @param timeout the limit for opening all sockets, and again for all answers
     * @param report the time between two reports of progress
     */
    record Plan(Target target, int sockets, String prompt, Duration timeout, Duration report) {}

    /**
     * What was measured.
     *
     * @param took from the first prompt to the last terminal event
     */
    record Measurements(List<Result> results, Duration took) {

        Measurements {
            results = List.copyOf(results);
        }
    }

    LoadRun(Plan plan, InstantSource clock) {
        this.plan = plan;
        this.clock = clock;
        this.sockets = Stream.generate(() -> new LoadSocket(clock))
                .limit(plan.sockets())
                .toList();
        this.started = clock.instant();
    }

    /**
     * Runs once, and reports the progress on the calling thread.
     *
     * @throws LoadException if no socket could be opened
     */
    Measurements run(Consumer<Snapshot> progress) throws LoadException, InterruptedException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                var client = HttpClient.newBuilder().executor(threads).build()) {
            try {
                await(
                        sockets.stream()
                                .map(socket -> socket.open(client, plan.target(), plan.timeout()))
                                .toList(),
                        progress);
                requireOneOpen();
                var message = PromptMessages.overWebSocket(plan.prompt());
                var asked = clock.instant();
                sockets.forEach(socket -> socket.ask(message));
                await(sockets.stream().map(LoadSocket::settled).toList(), progress);
                var took = Duration.between(asked, clock.instant());
                TimeUnit.NANOSECONDS.sleep(AFTERWARDS.toNanos());
                var results = sockets.stream().map(LoadSocket::result).toList();
                progress.accept(snapshot());
                return new Measurements(results, took);
            } finally {
                sockets.forEach(socket -> socket.close(AFTERWARDS));
                client.shutdownNow();
            }
        }
    }

    private void requireOneOpen() throws LoadException {
        if (sockets.stream().noneMatch(LoadSocket::wasOpened)) {
            throw new LoadException(
                    "no socket could be opened at " + plan.target().webSocket() + ": "
                            + sockets.getFirst().result().verdict().reason());
        }
    }

    private void await(List<CompletableFuture<Boolean>> futures, Consumer<Snapshot> progress)
            throws InterruptedException {
        var all = CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new));
        var until = clock.instant().plus(plan.timeout());
        for (var left = plan.timeout(); left.isPositive(); left = Duration.between(clock.instant(), until)) {
            progress.accept(snapshot());
            try {
                all.get(Math.min(left.toNanos(), plan.report().toNanos()), TimeUnit.NANOSECONDS);
                return;
            } catch (TimeoutException _) {
                // Reports the progress, and waits on.
            } catch (ExecutionException e) {
                throw new IllegalStateException("a socket's future never fails", e);
            }
        }
    }

    private Snapshot snapshot() {
        int open = 0;
        int answered = 0;
        int failed = 0;
        int lost = 0;
        long events = 0;
        for (var socket : sockets) {
            var verdict = socket.result().verdict();
            open += socket.wasOpened() ? 1 : 0;
            events += verdict.events();
            if (socket.settled().isDone()) {
                switch (verdict.outcome()) {
                    case ANSWERED -> answered++;
                    case FAILED -> failed++;
                    case GATEWAY_ERROR, LOST -> lost++;
                }
            }
        }
        return new Snapshot(
                plan.sockets(),
                open,
                new Endings(answered, failed, lost),
                events,
                Duration.between(started, clock.instant()));
    }
}
