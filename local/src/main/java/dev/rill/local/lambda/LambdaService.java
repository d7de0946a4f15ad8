package dev.rill.local.lambda;

import dev.rill.local.lambda.ExecutionEnvironment.InitException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;

/**
 * AWS Lambda on one machine. Each function's zip is unpacked once. Its environments are processes that are started on
 * demand, kept, and connected to a Runtime API on loopback. Buffered functions run on AWS's own Java runtime client;
 * functions with an {@code AWS_LAMBDA_EXEC_WRAPPER} run the program that their wrapper starts.
 *
 * <p>Not supported: retries and destinations of asynchronous invocations, layers, extensions, the bandwidth limit of
 * streamed responses, the freezing of idle environments, and snapshots (with SnapStart on, every environment runs the
 * hooks before and after a checkpoint of its own).
 */
public final class LambdaService implements Functions, AutoCloseable {

    /** The {@link InvocationException#status} if the function itself failed before its first byte. */
    public static final int FUNCTION_FAILED = 502;

    private static final int PAYLOAD_LIMIT = 6 * 1024 * 1024;
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final LambdaSettings settings;
    private final RuntimeApi runtimeApi;
    private final Map<String, Deployment> functions;
    private final AtomicBoolean closed = new AtomicBoolean();

    private record Deployment(FunctionConfig config, EnvironmentPool environments) {}

    private LambdaService(LambdaSettings settings, RuntimeApi runtimeApi, Map<String, Deployment> functions) {
        this.settings = settings;
        this.runtimeApi = runtimeApi;
        this.functions = functions;
    }

    /**
     * Unpacks the functions' zips and opens the Runtime API. Starts no process.
     *
     * @throws IOException if a zip is missing or lacks the function's wrapper, or AWS's runtime client does not support
     *     this machine; the message is one line
     */
    public static LambdaService deploy(List<FunctionConfig> configs, LambdaSettings settings) throws IOException {
        var client = RuntimeClient.prepare(settings.runtime().clientJars(), settings.workFolder());
        Map<String, LaunchPlan.Function> plans = new LinkedHashMap<>();
        for (var config : configs) {
            var taskRoot = TaskRoot.unpack(config.code().zip(), settings.workFolder(), config.module());
            plans.put(
                    config.name(),
                    LaunchPlan.Function.of(config, taskRoot, settings.runtime().javaHome(), client));
        }
        var runtimeApi = new RuntimeApi(settings);
        // A start takes about one second of CPU. More starts at once, of all functions together, would only slow each
        // other down.
        var starts = new Semaphore(Runtime.getRuntime().availableProcessors(), true);
        Map<String, Deployment> functions = new LinkedHashMap<>();
        plans.forEach((name, plan) -> {
            var log = logger(plan.config(), settings);
            functions.put(
                    name,
                    new Deployment(
                            plan.config(),
                            new EnvironmentPool(
                                    plan.config(),
                                    settings,
                                    owner -> new ExecutionEnvironment(
                                            plan.config(),
                                            owner,
                                            log,
                                            settings.listeners().processes()),
                                    environment -> {
                                        starts.acquire();
                                        try {
                                            start(environment, plan, settings, runtimeApi);
                                        } finally {
                                            starts.release();
                                        }
                                    },
                                    text -> log.accept(LogLine.Source.LIMIT, text))));
        });
        return new LambdaService(settings, runtimeApi, Map.copyOf(functions));
    }

    private static BiConsumer<LogLine.Source, String> logger(FunctionConfig config, LambdaSettings settings) {
        return (source, text) -> settings.listeners().logs().accept(new LogLine(config.module(), source, text));
    }

    private static void start(
            ExecutionEnvironment environment, LaunchPlan.Function plan, LambdaSettings settings, RuntimeApi runtimeApi)
            throws InitException, InterruptedException {
        try {
            var listener = runtimeApi.listen(environment);
            environment.start(
                    LaunchPlan.of(plan, settings, listener.address(), logStream(plan.config(), settings)),
                    settings.limits().initTimeout(),
                    listener::close);
        } catch (IOException e) {
            throw new InitException(FunctionError.of(
                    FunctionError.INVALID_ENTRYPOINT, plan.config().name() + " cannot be started: " + e.getMessage()));
        } catch (InitException e) {
            logger(plan.config(), settings)
                    .accept(LogLine.Source.FAILURE, e.error().type() + ": " + e.getMessage());
            throw e;
        }
    }

    private static String logStream(FunctionConfig function, LambdaSettings settings) {
        var day = settings.clock().instant().toString().substring(0, 10).replace('-', '/');
        var instance = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        return day + "/[" + function.version() + "]" + instance;
    }

    /** The functions' names. */
    public Set<String> names() {
        return functions.keySet();
    }

    /**
     * Starts an environment of a function before its first invocation, and returns when it is ready; at once if one
     * exists.
     *
     * @throws InvocationException if the start fails, with the function's own error and the status
     *     {@link #FUNCTION_FAILED}
     */
    public void warmUp(String functionName) throws InvocationException, InterruptedException {
        try {
            require(functionName).environments().warmUp();
        } catch (InitException e) {
            throw new InvocationException(
                    e.error().type(), FUNCTION_FAILED, e.error().message());
        }
    }

    /**
     * Kills a process that handles an invocation, as {@code kill -9} does: of several the one whose invocation has to
     * end first. The process may have finished the invocation in the same moment.
     *
     * @param functionNames the functions whose processes count
     * @param text that the invocation's event must have; empty for any event
     * @return the pid; empty if there is no such process
     */
    public OptionalLong killBusy(Set<String> functionNames, Optional<String> text) {
        return functions.entrySet().stream()
                .filter(function -> functionNames.contains(function.getKey()))
                .flatMap(function -> function.getValue().environments().all().stream())
                .flatMap(environment ->
                        environment.running().map(invocation -> new Busy(environment, invocation)).stream())
                .filter(busy -> text.isEmpty() || busy.invocation().event().contains(text.get()))
                .min(Comparator.comparing(busy -> busy.invocation().deadline()))
                .map(busy -> busy.environment().crash())
                .orElse(OptionalLong.empty());
    }

    private record Busy(ExecutionEnvironment environment, Invocation invocation) {}

    @Override
    public InvocationResult invoke(String functionName, String payload)
            throws InvocationException, InterruptedException {
        Invocation invocation;
        try {
            invocation = begin(functionName, payload, Invocation.Mode.BUFFERED);
        } catch (InitException e) {
            return new InvocationResult(e.error().payload(), true);
        }
        var answer = new ByteArrayOutputStream();
        try (var response = invocation.response().reader()) {
            response.transferTo(answer);
        } catch (MidStreamException e) {
            var error = invocation.error();
            return new InvocationResult(
                    error == null ? FunctionError.of(e.errorType(), "").payload() : error.payload(), true);
        } catch (IOException e) {
            throw interrupted(e);
        }
        return new InvocationResult(answer.toString(StandardCharsets.UTF_8), false);
    }

    private static InterruptedException interrupted(IOException cause) {
        Thread.interrupted();
        var interrupted = new InterruptedException(cause.getMessage());
        interrupted.initCause(cause);
        return interrupted;
    }

    @Override
    public ResponseBody invokeWithResponseStream(String functionName, String payload)
            throws InvocationException, InterruptedException {
        Invocation invocation;
        try {
            invocation = begin(functionName, payload, Invocation.Mode.STREAMED);
        } catch (InitException e) {
            throw new InvocationException(
                    e.error().type(), FUNCTION_FAILED, e.error().message());
        }
        return switch (invocation.response().awaitStart()) {
            case ResponsePipe.ResponseStart.FirstBytes() ->
                new ResponseBody(invocation.contentType(), invocation.response().reader());
            case ResponsePipe.ResponseStart.Empty() ->
                throw new InvocationException(
                        FunctionError.TRUNCATED, FUNCTION_FAILED, functionName + " answered nothing");
            case ResponsePipe.ResponseStart.Failure(FunctionError error) ->
                throw new InvocationException(error.type(), FUNCTION_FAILED, error.message());
        };
    }

    private Deployment require(String functionName) throws InvocationException {
        var function = functions.get(functionName);
        if (function == null) {
            throw new InvocationException(
                    "ResourceNotFoundException",
                    404,
                    "Function not found: arn:aws:lambda:" + settings.account().region() + ":"
                            + settings.account().id() + ":function:" + functionName);
        }
        return function;
    }

    private Invocation begin(String functionName, String payload, Invocation.Mode mode)
            throws InvocationException, InitException, InterruptedException {
        var function = require(functionName);
        var bytes = payload.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > PAYLOAD_LIMIT) {
            throw new InvocationException(
                    "RequestTooLargeException",
                    413,
                    "Request must be smaller than " + PAYLOAD_LIMIT + " bytes for the InvokeFunction operation");
        }
        var environment = function.environments().acquire();
        var invocation = new Invocation(
                UUID.randomUUID().toString(),
                bytes,
                mode,
                settings.clock().instant().plus(function.config().timeout()));
        Thread.ofVirtual()
                .name(function.config().module() + "-invocation")
                .start(() -> supervise(environment, invocation));
        return invocation;
    }

    /** Runs one invocation, and kills its process if the function's timeout passes. */
    private void supervise(ExecutionEnvironment environment, Invocation invocation) {
        var function = environment.function();
        log(function, "START RequestId: " + invocation.requestId() + " Version: " + function.version());
        var init = environment.claimInit();
        long begun = System.nanoTime();
        environment.dispatch(invocation);
        try {
            if (!invocation.awaitEnd(function.timeout().toNanos())) {
                var message = "Task timed out after " + ExecutionEnvironment.seconds(function.timeout());
                logger(function, settings)
                        .accept(LogLine.Source.FAILURE, "RequestId: " + invocation.requestId() + " " + message);
                environment.kill(FunctionError.of(
                        FunctionError.TIMED_OUT, "RequestId: " + invocation.requestId() + " Error: " + message));
                invocation.awaitEnd(GRACE.toNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        report(environment, invocation, Duration.ofNanos(System.nanoTime() - begun), init);
    }

    private void report(ExecutionEnvironment environment, Invocation invocation, Duration duration, Duration init) {
        var function = environment.function();
        Duration billed = switch (function.snapStart()) {
            case ON -> duration;
            case OFF -> duration.plus(init);
        };
        long billedMillis = Math.max(1, Math.ceilDiv(billed.toNanos(), 1_000_000));
        log(function, "END RequestId: " + invocation.requestId());
        String initPart = init.isZero() ? "" : "\tInit Duration: " + millis(init);
        log(
                function,
                "REPORT RequestId: %s\tDuration: %s\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB%s"
                        .formatted(
                                invocation.requestId(),
                                millis(duration),
                                billedMillis,
                                function.limits().memoryMegabytes(),
                                environment.peakMemoryMegabytes(),
                                initPart));
    }

    private static String millis(Duration duration) {
        return String.format(Locale.ROOT, "%.2f ms", duration.toNanos() / 1e6);
    }

    private void log(FunctionConfig function, String text) {
        logger(function, settings).accept(LogLine.Source.REPORT, text);
    }

    /**
     * Ends every process, after 2 s by force, and closes the ports. Running invocations fail. A second call has no
     * effect.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        var running = functions.values().stream()
                .flatMap(function -> function.environments().close().stream())
                .toList();
        running.forEach(ExecutionEnvironment::terminate);
        try {
            long deadline = System.nanoTime() + GRACE.toNanos();
            for (var environment : running) {
                environment.awaitExit(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            running.forEach(
                    environment -> environment.kill(FunctionError.of(FunctionError.EXITED, "The service was stopped")));
            runtimeApi.close();
        }
    }
}
