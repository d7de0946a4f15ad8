package dev.rill.local.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rill.local.lambda.FunctionConfig.Code;
import dev.rill.local.lambda.FunctionConfig.Limits;
import dev.rill.local.lambda.FunctionConfig.SnapStart;
import dev.rill.local.lambda.Functions.InvocationException;
import dev.rill.local.lambda.Functions.InvocationResult;
import dev.rill.local.lambda.sample.BufferedSample;
import dev.rill.local.lambda.sample.InitFailingSample;
import dev.rill.local.lambda.sample.SnapStartSample;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.crac.Core;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class BufferedFunctionsTest {

    /** Limit for each step of a function: start, connect to the test, answer. */
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final CapturedLog log = new CapturedLog();
    private LambdaService service;

    @BeforeAll
    void deploy(@TempDir Path folder) throws IOException, URISyntaxException {
        var zip = FunctionZips.buffered(folder, BufferedSample.class);
        var failing = FunctionZips.buffered(folder, InitFailingSample.class);
        var sample = BufferedSample.class.getName() + "::handleRequest";
        var init = InitFailingSample.class.getName() + "::handleRequest";
        var settings = LambdaSettings.of(Path.of("target/buffered-functions"), FunctionZips.runtimeClientJars(), log)
                .withQueueTimeout(Duration.ZERO)
                .withInitTimeout(Duration.ofSeconds(20));
        service = LambdaService.deploy(
                List.of(
                        function(
                                "Sample",
                                new Code("sample-fn", zip, sample),
                                Map.of("OWN", "own value"),
                                limits(20, 1)),
                        function("Warm", new Code("warm-fn", zip, sample), Map.of(), limits(20, 3)),
                        function("Short", new Code("short-fn", zip, sample), Map.of(), limits(1, 1)),
                        function("Three", new Code("three-fn", zip, sample), Map.of(), limits(20, 3)),
                        new FunctionConfig(
                                "Reserved",
                                new Code("reserved-fn", zip, sample),
                                Map.of(),
                                new Limits(256, Duration.ofSeconds(20), Optional.of(5), Optional.of(1)),
                                SnapStart.OFF),
                        function("InitError", new Code("init-error-fn", failing, init), Map.of(), limits(20, 1)),
                        function(
                                "InitExit",
                                new Code("init-exit-fn", failing, init),
                                Map.of("FAILURE", "exit"),
                                limits(20, 1)),
                        function(
                                "NoClass",
                                new Code("no-class-fn", zip, "no.such.Handler::handleRequest"),
                                Map.of(),
                                limits(20, 1)),
                        new FunctionConfig(
                                "Snap",
                                new Code(
                                        "snap-fn",
                                        FunctionZips.buffered(folder, SnapStartSample.class, Core.class),
                                        SnapStartSample.class.getName() + "::handleRequest"),
                                Map.of(),
                                new Limits(256, Duration.ofSeconds(20), Optional.empty(), Optional.empty()),
                                SnapStart.ON)),
                settings);
    }

    private static FunctionConfig function(String name, Code code, Map<String, String> environment, Limits limits) {
        return new FunctionConfig(name, code, environment, limits, SnapStart.OFF);
    }

    private static Limits limits(int timeoutSeconds, int maximumConcurrency) {
        return new Limits(256, Duration.ofSeconds(timeoutSeconds), Optional.of(maximumConcurrency), Optional.empty());
    }

    @AfterAll
    void endEveryProcess() {
        service.close();
        assertThat(ProcessHandle.current().descendants()).isEmpty();
    }

    @Test
    void aFunctionAnswersAndItsProcessIsUsedAgain() throws Exception {
        assertThat(service.invoke("Sample", "\"echo grüß dich\""))
                .isEqualTo(new InvocationResult("\"grüß dich\"", false));
        var first = service.invoke("Sample", "\"pid\"").payload();
        assertThat(service.invoke("Sample", "\"pid\"").payload()).isEqualTo(first);
    }

    @Test
    void aFunctionGetsLambdasVariables() throws Exception {
        assertThat(service.invoke("Sample", "\"context\"").payload())
                .isEqualTo("\"Sample $LATEST 256 arn:aws:lambda:us-east-1:123456789012:function:Sample true\"");
        var home =
                service.invoke("Sample", "\"home\"").payload().replace("\"", "").split(" ", -1);
        assertThat(home[0]).isEqualTo(home[1]).contains("/sample-fn/");
        assertThat(env("AWS_LAMBDA_RUNTIME_API")).startsWith("127.0.0.1:");
        assertThat(env("AWS_EXECUTION_ENV")).isEqualTo("AWS_Lambda_java25");
        assertThat(env("OWN")).isEqualTo("own value");
    }

    @Test
    void aFunctionInheritsNoVariables() throws Exception {
        var expected = Set.of("PATH", "LANG", "JAVA_HOME", "TZ", "AWS_REGION");
        for (var name : System.getenv().keySet()) {
            if (!expected.contains(name)) {
                assertThat(env(name)).as(name).isEqualTo("null");
            }
        }
        assertThat(System.getenv()).as("something to inherit").containsKey("HOME");
    }

    private String env(String name) throws Exception {
        return service.invoke("Sample", "\"env " + name + "\"").payload().replace("\"", "");
    }

    @Test
    void theProcessListNamesTheModule() throws Exception {
        long pid = Long.parseLong(service.invoke("Sample", "\"pid\"").payload().replace("\"", ""));
        var arguments = ProcessHandle.of(pid).orElseThrow().info().arguments().orElseThrow();
        assertThat(arguments[0]).isEqualTo("-Drill.function=sample-fn");
    }

    @Test
    void anExceptionIsAResult() throws Exception {
        var invoked = service.invoke("Sample", "\"throw boom\"");
        assertThat(invoked.failed()).isTrue();
        assertThat(invoked.payload())
                .contains("\"errorMessage\":\"boom\"", "\"errorType\":\"java.lang.IllegalStateException\"");
    }

    @Test
    void aTimeoutReplacesTheProcess() throws Exception {
        var before = service.invoke("Short", "\"pid\"").payload();
        var invoked = service.invoke("Short", "\"hang\"");
        assertThat(invoked.failed()).isTrue();
        assertThat(invoked.payload())
                .contains("\"errorType\":\"Sandbox.Timedout\"", "Task timed out after 1.00 seconds");
        assertThat(ProcessHandle.of(Long.parseLong(before.replace("\"", "")))).isEmpty();
        assertThat(service.invoke("Short", "\"pid\"").payload()).isNotEqualTo(before);
    }

    @Test
    void anExitDuringAnInvocationIsAnErrorAndReplaced() throws Exception {
        var invoked = service.invoke("Sample", "\"exit 9\"");
        assertThat(invoked.failed()).isTrue();
        assertThat(invoked.payload())
                .contains("\"errorType\":\"Runtime.ExitError\"", "Runtime exited with error: exit status 9");
        assertThat(service.invoke("Sample", "\"echo again\"").payload()).isEqualTo("\"again\"");
    }

    @Test
    void aKilledIdleProcessIsReplaced() throws Exception {
        long pid = Long.parseLong(service.invoke("Sample", "\"pid\"").payload().replace("\"", ""));
        var process = ProcessHandle.of(pid).orElseThrow();
        process.destroyForcibly();
        process.onExit().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(service.invoke("Sample", "\"echo alive\"").payload()).isEqualTo("\"alive\"");
    }

    @Test
    void aBusyProcessIsKilledByItsEvent() throws Exception {
        try (var holder = new Holder()) {
            var held = async(() -> service.invoke("Three", "\"hold " + holder.port() + "\""));
            long pid = Long.parseLong(holder.accept());

            assertThat(service.killBusy(Set.of("Three"), Optional.of("another event")))
                    .isEmpty();
            assertThat(service.killBusy(Set.of("Sample", "Warm"), Optional.empty()))
                    .isEmpty();
            assertThat(service.killBusy(Set.of("Three"), Optional.of("hold " + holder.port())))
                    .hasValue(pid);

            var killed = held.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(killed.failed()).isTrue();
            assertThat(killed.payload()).contains("Runtime.ExitError", "signal: killed");
            assertThat(service.killBusy(Set.of("Three"), Optional.empty())).isEmpty();
        }
    }

    @Test
    void aFailedInitIsAResult() throws Exception {
        var invoked = service.invoke("InitError", "{}");
        assertThat(invoked.failed()).isTrue();
        assertThat(invoked.payload()).contains("no settings");
        assertThat(service.invoke("InitExit", "{}").payload()).contains("Runtime.ExitError", "exit status 3");
        assertThat(service.invoke("NoClass", "{}").payload()).contains("Class not found: no.such.Handler");
        log.await(line -> line.module().equals("init-error-fn")
                && line.source() == LogLine.Source.FAILURE
                && line.text().contains("no settings"));
    }

    @Test
    void anInitThatTakesTooLongIsKilled(@TempDir Path folder) throws Exception {
        var hanging = function(
                "InitHang",
                new Code(
                        "init-hang-fn",
                        FunctionZips.buffered(folder, InitFailingSample.class),
                        InitFailingSample.class.getName() + "::handleRequest"),
                Map.of("FAILURE", "hang"),
                limits(20, 1));
        var settings = LambdaSettings.of(Path.of("target/hanging-functions"), FunctionZips.runtimeClientJars(), log)
                .withInitTimeout(Duration.ofMillis(1200));
        try (var hanger = LambdaService.deploy(List.of(hanging), settings)) {
            var invoked = hanger.invoke("InitHang", "{}");
            assertThat(invoked.failed()).isTrue();
            assertThat(invoked.payload())
                    .contains("Sandbox.Timedout", "The init phase of InitHang timed out after 1.20 seconds");
        }
    }

    @Test
    void warmUpThrowsTheErrorOfAFailedInit() throws Exception {
        service.warmUp("Sample");
        var failure = catchThrowableOfType(InvocationException.class, () -> service.warmUp("InitExit"));
        assertThat(failure.code()).isEqualTo("Runtime.ExitError");
        assertThat(failure.status()).isEqualTo(LambdaService.FUNCTION_FAILED);
    }

    @Test
    void aFunctionThatWasWarmedUpRunsInOneProcess() throws Exception {
        service.warmUp("Warm");
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            seen.add(service.invoke("Warm", "\"pid\"").payload());
        }
        assertThat(seen).hasSize(1);
        assertThat(ProcessHandle.current()
                        .children()
                        .filter(process -> List.of(process.info().arguments().orElse(new String[0]))
                                .contains("-Drill.function=warm-fn")))
                .hasSize(1);
    }

    @Test
    void hooksRunBeforeAndAfterTheCheckpoint() throws Exception {
        assertThat(service.invoke("Snap", "{}").payload()).isEqualTo("\"construct;checkpoint;restore;invoke 1\"");
    }

    @Test
    void invocationsBeyondTheMaximumAreRefused() throws Exception {
        try (var holder = new Holder()) {
            List<FutureTask<InvocationResult>> running = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                running.add(async(() -> service.invoke("Three", "\"hold " + holder.port() + "\"")));
            }
            Set<String> processes = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                processes.add(holder.accept());
            }
            assertThat(processes).hasSize(3);
            var refused = catchThrowableOfType(InvocationException.class, () -> service.invoke("Three", "\"pid\""));
            assertThat(refused.code() + " " + refused.status()).isEqualTo("TooManyRequestsException 429");
            assertThat(catchThrowableOfType(InvocationException.class, () -> service.invoke("Three", "\"pid\"")))
                    .isNotNull();
            assertThat(log.count(line -> line.module().equals("three-fn")
                            && line.source() == LogLine.Source.LIMIT
                            && line.text().startsWith("all 3 processes of Three are busy")))
                    .isEqualTo(1);
            holder.releaseAll();
            for (var task : running) {
                assertThat(task.get(LIMIT.toSeconds(), TimeUnit.SECONDS).payload())
                        .isEqualTo("\"released -1\"");
            }
            assertThat(processes)
                    .contains(service.invoke("Three", "\"pid\"").payload().replace("\"", ""));
        }
    }

    @Test
    void invocationsBeyondReservedConcurrencyAreRefused() throws Exception {
        try (var holder = new Holder()) {
            var running = async(() -> service.invoke("Reserved", "\"hold " + holder.port() + "\""));
            holder.accept();
            var refused = catchThrowableOfType(InvocationException.class, () -> service.invoke("Reserved", "\"pid\""));
            assertThat(refused).hasMessageContaining("ReservedFunctionConcurrentInvocationLimitExceeded");
            holder.releaseAll();
            assertThat(running.get(LIMIT.toSeconds(), TimeUnit.SECONDS).failed())
                    .isFalse();
        }
    }

    @Test
    void sizesAreLimited() throws Exception {
        int six = 6 * 1024 * 1024;
        assertThat(service.invoke("Sample", "\"big " + (six - 2) + "\"").payload())
                .hasSize(six);
        var large = service.invoke("Sample", "\"big " + (six + 1000) + "\"");
        assertThat(large.failed()).isTrue();
        assertThat(large.payload()).contains("Function.ResponseSizeTooLarge");
        var refused =
                catchThrowableOfType(InvocationException.class, () -> service.invoke("Sample", "x".repeat(six + 1)));
        assertThat(refused.code() + " " + refused.status()).isEqualTo("RequestTooLargeException 413");
    }

    @Test
    void anUnknownFunctionIsRefused() {
        var refused = catchThrowableOfType(InvocationException.class, () -> service.invoke("Unknown", "{}"));
        assertThat(refused.code() + " " + refused.status()).isEqualTo("ResourceNotFoundException 404");
    }

    @Test
    void linesOfBothOutputsAreLoggedWithTheModule() throws Exception {
        service.invoke("Sample", "\"print a line\"");
        log.await(new LogLine("sample-fn", LogLine.Source.FUNCTION, "out a line")::equals);
        log.await(new LogLine("sample-fn", LogLine.Source.FUNCTION, "err a line")::equals);
        log.await(line -> line.source() == LogLine.Source.REPORT
                && line.text()
                        .matches(
                                "REPORT RequestId: \\S+\tDuration: \\d+\\.\\d\\d ms\tBilled Duration: [1-9]\\d* ms\tMemory Size: 256 MB"
                                        + "\tMax Memory Used: [1-9]\\d* MB.*"));
    }

    @Test
    void listensOnLoopbackOnly() throws Exception {
        var port = env("AWS_LAMBDA_RUNTIME_API").split(":", -1)[1];
        for (var addresses = NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .filter(a -> !a.isLoopbackAddress())
                        .iterator();
                addresses.hasNext(); ) {
            var address = addresses.next();
            assertThat(catchThrowableOfType(
                            IOException.class, () -> new Socket(address, Integer.parseInt(port)).close()))
                    .as(address.toString())
                    .isNotNull();
        }
    }

    private static <T> FutureTask<T> async(Callable<T> call) {
        FutureTask<T> task = new FutureTask<>(call);
        Thread.ofVirtual().start(task);
        return task;
    }

    /** Accepts connections of functions that execute {@code hold}, and releases them. */
    private static final class Holder implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final List<Socket> held = new ArrayList<>();

        Holder() throws IOException {
            server.setSoTimeout((int) LIMIT.toMillis());
        }

        int port() {
            return server.getLocalPort();
        }

        /** The process id of the next such function. */
        String accept() throws IOException {
            var socket = server.accept();
            socket.setSoTimeout((int) LIMIT.toMillis());
            held.add(socket);
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
        }

        void releaseAll() throws IOException {
            for (var socket : held) {
                socket.close();
            }
        }

        @Override
        public void close() throws IOException {
            releaseAll();
            server.close();
        }
    }
}
