package dev.rill.local.lambda;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One environment: one process, in which one invocation runs at a time. It is told what the process says to the Runtime
 * API, and when it ends. Safe for use by many threads.
 */
final class ExecutionEnvironment {

    /** Whom an environment belongs to. Called on any thread. */
    interface Owner {
        /** The process asks for an invocation: the environment is free. */
        void free(ExecutionEnvironment environment);

        /** The process has ended. */
        void gone(ExecutionEnvironment environment);
    }

    private static final Duration LAST_LINES = Duration.ofSeconds(1);

    private final FunctionConfig function;
    private final Owner owner;
    private final BiConsumer<LogLine.Source, String> log;
    private final ProcessListener processes;
    private final CompletableFuture<@Nullable Void> ready = new CompletableFuture<>();
    private final LinkedBlockingQueue<Optional<Invocation>> inbox = new LinkedBlockingQueue<>();
    private final AtomicReference<@Nullable Invocation> current = new AtomicReference<>();
    private final AtomicReference<@Nullable FunctionError> causeOfDeath = new AtomicReference<>();
    private final long startedAt = System.nanoTime();
    private volatile @Nullable Process process;
    private final AtomicReference<Duration> init = new AtomicReference<>(Duration.ZERO);

    ExecutionEnvironment(
            FunctionConfig function, Owner owner, BiConsumer<LogLine.Source, String> log, ProcessListener processes) {
        this.function = function;
        this.owner = owner;
        this.log = log;
        this.processes = processes;
    }

    FunctionConfig function() {
        return function;
    }

    /**
     * Starts the process and waits until it first asks for an invocation.
     *
     * @param whenGone called once, when there is no process any more, or never was
     * @throws InitFailure if it cannot be started, reports an error, ends, or does not get that far in time; its
     *     process is gone then
     */
    void start(LaunchPlan plan, Duration initTimeout, Runnable whenGone) throws InitFailure, InterruptedException {
        try {
            process = launch(plan, whenGone);
        } catch (IOException e) {
            whenGone.run();
            throw new InitFailure(FunctionError.of(
                    FunctionError.INVALID_ENTRYPOINT, function.name() + " cannot be started: " + e.getMessage()));
        }
        try {
            ready.get(initTimeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof InitFailure failure) {
                throw failure;
            }
            throw new AssertionError("nothing else fails an init", e);
        } catch (TimeoutException e) {
            var error = FunctionError.of(
                    FunctionError.TIMED_OUT,
                    "The init phase of %s timed out after %s".formatted(function.name(), seconds(initTimeout)));
            kill(error);
            throw new InitFailure(error);
        } catch (InterruptedException e) {
            kill(FunctionError.of(FunctionError.EXITED, "The service stopped during the init phase"));
            throw e;
        }
    }

    private Process launch(LaunchPlan plan, Runnable whenGone) throws IOException {
        var builder = new ProcessBuilder(plan.command())
                .directory(plan.workingFolder().toFile())
                .redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(plan.environment());
        var started = builder.start();
        processes.started(function.module(), started.pid());
        started.getOutputStream().close();
        // A pipe's read holds its carrier thread, so this one is no virtual thread.
        var pump = Thread.ofPlatform()
                .daemon()
                .name(function.module() + "-log-" + started.pid())
                .start(() -> pump(started.getInputStream()));
        Thread.ofVirtual().name(function.module() + "-exit").start(() -> awaitEnd(started, pump, whenGone));
        return started;
    }

    private void pump(InputStream output) {
        try (var lines = new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                log.accept(LogLine.Source.FUNCTION, line);
            }
        } catch (IOException e) {
            log.accept(LogLine.Source.FAILURE, "the log of " + function.module() + " broke off: " + e.getMessage());
        }
    }

    private void awaitEnd(Process started, Thread pump, Runnable whenGone) {
        try {
            int status = started.waitFor();
            processes.ended(started.pid());
            pump.join(LAST_LINES);
            exited(status);
            whenGone.run();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts this thread", e);
        }
    }

    private void exited(int status) {
        String how = status == 128 + 9 ? "signal: killed" : "exit status " + status;
        var byItself = FunctionError.of(
                FunctionError.EXITED,
                status == 0 ? "Runtime exited without providing a reason" : "Runtime exited with error: " + how);
        FunctionError cause = causeOfDeath.compareAndSet(null, byItself) ? byItself : causeOfDeath.get();
        FunctionError error = cause == null ? byItself : cause;
        inbox.add(Optional.empty());
        owner.gone(this);
        ready.completeExceptionally(new InitFailure(error));
        var unfinished = current.getAndSet(null);
        if (unfinished != null) {
            unfinished.end(error);
        }
    }

    /** Gives the process an invocation; only for an environment that is free. */
    void dispatch(Invocation invocation) {
        current.set(invocation);
        inbox.add(Optional.of(invocation));
        if (!isAlive()) {
            // The end of the process may have been dealt with just before.
            var unfinished = current.getAndSet(null);
            if (unfinished != null) {
                unfinished.end(FunctionError.of(FunctionError.EXITED, "Runtime exited without providing a reason"));
            }
        }
    }

    /**
     * {@code GET invocation/next}: the last invocation is over, and the next one follows; empty when the environment
     * ends.
     */
    Optional<Invocation> next() throws InterruptedException {
        var finished = current.getAndSet(null);
        if (!ready.isDone()) {
            init.set(Duration.ofNanos(System.nanoTime() - startedAt));
        }
        // Free before anybody hears that it is up or that the last invocation is over: who waits for that may invoke at
        // once, and must not
        // have another process started.
        owner.free(this);
        ready.complete(null);
        if (finished != null) {
            finished.end(
                    FunctionError.of(FunctionError.TRUNCATED, "The runtime asked for the next invocation unanswered"));
        }
        return inbox.take();
    }

    /** The running invocation, if it has this id. */
    Optional<Invocation> current(String requestId) {
        return Optional.ofNullable(current.get())
                .filter(invocation -> invocation.requestId().equals(requestId));
    }

    /** {@code POST init/error} or {@code restore/error}: what the process dies of; it is expected to exit now. */
    boolean initFailed(FunctionError error) {
        return !ready.isDone() && causeOfDeath.compareAndSet(null, error);
    }

    /**
     * From the start of the process to its first {@code next}; told once, for the report of the first invocation, and
     * then zero.
     */
    Duration claimInit() {
        return init.getAndSet(Duration.ZERO);
    }

    boolean isAlive() {
        var started = process;
        return started != null && started.isAlive();
    }

    /** The most memory that the process has had, in MB; 0 where the system does not tell. */
    long peakMemoryMegabytes() {
        var started = process;
        if (started == null) {
            return 0;
        }
        try (var lines = Files.lines(Path.of("/proc", Long.toString(started.pid()), "status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .findFirst()
                    .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
                    .orElse(0L);
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }

    /** Ends the process, and what it has started, now. What runs in it fails as told. */
    void kill(FunctionError cause) {
        causeOfDeath.compareAndSet(null, cause);
        var started = process;
        if (started != null) {
            started.descendants().forEach(ProcessHandle::destroyForcibly);
            started.destroyForcibly();
        }
    }

    /** Asks the process, and what it has started, to end. */
    void terminate() {
        causeOfDeath.compareAndSet(null, FunctionError.of(FunctionError.EXITED, "The service has been stopped"));
        var started = process;
        if (started != null) {
            started.descendants().forEach(ProcessHandle::destroy);
            started.destroy();
        }
    }

    /** Waits for the end of the process; false if it has not come in time. */
    boolean awaitExit(Duration limit) throws InterruptedException {
        var started = process;
        return started == null || started.waitFor(limit);
    }

    static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.2f seconds", duration.toMillis() / 1000.0);
    }

    /** An environment did not come up. */
    static final class InitFailure extends Exception {
        private static final long serialVersionUID = 1;
        private final transient FunctionError error;

        InitFailure(FunctionError error) {
            super(error.message());
            this.error = error;
        }

        FunctionError error() {
            return error;
        }
    }
}
