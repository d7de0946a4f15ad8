package dev.rill.local.lambda;

import dev.rill.local.lambda.ExecutionEnvironment.InitFailure;
import dev.rill.local.lambda.Functions.InvocationException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The environments of one function. An invocation takes the free one that was used last. Where none is free it asks for
 * another one to be started, up to a fixed number, and takes whichever is free first, so that a burst on a warm
 * function does not wait for cold ones. Once that number is running, invocations wait in the order of their arrival; a
 * warning says so, at most once a minute. A free environment is kept until its process ends or the pool is closed. Safe
 * for use by many threads.
 */
final class EnvironmentPool implements ExecutionEnvironment.Owner {

    /** Starts environments; blocks until they are ready. */
    @FunctionalInterface
    interface Starter {
        void start(ExecutionEnvironment environment) throws InitFailure, InterruptedException;
    }

    /** Makes environments, not started yet. */
    @FunctionalInterface
    interface Maker {
        ExecutionEnvironment make(ExecutionEnvironment.Owner owner);
    }

    private static final Duration STARTS_AHEAD_MARGIN = Duration.ofSeconds(1);

    private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);

    private final FunctionConfig function;
    private final Maker maker;
    private final Starter starter;
    private final int most;
    private final Duration queueTimeout;
    private final Duration startTimeout;
    private final InstantSource clock;
    private final Consumer<String> warnings;
    private final int startsAtOnce = Runtime.getRuntime().availableProcessors();

    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<ExecutionEnvironment> free = new ArrayDeque<>();
    private final Deque<Turn> waiting = new ArrayDeque<>();
    private final Set<ExecutionEnvironment> all = new HashSet<>();
    private final Set<ExecutionEnvironment> starting = new HashSet<>();
    private Life life = Life.OPEN;
    private Instant nextWarning = Instant.MIN;

    /** A place in the queue. */
    private static final class Turn {
        private final CompletableFuture<ExecutionEnvironment> outcome = new CompletableFuture<>();
    }

    private enum Life {
        OPEN,
        CLOSED
    }

    /**
     * @param warnings is told, in a line, that invocations wait since as many environments as may are busy; called
     *     under the pool's lock
     */
    EnvironmentPool(
            FunctionConfig function, LambdaSettings settings, Maker maker, Starter starter, Consumer<String> warnings) {
        this.function = function;
        this.maker = maker;
        this.starter = starter;
        this.warnings = warnings;
        this.clock = settings.clock();
        int local = function.maximumConcurrency().orElse(settings.maximumEnvironments());
        this.most = Math.min(local, function.reservedConcurrency().orElse(local));
        this.queueTimeout = settings.queueTimeout();
        this.startTimeout = settings.initTimeout();
    }

    /**
     * Takes an environment for one invocation. It is free again when its process asks for the next one.
     *
     * @throws InvocationException {@code TooManyRequestsException} if as many as may are busy: at once where the
     *     function's reserved concurrency is used up, else after the queue timeout
     * @throws InitFailure if the environment that was started for this invocation did not come up
     */
    ExecutionEnvironment acquire() throws InvocationException, InitFailure, InterruptedException {
        var turn = new Turn();
        Duration patience;
        lock.lockInterruptibly();
        try {
            requireOpen();
            for (var next = free.poll(); next != null; next = free.poll()) {
                if (next.isAlive()) {
                    return next;
                }
                all.remove(next);
            }
            int running = all.size() - starting.size() + waiting.size();
            if (function.reservedConcurrency().isPresent()
                    && running >= function.reservedConcurrency().get()) {
                throw tooMany("ReservedFunctionConcurrentInvocationLimitExceeded");
            }
            if (running < most) {
                patience = startTimeout.plus(STARTS_AHEAD_MARGIN).plus(queueTimeout);
            } else {
                warnOfLimit();
                if (queueTimeout.isZero()) {
                    throw tooMany("ConcurrentInvocationLimitExceeded");
                }
                patience = queueTimeout;
            }
            waiting.add(turn);
            startWhatIsWaitedFor();
        } finally {
            lock.unlock();
        }
        return await(turn, patience);
    }

    /** Starts an environment ahead of any invocation unless there is one, and waits until it is free. */
    void warmUp() throws InvocationException, InitFailure, InterruptedException {
        var environment = acquire();
        free(environment);
    }

    private ExecutionEnvironment await(Turn turn, Duration patience)
            throws InvocationException, InitFailure, InterruptedException {
        try {
            return turn.outcome.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            giveUp(turn);
            throw tooMany("ConcurrentInvocationLimitExceeded");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case InitFailure failure -> throw failure;
                case InvocationException refused -> throw refused;
                case null, default -> throw new AssertionError("nothing else fails a turn", e);
            }
        } catch (InterruptedException e) {
            giveUp(turn);
            throw e;
        }
    }

    /** Leaves the queue; an environment that was given in the same moment goes to the next one. */
    private void giveUp(Turn turn) {
        lock.lock();
        try {
            waiting.remove(turn);
        } finally {
            lock.unlock();
        }
        if (!turn.outcome.cancel(false) && !turn.outcome.isCompletedExceptionally()) {
            free(turn.outcome.join());
        }
    }

    @Override
    public void free(ExecutionEnvironment environment) {
        lock.lock();
        try {
            if (!all.contains(environment)) {
                return;
            }
            starting.remove(environment);
            var next = waiting.poll();
            if (next == null) {
                free.push(environment);
            } else {
                next.outcome.complete(environment);
            }
            // One start fewer is under way, and more may wait than start at once.
            startWhatIsWaitedFor();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void gone(ExecutionEnvironment environment) {
        lock.lock();
        try {
            free.remove(environment);
            starting.remove(environment);
            all.remove(environment);
            startWhatIsWaitedFor();
        } finally {
            lock.unlock();
        }
    }

    private void warnOfLimit() {
        var now = clock.instant();
        if (!now.isBefore(nextWarning)) {
            nextWarning = now.plus(WARNING_INTERVAL);
            warnings.accept(
                    "all %d processes of %s are busy or starting: invocations wait, for up to %d s (--environments sets the number)"
                            .formatted(most, function.name(), queueTimeout.toSeconds()));
        }
    }

    private void startWhatIsWaitedFor() {
        while (life == Life.OPEN && all.size() < most && starting.size() < Math.min(waiting.size(), startsAtOnce)) {
            var environment = maker.make(this);
            all.add(environment);
            starting.add(environment);
            Thread.ofVirtual().name(function.module() + "-start").start(() -> start(environment));
        }
    }

    private void start(ExecutionEnvironment environment) {
        try {
            starter.start(environment);
        } catch (InitFailure e) {
            failed(environment, e);
        } catch (RuntimeException e) {
            // A fault of this service; whoever waits must hear of it.
            failed(environment, new InitFailure(FunctionError.of(FunctionError.UNKNOWN, e.toString())));
            throw e;
        } catch (InterruptedException e) {
            failed(
                    environment,
                    new InitFailure(FunctionError.of(FunctionError.EXITED, "interrupted during the init phase")));
            Thread.currentThread().interrupt();
        }
    }

    private void failed(ExecutionEnvironment environment, InitFailure failure) {
        lock.lock();
        try {
            starting.remove(environment);
            all.remove(environment);
            var first = waiting.poll();
            if (first != null) {
                first.outcome.completeExceptionally(failure);
            }
            startWhatIsWaitedFor();
        } finally {
            lock.unlock();
        }
    }

    /** Lets nobody in any more, and gives back all environments for their processes to be ended. */
    List<ExecutionEnvironment> close() {
        lock.lock();
        try {
            life = Life.CLOSED;
            waiting.forEach(turn -> turn.outcome.completeExceptionally(closed()));
            waiting.clear();
            free.clear();
            return List.copyOf(all);
        } finally {
            lock.unlock();
        }
    }

    private void requireOpen() throws InvocationException {
        if (life == Life.CLOSED) {
            throw closed();
        }
    }

    private static InvocationException closed() {
        return new InvocationException("ServiceException", 500, "The service has been stopped.");
    }

    private static InvocationException tooMany(String reason) {
        return new InvocationException("TooManyRequestsException", 429, "Rate Exceeded. (" + reason + ")");
    }
}
