package dev.rill.streaming;

import java.io.IOException;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The loop between Lambda's Runtime API and a handler. A program is one line:
 *
 * <pre>{@code
 * public static void main(String[] args) {
 *     StreamingRuntime.start(snapshot -> StreamingHandler.http(new MyHandler(System.getenv("GREETING"))));
 * }
 * }</pre>
 *
 * <p>It takes one event at a time and calls the handler on the thread that called {@link #run}. It enforces no
 * deadline: Lambda does. While a handler runs, the system property {@code com.amazonaws.xray.traceHeader} holds the
 * tracing header, as AWS's Java runtime has it for the X-Ray SDK and OpenTelemetry.
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
     * @param clock what {@link Invocation#remaining} looks at
     * @param failures is told what goes wrong, once each; never events or answers
     */
    public StreamingRuntime(Map<String, String> environment, Clock clock, Consumer<Failure> failures) {
        this.environment = environment;
        this.clock = clock;
        this.failures = failures;
    }

    /**
     * Runs on the process's environment, with failures as lines on standard error, and ends the process. Never returns.
     */
    public static void start(HandlerFactory factory) {
        var runtime = new StreamingRuntime(
                System.getenv(), Clock.systemUTC(), failure -> System.err.println(failure.toLine()));
        System.exit(runtime.run(factory).code());
    }

    /**
     * Makes the handler and serves events until there is no way to go on. Call it once, from {@code main}, and end the
     * process with the code it returns.
     *
     * @throws IllegalArgumentException if {@code AWS_LAMBDA_RUNTIME_API} is missing or no host:port
     */
    public Exit run(HandlerFactory factory) {
        var authority = environment.get("AWS_LAMBDA_RUNTIME_API");
        if (authority == null) {
            throw new IllegalArgumentException(
                    "AWS_LAMBDA_RUNTIME_API is not set: Lambda sets it, and so must whoever runs this elsewhere");
        }
        try (var api = new RuntimeApi(authority, clock)) {
            return run(api, factory);
        }
    }

    // A handler may throw anything, and Lambda must hear of it.
    @SuppressWarnings("CatchingThrowable")
    private Exit run(RuntimeApi api, HandlerFactory factory) {
        var hooks = new RegisteredHooks();
        StreamingHandler handler;
        try {
            handler = Objects.requireNonNull(factory.create(hooks), "the handler factory returned null");
        } catch (Throwable t) {
            logAndTell(
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
    private @Nullable Exit throughSnapshot(RuntimeApi api, RegisteredHooks hooks) {
        try {
            hooks.runBeforeCheckpoint();
            api.restoreNext();
        } catch (Throwable t) {
            logAndTell(
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
            logAndTell(
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
                failures.accept(new Failure(null, "no way to get another event: " + e.getMessage(), e));
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

    /** Answers one event, whatever happens. Returns what the handler threw. */
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
        // A handler that interrupted its own thread must spoil neither the report nor the next event.
        Thread.interrupted();
        var id = invocation.requestId();
        if (thrown == null) {
            tell(id, response::end);
        } else {
            var error = ErrorReport.of("Runtime.UserException", thrown);
            if (response.isOpen()) {
                logAndTell(
                        id,
                        "the invocation failed after its first byte, and its answer is cut off",
                        thrown,
                        () -> response.fail(error));
            } else {
                logAndTell(id, "the invocation failed", thrown, () -> api.reportInvocationError(invocation, error));
            }
        }
        return thrown;
    }

    /** Something that Lambda is told. Gives its answer, or null where there was no way left to tell it. */
    private interface Telling {
        @Nullable
        Answer tell() throws IOException;
    }

    private void logAndTell(@Nullable String requestId, String what, Throwable cause, Telling telling) {
        failures.accept(new Failure(requestId, what, cause));
        tell(requestId, telling);
    }

    /** A Runtime API that refuses one report may well have the next event: this is logged, and the loop goes on. */
    private void tell(@Nullable String requestId, Telling telling) {
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
