package dev.rill.streaming;

import java.io.IOException;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gets events from Lambda's Runtime API and calls a handler with them. A minimal program:
 *
 * <pre>{@code
 * public static void main(String[] args) {
 *     StreamingRuntime.start(snapshot -> StreamingHandler.http(new MyHandler(System.getenv("GREETING"))));
 * }
 * }</pre>
 *
 * <p>It processes one event at a time and calls the handler on the thread that called {@link #run}. Lambda enforces the
 * deadline, not this class. While a handler runs, the system property {@code com.amazonaws.xray.traceHeader} holds the
 * tracing header, which the X-Ray SDK and OpenTelemetry read, as in AWS's Java runtime.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html">Runtime API</a>
 */
public final class StreamingRuntime {

    private static final String TRACE_PROPERTY = "com.amazonaws.xray.traceHeader";

    private final Map<String, String> environment;
    private final Clock clock;
    private final Consumer<Failure> failures;

    /**
     * @param environment {@code AWS_LAMBDA_RUNTIME_API} (host:port, required) and
     *     {@code AWS_LAMBDA_INITIALIZATION_TYPE} ({@code snap-start} for SnapStart) are read
     * @param clock the clock of {@link Invocation#remaining}
     * @param failures receives each failure once; never the content of events or responses
     */
    public StreamingRuntime(Map<String, String> environment, Clock clock, Consumer<Failure> failures) {
        this.environment = environment;
        this.clock = clock;
        this.failures = failures;
    }

    /**
     * Runs with the process's environment variables, prints failures on standard error, and ends the process. Never
     * returns.
     */
    public static void start(HandlerFactory factory) {
        var runtime = new StreamingRuntime(
                System.getenv(), Clock.systemUTC(), failure -> System.err.println(failure.toLine()));
        System.exit(runtime.run(factory).code());
    }

    /**
     * Creates the handler and processes events until the runtime can't continue. Call it once, from {@code main}, and
     * end the process with the returned code.
     *
     * @throws IllegalArgumentException if {@code AWS_LAMBDA_RUNTIME_API} is missing or not host:port
     */
    public Exit run(HandlerFactory factory) {
        var authority = environment.get("AWS_LAMBDA_RUNTIME_API");
        if (authority == null) {
            throw new IllegalArgumentException(
                    "AWS_LAMBDA_RUNTIME_API is not set: Lambda sets it; elsewhere set it to host:port of a Runtime API");
        }
        try (var api = new RuntimeApi(authority, clock)) {
            return run(api, factory);
        }
    }

    // A handler may throw any Throwable, and Lambda must get a report of it.
    @SuppressWarnings("CatchingThrowable")
    private Exit run(RuntimeApi api, HandlerFactory factory) {
        var hooks = new HookList();
        StreamingHandler handler;
        try {
            handler = Objects.requireNonNull(factory.create(hooks), "the handler factory returned null");
        } catch (Throwable t) {
            logAndReport(
                    null,
                    "initialisation failed",
                    t,
                    () -> api.reportInitError(ErrorReport.of("Runtime.BadFunctionCode", t)));
            return Exit.INIT_ERROR;
        }
        if ("snap-start".equals(environment.get("AWS_LAMBDA_INITIALIZATION_TYPE"))) {
            var failed = throughSnapshot(api, hooks);
            if (failed != null) {
                return failed;
            }
        }
        return serve(api, handler);
    }

    @SuppressWarnings("CatchingThrowable")
    private @Nullable Exit throughSnapshot(RuntimeApi api, HookList hooks) {
        try {
            hooks.runBeforeCheckpoint();
            api.restoreNext();
        } catch (Throwable t) {
            logAndReport(
                    null,
                    "the snapshot failed",
                    t,
                    () -> api.reportInitError(ErrorReport.of("Runtime.BeforeCheckpointError", t)));
            return Exit.SNAPSHOT_ERROR;
        }
        try {
            hooks.runAfterRestore();
            return null;
        } catch (Throwable t) {
            logAndReport(
                    null,
                    "the restore failed",
                    t,
                    () -> api.reportRestoreError(ErrorReport.of("Runtime.AfterRestoreError", t)));
            return Exit.SNAPSHOT_ERROR;
        }
    }

    private Exit serve(RuntimeApi api, StreamingHandler handler) {
        while (true) {
            Invocation invocation;
            try {
                invocation = api.next();
            } catch (IOException e) {
                failures.accept(new Failure(null, "the Runtime API gives no further event: " + e.getMessage(), e));
                return Exit.RUNTIME_API_LOST;
            }
            if (invocation.traceId().isPresent()) {
                System.setProperty(TRACE_PROPERTY, invocation.traceId().get());
            } else {
                System.clearProperty(TRACE_PROPERTY);
            }
            Throwable thrown;
            try (var response = new StreamedResponse(api, invocation)) {
                thrown = invoke(api, handler, invocation, response);
            }
            if (thrown instanceof VirtualMachineError error && !(error instanceof StackOverflowError)) {
                return Exit.BROKEN_VM;
            }
        }
    }

    /** Processes one event. Returns the exception of the handler, if any; never throws it. */
    @SuppressWarnings("CatchingThrowable")
    private @Nullable Throwable invoke(
            RuntimeApi api, StreamingHandler handler, Invocation invocation, StreamedResponse response) {
        Throwable thrown = null;
        try {
            handler.handle(invocation, response);
            if (!response.isOpen()) {
                thrown = new IllegalStateException("the handler returned without opening the response");
            }
        } catch (Throwable t) {
            thrown = t;
        }
        // Clears the interrupt flag, so that a handler that interrupted its own thread affects neither the report nor
        // the next event.
        Thread.interrupted();
        var id = invocation.requestId();
        if (thrown == null) {
            report(id, response::end);
        } else {
            var error = ErrorReport.of("Runtime.UserException", thrown);
            if (response.isOpen()) {
                logAndReport(
                        id,
                        "the invocation failed after its first byte, and its answer is cut off",
                        thrown,
                        () -> response.fail(error));
            } else {
                logAndReport(id, "the invocation failed", thrown, () -> api.reportInvocationError(invocation, error));
            }
        }
        return thrown;
    }

    /** Sends a report to Lambda and returns the answer; null if there is no connection left. */
    private interface Report {
        @Nullable
        Answer tell() throws IOException;
    }

    private void logAndReport(@Nullable String requestId, String what, Throwable cause, Report telling) {
        failures.accept(new Failure(requestId, what, cause));
        report(requestId, telling);
    }

    /** A failed report is logged only, because the Runtime API may still provide the next event. */
    private void report(@Nullable String requestId, Report telling) {
        try {
            var answer = telling.tell();
            if (answer != null && !answer.isSuccess()) {
                failures.accept(
                        new Failure(requestId, "the Runtime API answered " + answer.status() + " to the report", null));
            }
        } catch (IOException e) {
            failures.accept(new Failure(requestId, "the Runtime API did not take the report: " + e.getMessage(), e));
        }
    }
}
