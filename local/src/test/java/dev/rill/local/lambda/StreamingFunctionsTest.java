package dev.rill.local.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rill.local.lambda.FunctionConfig.SnapStart;
import dev.rill.local.lambda.Functions.InvocationException;
import dev.rill.local.lambda.Functions.InvocationResult;
import dev.rill.local.lambda.Functions.MidStreamException;
import dev.rill.local.lambda.Functions.ResponseBody;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class StreamingFunctionsTest {

    /** Limit for each step of a function: start, connect, answer. */
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static final String PRELUDE = "{\"statusCode\":200}\0\0\0\0\0\0\0\0";

    private final CapturedLog log = new CapturedLog();
    private LambdaService service;

    @BeforeAll
    void deploy(@TempDir Path folder) throws IOException, URISyntaxException {
        var settings = LambdaSettings.of(Path.of("target/streaming-functions"), FunctionZips.runtimeClientJars(), log);
        var zip = FunctionZips.streaming(folder);
        service = LambdaService.deploy(
                List.of(
                        function("Stream", "stream-fn", zip, "/var/task/bootstrap-streaming", 20),
                        function("Single", "single-fn", zip, "/var/task/bootstrap-streaming", 20),
                        function("Short", "short-fn", zip, "/var/task/bootstrap-streaming", 1)),
                settings);
    }

    private static FunctionConfig function(String name, String module, Path zip, String wrapper, int timeoutSeconds) {
        return new FunctionConfig(
                name,
                new FunctionConfig.Code(module, zip, "sample.Handler::handleRequest"),
                Map.of("AWS_LAMBDA_EXEC_WRAPPER", wrapper),
                new FunctionConfig.Limits(256, Duration.ofSeconds(timeoutSeconds), Optional.of(1), Optional.empty()),
                SnapStart.OFF);
    }

    @AfterAll
    void endEveryProcess() {
        service.close();
        assertThat(ProcessHandle.current().descendants()).isEmpty();
    }

    @Test
    void eachPieceIsReadableBeforeTheNextIsWritten() throws Exception {
        try (var pen = serverSocket()) {
            FutureTask<ResponseBody> invocation = new FutureTask<>(
                    () -> service.invokeWithResponseStream("Stream", "\"pass " + pen.getLocalPort() + "\""));
            Thread.ofVirtual().start(invocation);
            try (var writer = accept(pen)) {
                writer.getOutputStream().write(PRELUDE.getBytes(StandardCharsets.UTF_8));
                try (var streamed = invocation.get(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                    assertThat(streamed.contentType()).isEqualTo("application/vnd.awslambda.http-integration-response");
                    assertThat(read(streamed, PRELUDE.length())).isEqualTo(PRELUDE);
                    for (var piece : List.of("one", "two", "three")) {
                        writer.getOutputStream().write(piece.getBytes(StandardCharsets.UTF_8));
                        assertThat(read(streamed, piece.length())).isEqualTo(piece);
                    }
                    writer.shutdownOutput();
                    assertThat(streamed.body().read()).isEqualTo(-1);
                }
            }
        }
    }

    @Test
    void aLargeBodyArrivesWhole() throws Exception {
        try (var pen = serverSocket()) {
            FutureTask<ResponseBody> invocation = new FutureTask<>(
                    () -> service.invokeWithResponseStream("Stream", "\"pass " + pen.getLocalPort() + "\""));
            Thread.ofVirtual().start(invocation);
            var sent = new byte[8 * 1024 * 1024];
            new Random(1).nextBytes(sent);
            try (var writer = accept(pen)) {
                Thread.ofVirtual().start(() -> {
                    try (writer) {
                        writer.getOutputStream().write(sent);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                try (var streamed = invocation.get(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                    assertThat(streamed.body().readAllBytes()).isEqualTo(sent);
                }
            }
        }
    }

    @Test
    void errorTrailersFailTheStreamAfterItsBytes() throws Exception {
        assertThat(failsMidway("Stream", "fail")).isEqualTo("half;Sample.Error: midway");
    }

    @Test
    void anExitWithinTheStreamFailsIt() throws Exception {
        assertThat(failsMidway("Stream", "die"))
                .isEqualTo("half;Runtime.ExitError: Runtime exited with error: exit status 7");
    }

    @Test
    void aResponseThatIsCutOffFailsTheStream() throws Exception {
        assertThat(failsMidway("Stream", "cut"))
                .isEqualTo("half;Runtime.ExitError: Runtime exited without providing a reason");
    }

    @Test
    void aTimeoutWithinTheStreamFailsIt() throws Exception {
        assertThat(failsMidway("Short", "hang"))
                .matches("half;Sandbox.Timedout: RequestId: \\S+ Error: Task timed out after 1.00 seconds");
    }

    @Test
    void aFailureBeforeTheFirstByteIsThrown() {
        assertThat(refusal("Stream", "error")).isEqualTo("Sample.Error 502 at once");
        assertThat(refusal("Stream", "nothing")).isEqualTo("Runtime.TruncatedResponse 502 Stream answered nothing");
    }

    @Test
    void aWrapperMustBeAnExecutableOfThePackage(@TempDir Path folder) throws Exception {
        var zip = FunctionZips.streaming(folder);
        var settings = LambdaSettings.of(Path.of("target/refused-functions"), FunctionZips.runtimeClientJars(), log);
        for (var wrapper : List.of(
                "/var/task/missing",
                "/opt/wrapper",
                "/var/task/../../../bin/sh",
                "/var/task/dev/rill/local/lambda/sample/StreamingSample.class")) {
            var refused = function("Refused", "refused-fn", zip, wrapper, 20);
            assertThat(catchThrowableOfType(
                            IOException.class,
                            () -> LambdaService.deploy(List.of(refused), settings)
                                    .close()))
                    .hasMessageStartingWith("Refused: AWS_LAMBDA_EXEC_WRAPPER is " + wrapper);
        }
    }

    @Test
    void missingPackagesAreReportedInOneLine() throws Exception {
        var jars = FunctionZips.runtimeClientJars();
        var work = Path.of("target/refused-functions");
        var missing = function("Missing", "missing-fn", Path.of("target/no.zip"), "/var/task/x", 20);
        assertThat(catchThrowableOfType(
                        IOException.class,
                        () -> LambdaService.deploy(List.of(missing), LambdaSettings.of(work, jars, log))
                                .close()))
                .hasMessageContaining("no.zip")
                .hasMessageContaining("the deployment package of missing-fn is not built");
        assertThat(catchThrowableOfType(IOException.class, () -> RuntimeClient.prepare(List.of(), work)))
                .hasMessageContaining("aws-lambda-java-runtime-interface-client is not among the jars");
        assertThat(catchThrowableOfType(
                        IOException.class, () -> RuntimeClient.prepare(jars, work, "Mac OS X", "aarch64")))
                .hasMessageContaining("runs on Linux only, and this is Mac OS X");
    }

    @Test
    void theRuntimeMayAnswerItsOwnInvocationOnce() throws Exception {
        var wrong = service.invoke("Stream", "\"wrong\"");
        assertThat(wrong.payload()).startsWith("400 ").contains("\"errorType\":\"InvalidRequestID\"");
        assertThat(service.invoke("Stream", "\"twice\"")).isEqualTo(new InvocationResult("first", false));
        log.await(line ->
                line.text().startsWith("second response: 403") && line.text().contains("InvalidStateTransition"));
    }

    @Test
    void theWrapperGetsTheRuntimesCommand() throws Exception {
        var command = service.invoke("Stream", "\"command\"").payload();
        assertThat(command).contains("/bin/java -Drill.function=stream-fn", "AWSLambda sample.Handler::handleRequest");
        assertThat(ProcessHandle.current()
                        .descendants()
                        .map(process -> process.info().command().orElse("") + " "
                                + String.join(" ", process.info().arguments().orElse(new String[0]))))
                .anyMatch(line -> line.contains("/stream-fn/"));
    }

    @Test
    void writesAreRefusedOnceTheReaderIsClosed() throws Exception {
        try (var streamed = service.invokeWithResponseStream("Stream", "\"forever\"")) {
            assertThat(read(streamed, 1)).isEqualTo("y");
        }
        log.await(line -> line.text().equals("write refused"));
        assertThat(service.invoke("Stream", "\"command\"").failed()).isFalse();
    }

    @Test
    void invocationsWaitWhileAllAreBusy() throws Exception {
        try (var pen = serverSocket()) {
            FutureTask<InvocationResult> first =
                    new FutureTask<>(() -> service.invoke("Single", "\"pass " + pen.getLocalPort() + "\""));
            Thread.ofVirtual().start(first);
            try (var writer = accept(pen)) {
                FutureTask<InvocationResult> second = new FutureTask<>(() -> service.invoke("Single", "\"command\""));
                Thread.ofVirtual().start(second);
                log.await(line -> line.module().equals("single-fn") && line.source() == LogLine.Source.LIMIT);
                assertThat(second.isDone()).isFalse();
                writer.getOutputStream().write('x');
                writer.shutdownOutput();
                assertThat(first.get(LIMIT.toSeconds(), TimeUnit.SECONDS).payload())
                        .isEqualTo("x");
                assertThat(second.get(LIMIT.toSeconds(), TimeUnit.SECONDS).failed())
                        .isFalse();
            }
        }
    }

    /** The server socket to which functions that forward pieces connect. */
    private static ServerSocket serverSocket() throws IOException {
        var pen = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        pen.setSoTimeout((int) LIMIT.toMillis());
        return pen;
    }

    private static Socket accept(ServerSocket pen) throws IOException {
        var writer = pen.accept();
        writer.setSoTimeout((int) LIMIT.toMillis());
        return writer;
    }

    private String failsMidway(String function, String payload) throws Exception {
        try (var streamed = service.invokeWithResponseStream(function, "\"" + payload + "\"")) {
            var bytes = read(streamed, "half".length());
            var failure = catchThrowableOfType(
                    MidStreamException.class, () -> streamed.body().read());
            return bytes + ";" + failure.errorType() + ": " + failure.getMessage();
        }
    }

    private String refusal(String function, String payload) {
        var refused = catchThrowableOfType(
                InvocationException.class, () -> service.invokeWithResponseStream(function, "\"" + payload + "\""));
        return refused.code() + " " + refused.status() + " " + refused.getMessage();
    }

    private static String read(ResponseBody streamed, int length) throws IOException {
        return new String(streamed.body().readNBytes(length), StandardCharsets.UTF_8);
    }
}
