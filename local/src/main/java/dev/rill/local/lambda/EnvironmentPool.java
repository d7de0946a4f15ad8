package dev.rill.local.lambda;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rill.local.lambda.ExecutionEnvironment.InitException;
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
 * The environments of one function. An invocation gets the free environment that was used last. If none is free,
 * another one is started, up to a fixed number, and the invocation gets the first environment that becomes free, so
 * that a burst on a warm function does not wait for cold starts. Once the fixed number is running, invocations wait in
 * the order of their arrival, and a warning is logged at most once a minute. A free environment is kept until its
 * process ends or the pool is closed. Safe for use by many threads.
 */
final class EnvironmentPool implements ExecutionEnvironment.Owner {

    /** Starts an environment; blocks until it is ready. */
    @FunctionalInterface
    interface Starter {
        void start(ExecutionEnvironment environment) throws InitException, InterruptedException;
    }

    /** Creates environments that are not started. */
    @FunctionalInterface
    interface Factory {
        ExecutionEnvironment create(ExecutionEnvironment.Owner owner);
    }

    private static final Duration START_MARGIN = Duration.ofSeconds(1);

    private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);

    private final FunctionConfig function;
    private final Factory factory;
    private final Starter starter;
    private final int maximum;
    private final Duration queueTimeout;
    private final Duration startTimeout;
    private final InstantSource clock;
    private final Consumer<String> warnings;
    private final int startsAtOnce = Runtime.getRuntime().availableProcessors();

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Deque<ExecutionEnvironment> free = new ArrayDeque<>();

    @GuardedBy("lock")
    private final Deque<Waiter> waiters = new ArrayDeque<>();

    @GuardedBy("lock")
    private final Set<ExecutionEnvironment> all = new HashSet<>();

    @GuardedBy("lock")
    private final Set<ExecutionEnvironment> starting = new HashSet<>();

    @GuardedBy("lock")
    private State state = State.OPEN;

    @GuardedBy("lock")
    private Instant nextWarning = Instant.MIN;

    /** An invocation in the queue. */
    private static final class Waiter {
        private final CompletableFuture<ExecutionEnvironment> outcome = new CompletableFuture<>();
    }

    private enum State {
        OPEN,
        CLOSED
    }

    /**
     * @param warnings receives a line when invocations wait because the maximum number of environments is busy; called
     *     under the pool's lock
     */
    EnvironmentPool(
            FunctionConfig function,
            LambdaSettings settings,
            Factory maker,
            Starter starter,
            Consumer<String> warnings) {
        this.function = function;
        this.factory = maker;
        this.starter = starter;
        this.warnings = warnings;
        this.clock = settings.clock();
        int local =
                function.limits().maximumConcurrency().orElse(settings.limits().maximum());
        this.maximum = Math.min(local, function.limits().reservedConcurrency().orElse(local));
        this.queueTimeout = settings.limits().queueTimeout();
        this.startTimeout = settings.limits().initTimeout();
    }

    /**
     * Acquires an environment for one invocation. It becomes free again when its process asks for the next invocation.
     *
     * @throws InvocationException {@code TooManyRequestsException} if the maximum number of environments is busy: at
     *     once if the function's reserved concurrency is used up, else after the queue timeout
     * @throws InitException if the start of an environment for this invocation failed
     */
    ExecutionEnvironment acquire() throws InvocationException, InitException, InterruptedException {
        var waiter = new Waiter();
        Duration timeout;
        lock.lockInterruptibly();
        try {
            requireOpen();
            for (var next = free.poll(); next != null; next = free.poll()) {
                if (next.isAlive()) {
                    return next;
                }
                all.remove(next);
            }
            int running = all.size() - starting.size() + waiters.size();
            if (function.limits().reservedConcurrency().isPresent()
                    && running >= function.limits().reservedConcurrency().get()) {
                throw tooMany("ReservedFunctionConcurrentInvocationLimitExceeded");
            }
            if (running < maximum) {
                timeout = startTimeout.plus(START_MARGIN).plus(queueTimeout);
            } else {
                warnOfMaximum();
                if (queueTimeout.isZero()) {
                    throw tooMany("ConcurrentInvocationLimitExceeded");
                }
                timeout = queueTimeout;
            }
            waiters.add(waiter);
            startForWaiters();
        } finally {
            lock.unlock();
        }
        return await(waiter, timeout);
    }

    /** Starts an environment before any invocation, unless one exists, and waits until it is free. */
    void warmUp() throws InvocationException, InitException, InterruptedException {
        var environment = acquire();
        free(environment);
    }

    private ExecutionEnvironment await(Waiter waiter, Duration timeout)
            throws InvocationException, InitException, InterruptedException {
        try {
            return waiter.outcome.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            giveUp(waiter);
            throw tooMany("ConcurrentInvocationLimitExceeded");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case InitException failure -> throw failure;
                case InvocationException refused -> throw refused;
                case null, default -> throw new AssertionError("a waiter fails by these exceptions only", e);
            }
        } catch (InterruptedException e) {
            giveUp(waiter);
            throw e;
        }
    }

    /** Leaves the queue. An environment that was assigned at the same moment goes to the next waiter. */
    private void giveUp(Waiter waiter) {
        lock.lock();
        try {
            waiters.remove(waiter);
        } finally {
            lock.unlock();
        }
        if (!waiter.outcome.cancel(false) && !waiter.outcome.isCompletedExceptionally()) {
            free(waiter.outcome.join());
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
            var next = waiters.poll();
            if (next == null) {
                free.push(environment);
            } else {
                next.outcome.complete(environment);
            }
            // One start has finished, and further waiters may need a start.
            startForWaiters();
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
            startForWaiters();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void warnOfMaximum() {
        var now = clock.instant();
        if (!now.isBefore(nextWarning)) {
            nextWarning = now.plus(WARNING_INTERVAL);
            warnings.accept(
                    "all %d processes of %s are busy or starting: invocations wait, for up to %d s (--environments sets the number)"
                            .formatted(maximum, function.name(), queueTimeout.toSeconds()));
        }
    }

    @GuardedBy("lock")
    private void startForWaiters() {
        while (state == State.OPEN
                && all.size() < maximum
                && starting.size() < Math.min(waiters.size(), startsAtOnce)) {
            var environment = factory.create(this);
            all.add(environment);
            starting.add(environment);
            Thread.ofVirtual().name(function.module() + "-start").start(() -> start(environment));
        }
    }

    private void start(ExecutionEnvironment environment) {
        try {
            starter.start(environment);
        } catch (InitException e) {
            failed(environment, e);
        } catch (RuntimeException e) {
            // A bug of this service: the waiter must fail and not wait for its timeout.
            failed(environment, new InitException(FunctionError.of(FunctionError.UNKNOWN, e.toString())));
            throw e;
        } catch (InterruptedException e) {
            failed(
                    environment,
                    new InitException(FunctionError.of(FunctionError.EXITED, "interrupted during the init phase")));
            Thread.currentThread().interrupt();
        }
    }

    private void failed(ExecutionEnvironment environment, InitException failure) {
        lock.lock();
        try {
            starting.remove(environment);
            all.remove(environment);
            var first = waiters.poll();
            if (first != null) {
                first.outcome.completeExceptionally(failure);
            }
            startForWaiters();
        } finally {
            lock.unlock();
        }
    }

    /** All environments, those that start included. */
    List<ExecutionEnvironment> all() {
        lock.lock();
        try {
            return List.copyOf(all);
        } finally {
            lock.unlock();
        }
    }

    /** Refuses further invocations, and returns all environments, whose processes the caller ends. */
    List<ExecutionEnvironment> close() {
        lock.lock();
        try {
            state = State.CLOSED;
            waiters.forEach(waiter -> waiter.outcome.completeExceptionally(closed()));
            waiters.clear();
            free.clear();
            return List.copyOf(all);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void requireOpen() throws InvocationException {
        if (state == State.CLOSED) {
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
