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
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One environment: a process in which one invocation runs at a time. The Runtime API calls it for each request of the
 * process. Safe for use by many threads.
 */
final class ExecutionEnvironment {

    /** Receives an environment's changes of state. Called on any thread. */
    interface Owner {
        /** The process asks for an invocation, so the environment is free. */
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
    private final AtomicReference<@Nullable FunctionError> endCause = new AtomicReference<>();
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
     * Starts the process and waits until it asks for its first invocation.
     *
     * @param whenGone called once, when the process has ended or could not be started
     * @throws InitException if the process can't be started, reports an error, ends, or does not ask in time; it has
     *     been killed then
     */
    void start(LaunchPlan plan, Duration initTimeout, Runnable whenGone) throws InitException, InterruptedException {
        try {
            process = launch(plan, whenGone);
        } catch (IOException e) {
            whenGone.run();
            throw new InitException(FunctionError.of(
                    FunctionError.INVALID_ENTRYPOINT, function.name() + " cannot be started: " + e.getMessage()));
        }
        try {
            ready.get(initTimeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof InitException failure) {
                throw failure;
            }
            throw new AssertionError("an init fails by InitException only", e);
        } catch (TimeoutException e) {
            var error = FunctionError.of(
                    FunctionError.TIMED_OUT,
                    "The init phase of %s timed out after %s".formatted(function.name(), seconds(initTimeout)));
            kill(error);
            throw new InitException(error);
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
        // Not a virtual thread: reading a pipe blocks the carrier thread.
        var pump = Thread.ofPlatform()
                .daemon()
                .name(function.module() + "-log-" + started.pid())
                .start(() -> copyLog(started.getInputStream()));
        Thread.ofVirtual().name(function.module() + "-exit").start(() -> awaitEnd(started, pump, whenGone));
        return started;
    }

    private void copyLog(InputStream output) {
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
            throw new AssertionError("this thread is never interrupted", e);
        }
    }

    private void exited(int status) {
        String how = status == 128 + 9 ? "signal: killed" : "exit status " + status;
        var byItself = FunctionError.of(
                FunctionError.EXITED,
                status == 0 ? "Runtime exited without providing a reason" : "Runtime exited with error: " + how);
        FunctionError cause = endCause.compareAndSet(null, byItself) ? byItself : endCause.get();
        FunctionError error = cause == null ? byItself : cause;
        inbox.add(Optional.empty());
        owner.gone(this);
        ready.completeExceptionally(new InitException(error));
        var unfinished = current.getAndSet(null);
        if (unfinished != null) {
            unfinished.end(error);
        }
    }

    /** Passes an invocation to the process. Only for an environment that is free. */
    void dispatch(Invocation invocation) {
        current.set(invocation);
        inbox.add(Optional.of(invocation));
        if (!isAlive()) {
            // The process may have ended just before, and its end may have been handled already.
            var unfinished = current.getAndSet(null);
            if (unfinished != null) {
                unfinished.end(FunctionError.of(FunctionError.EXITED, "Runtime exited without providing a reason"));
            }
        }
    }

    /**
     * {@code GET invocation/next}: ends the current invocation and waits for the next one; empty when the environment
     * ends.
     */
    Optional<Invocation> next() throws InterruptedException {
        var finished = current.getAndSet(null);
        if (!ready.isDone()) {
            init.set(Duration.ofNanos(System.nanoTime() - startedAt));
        }
        // The environment is marked as free before callers learn that it is ready or that their invocation has ended:
        // a caller that invokes again at once must not cause another process to start.
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

    /**
     * {@code POST init/error} or {@code restore/error}: records the error; the process is expected to exit. False if
     * the init was over.
     */
    boolean initFailed(FunctionError error) {
        return !ready.isDone() && endCause.compareAndSet(null, error);
    }

    /**
     * The time from the start of the process to its first {@code next}. Returned once, for the report of the first
     * invocation; zero afterwards.
     */
    Duration claimInit() {
        return init.getAndSet(Duration.ZERO);
    }

    boolean isAlive() {
        var started = process;
        return started != null && started.isAlive();
    }

    /** The peak memory of the process, in MB; 0 if the system does not provide it. */
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

    /** The running invocation; empty if there is none. */
    Optional<Invocation> running() {
        return Optional.ofNullable(current.get());
    }

    /**
     * Kills the process and its children, as a user of the machine may do: its invocation fails as that of a process
     * which ends by itself. Returns its pid; empty if it does not run.
     */
    OptionalLong crash() {
        var started = process;
        if (started == null || !started.isAlive()) {
            return OptionalLong.empty();
        }
        destroy(started);
        return OptionalLong.of(started.pid());
    }

    /** Kills the process and its children. Its invocation fails with this error. */
    void kill(FunctionError cause) {
        endCause.compareAndSet(null, cause);
        var started = process;
        if (started != null) {
            destroy(started);
        }
    }

    private static void destroy(Process started) {
        started.descendants().forEach(ProcessHandle::destroyForcibly);
        started.destroyForcibly();
    }

    /** Sends the process and its children a request to end ({@code SIGTERM}). */
    void terminate() {
        endCause.compareAndSet(null, FunctionError.of(FunctionError.EXITED, "The service has been stopped"));
        var started = process;
        if (started != null) {
            started.descendants().forEach(ProcessHandle::destroy);
            started.destroy();
        }
    }

    /** Waits for the end of the process; false if it still runs after the limit. */
    boolean awaitExit(Duration limit) throws InterruptedException {
        var started = process;
        return started == null || started.waitFor(limit);
    }

    static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.2f seconds", duration.toMillis() / 1000.0);
    }

    /** The start of an environment failed. */
    static final class InitException extends Exception {
        private static final long serialVersionUID = 1;
        private final transient FunctionError error;

        InitException(FunctionError error) {
            super(error.message());
            this.error = error;
        }

        FunctionError error() {
            return error;
        }
    }
}
