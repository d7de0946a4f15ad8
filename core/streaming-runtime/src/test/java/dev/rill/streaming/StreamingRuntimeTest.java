package dev.rill.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.streaming.testing.FakeRuntimeApi;
import dev.rill.streaming.testing.FunctionUrlEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The runtime's loop against a fake Runtime API on a socket. */
@Timeout(30)
class StreamingRuntimeTest {

    private static final byte[] EVENT = "{\"q\":\"grüß\"}".getBytes(StandardCharsets.UTF_8);
    private static final ResponseHead OK = ResponseHead.of(200, "text/plain");

    private final List<Failure> failures = new CopyOnWriteArrayList<>();
    private FakeRuntimeApi api;

    @BeforeEach
    void start() throws IOException {
        api = FakeRuntimeApi.start();
    }

    @AfterEach
    void stop() throws IOException {
        api.close();
    }

    private Exit run(StreamingHandler handler) {
        return run(api.environment(), snapshot -> handler);
    }

    private Exit run(Map<String, String> environment, HandlerFactory factory) {
        var clock = Clock.fixed(FakeRuntimeApi.DEADLINE.minusSeconds(12), ZoneOffset.UTC);
        return new StreamingRuntime(environment, clock, failures::add).run(factory);
    }

    private String log() {
        var log = new StringBuilder();
        for (var failure : failures) {
            log.append(failure.requestId() == null ? "-" : failure.requestId())
                    .append(' ')
                    .append(failure.what())
                    .append('\n');
        }
        return log.toString();
    }

    private static void write(OutputStream body, String text) throws IOException {
        body.write(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void sendsTheHeadersOfTheProtocol() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willStop();

        run((invocation, response) -> write(response.open(OK.cookie("a=b")), "hello"));

        var received = api.response("r1");
        assertThat(received.prelude())
                .isEqualTo("{\"statusCode\":200,\"headers\":{\"content-type\":\"text/plain\"},\"cookies\":[\"a=b\"]}");
        assertThat(received.body()).isEqualTo("hello");
        assertThat(received.ending()).isEqualTo("complete");
        assertThat(received.headers())
                .containsEntry("Lambda-Runtime-Function-Response-Mode", "streaming")
                .containsEntry("Transfer-Encoding", "chunked")
                .containsEntry("Content-Type", "application/vnd.awslambda.http-integration-response")
                .containsEntry("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body");
        assertThat(failures).extracting(Failure::requestId).containsOnlyNulls();
    }

    @Test
    void everyWriteIsSentAsAChunk() throws Exception {
        var seen = new CountDownLatch(1);
        api.willInvoke("r1", EVENT);
        api.willStop();
        var runtime = Thread.ofVirtual()
                .start(() -> run((invocation, response) -> {
                    Writer body = new OutputStreamWriter(response.open(OK), StandardCharsets.UTF_8);
                    body.write("first ä");
                    body.flush();
                    if (!seen.await(10, TimeUnit.SECONDS)) {
                        throw new AssertionError("the first chunk was held back");
                    }
                    body.write("second");
                    body.flush();
                }));

        var received = api.response("r1");
        assertThat(received.nextChunk()).startsWith("{\"statusCode\":200");
        assertThat(received.nextChunk()).isEqualTo("first ä");
        seen.countDown();
        assertThat(received.nextChunk()).isEqualTo("second");
        assertThat(received.ending()).isEqualTo("complete");
        assertThat(runtime.join(Duration.ofSeconds(10))).isTrue();
        assertThat(api.trace()).isEqualTo("next;response r1;next");
    }

    @Test
    void eachStreamedResponseHasItsOwnConnection() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willInvoke("r2", EVENT);
        api.willInvoke("r3", EVENT);
        api.willStop();

        run((invocation, response) -> {
            if (invocation.requestId().equals("r2")) {
                throw new IllegalStateException("no");
            }
            write(response.open(OK), invocation.requestId());
        });

        assertThat(api.connectionTrace())
                .isEqualTo("1:next;2:response r1;1:next;1:error r2;1:next;4:response r3;1:next");
        assertThat(api.response("r1").body() + api.response("r3").body()).isEqualTo("r1r3");
    }

    @Test
    void theConnectionIsOpenedBeforeTheHandlerNeedsIt() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willStop();

        run((invocation, response) -> {
            api.awaitOpened(2);
            write(response.open(OK), "hello");
        });

        assertThat(api.connectionTrace()).isEqualTo("1:next;2:response r1;1:next");
        assertThat(api.response("r1").body()).isEqualTo("hello");
    }

    @Test
    void anOldConnectionIsReplaced() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willStop();
        AtomicReference<Instant> now = new AtomicReference<>(FakeRuntimeApi.DEADLINE.minusSeconds(60));

        new StreamingRuntime(api.environment(), clock(now::get), failures::add)
                .run(snapshot -> (invocation, response) -> {
                    now.set(FakeRuntimeApi.DEADLINE.minusSeconds(45));
                    write(response.open(OK), "late");
                    api.awaitClosed(2);
                });

        assertThat(api.connectionTrace()).isEqualTo("1:next;3:response r1;1:next");
        assertThat(api.response("r1").body()).isEqualTo("late");
    }

    @Test
    void anUnusedConnectionIsClosed() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willInvoke("r2", EVENT);
        api.willStop();

        run((invocation, response) -> {
            if (invocation.requestId().equals("r1")) {
                throw new IllegalStateException("no");
            }
            api.awaitClosed(2);
            write(response.open(OK), "hello");
        });

        assertThat(api.response("r2").body()).isEqualTo("hello");
    }

    private static Clock clock(InstantSource instants) {
        return instants.withZone(ZoneOffset.UTC);
    }

    @Test
    void passesTheInvocationToTheHandler() {
        api.willInvoke("r1", EVENT, Map.of("Lambda-Runtime-Trace-Id", "Root=1-2;Sampled=0", "X-New", "later"));
        api.willInvoke("r2", EVENT);
        api.willStop();
        List<String> told = new CopyOnWriteArrayList<>();

        run((invocation, response) -> {
            told.add(invocation.requestId() + " " + invocation.deadline() + " " + invocation.remaining() + " "
                    + invocation.functionArn().orElse("-") + " "
                    + invocation.traceId().orElse("-") + " "
                    + invocation.header("x-new").orElse("-") + " " + invocation.eventText() + " "
                    + System.getProperty("com.amazonaws.xray.traceHeader"));
            response.open(OK);
        });

        assertThat(told)
                .containsExactly(
                        "r1 2026-11-22T12:00:30Z PT12S arn:aws:lambda:eu-west-1:123456789012:function:test Root=1-2;Sampled=0 later "
                                + "{\"q\":\"grüß\"} Root=1-2;Sampled=0",
                        "r2 2026-11-22T12:00:30Z PT12S arn:aws:lambda:eu-west-1:123456789012:function:test - - {\"q\":\"grüß\"} null");
    }

    @Test
    void remainingTimeIsNeverNegative() {
        var headers = Map.of("lambda-runtime-aws-request-id", "r", "lambda-runtime-deadline-ms", "1000");
        assertThat(new Invocation(EVENT, headers, Clock.systemUTC()).remaining())
                .isEqualTo(Duration.ZERO);
    }

    @Test
    void returnsTheInvocationId() throws Exception {
        api.willInvoke("r1", EVENT, Map.of("Lambda-Runtime-Invocation-Id", "attempt-7"));
        api.willInvoke("r2", EVENT, Map.of("Lambda-Runtime-Invocation-Id", "attempt-8"));
        api.willStop();

        run((invocation, response) -> {
            if (invocation.requestId().equals("r1")) {
                response.open(OK);
            }
        });

        assertThat(api.response("r1").headers()).containsEntry("Lambda-Runtime-Invocation-Id", "attempt-7");
        assertThat(api.response("r2").headers()).containsEntry("Lambda-Runtime-Invocation-Id", "attempt-8");
    }

    @Test
    void anErrorBeforeTheFirstByteIsAnInvocationError() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willInvoke("r2", EVENT);
        api.willStop();

        run((invocation, response) -> {
            throw new IOException("no \"model\"\nat all \ud800");
        });

        var received = api.response("r1");
        assertThat(received.kind()).isEqualTo("error");
        assertThat(received.headers()).containsEntry("Lambda-Runtime-Function-Error-Type", "Runtime.UserException");
        assertThat(received.text())
                .isEqualTo(
                        "{\"errorType\":\"java.io.IOException\",\"errorMessage\":\"no \\\"model\\\"\\u000aat all \\ud800\"}");
        assertThat(api.trace()).isEqualTo("next;error r1;next;error r2;next");
        assertThat(log()).startsWith("r1 the invocation failed\nr2 the invocation failed\n");
    }

    @Test
    void anErrorAfterTheFirstByteGoesIntoTheTrailers() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willStop();

        run((invocation, response) -> {
            try (var body = response.open(OK)) {
                write(body, "half an ans");
                throw new IllegalStateException("cut\r\noff");
            }
        });

        var received = api.response("r1");
        assertThat(received.body()).isEqualTo("half an ans");
        assertThat(received.ending()).isEqualTo("failed");
        assertThat(received.trailers())
                .containsOnlyKeys("Lambda-Runtime-Function-Error-Type", "Lambda-Runtime-Function-Error-Body")
                .containsEntry("Lambda-Runtime-Function-Error-Type", "java.lang.IllegalStateException");
        assertThat(Base64.getDecoder().decode(received.trailers().get("Lambda-Runtime-Function-Error-Body")))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo(
                        "{\"errorType\":\"java.lang.IllegalStateException\",\"errorMessage\":\"cut\\u000d\\u000aoff\"}");
        assertThat(api.trace()).isEqualTo("next;response r1;next");
        assertThat(log()).startsWith("r1 the invocation failed after its first byte, and its answer is cut off\n");
    }

    @Test
    void aHandlerThatOpensNoResponseFails() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willStop();

        run((invocation, response) -> {});

        assertThat(api.response("r1").text()).contains("the handler returned without opening the response");
    }

    @Test
    void anAnswerWithoutABodyEnds() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willStop();

        run((invocation, response) -> response.open(ResponseHead.of(204)));

        assertThat(api.response("r1").prelude()).isEqualTo("{\"statusCode\":204}");
        assertThat(api.response("r1").body()).isEmpty();
        assertThat(api.response("r1").ending()).isEqualTo("complete");
    }

    @Test
    void aRawAnswerHasNoPrelude() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willStop();

        run((invocation, response) -> write(response.openRaw("application/json"), "{}"));

        assertThat(api.response("r1").text()).isEqualTo("{}");
        assertThat(api.response("r1").headers()).containsEntry("Content-Type", "application/json");
    }

    @Test
    void largeWritesAndEventsArriveComplete() throws Exception {
        var large = new byte[3_000_001];
        new Random(7).nextBytes(large);
        api.willInvoke("r1", large);
        api.willStop();

        run((invocation, response) -> {
            var body = response.openRaw("application/octet-stream");
            body.write(invocation.event(), 0, 1_000_000);
            body.write(invocation.event(), 1_000_000, 2_000_000);
            body.write(invocation.event()[3_000_000]);
            body.write(new byte[0]);
        });

        assertThat(api.response("r1").bytes()).isEqualTo(large);
        assertThat(api.response("r1").ending()).isEqualTo("complete");
    }

    @Test
    void theResponseIsOpenedOnceAndNotAfterwards() throws Exception {
        AtomicReference<ResponseStream> kept = new AtomicReference<>();
        AtomicReference<OutputStream> keptBody = new AtomicReference<>();
        api.willInvoke("r1", EVENT);
        api.willInvoke("r2", EVENT);
        api.willStop();

        run((invocation, response) -> {
            if (invocation.requestId().equals("r1")) {
                assertThat(response.isOpen()).isFalse();
                keptBody.set(response.open(OK));
                assertThat(response.isOpen()).isTrue();
                assertThatThrownBy(() -> response.open(OK))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("the response has been opened already");
                kept.set(response);
                return;
            }
            assertThatThrownBy(() -> write(keptBody.get(), "late"))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the invocation is over");
            assertThatThrownBy(() -> kept.get().open(OK))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the invocation is over");
            var body = response.open(OK);
            try (body) {
                write(body, "fine");
            }
            assertThatThrownBy(() -> write(body, "late")).hasMessage("the body has been closed");
        });

        assertThat(api.response("r1").body()).isEmpty();
        assertThat(api.response("r2").body()).isEqualTo("fine");
    }

    @Test
    void afterATooLargeHeadTheHandlerMayAnswerOtherwise() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willStop();

        run((invocation, response) -> {
            var large = OK.header("x-large", "x".repeat(16 * 1024));
            assertThatThrownBy(() -> response.open(large)).isInstanceOf(IllegalArgumentException.class);
            write(response.open(ResponseHead.of(500)), "sorry");
        });

        assertThat(api.response("r1").prelude()).isEqualTo("{\"statusCode\":500}");
        assertThat(api.response("r1").body()).isEqualTo("sorry");
    }

    @Test
    void writesOfSeveralThreadsDoNotMix() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willStop();

        run((invocation, response) -> {
            var body = response.openRaw("text/plain");
            List<Thread> writers = new ArrayList<>();
            for (var letter : List.of("a", "b", "c", "d")) {
                writers.add(Thread.ofVirtual().start(() -> {
                    for (int i = 0; i < 50; i++) {
                        try {
                            write(body, letter.repeat(1_000));
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    }
                }));
            }
            for (var writer : writers) {
                assertThat(writer.join(Duration.ofSeconds(10))).isTrue();
            }
        });

        assertThat(api.response("r1").await().chunks())
                .hasSize(200)
                .allMatch(chunk ->
                        chunk.length() == 1_000 && chunk.chars().distinct().count() == 1);
    }

    @Test
    void aRefusedResponseIsLoggedAndTheLoopContinues() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willInvoke("r2", EVENT);
        api.willInvoke("r3", EVENT);
        api.willStop();
        api.willRefuse("invocation/r1/response", 413);
        api.willRefuse("invocation/r2/error", 400);

        run((invocation, response) -> {
            if (invocation.requestId().equals("r2")) {
                throw new IllegalStateException("no");
            }
            write(response.open(OK), "answer");
        });

        assertThat(api.trace()).isEqualTo("next;response r1;next;error r2;next;response r3;next");
        assertThat(log())
                .startsWith("r1 the Runtime API answered 413 to the report\nr2 the invocation failed\n"
                        + "r2 the Runtime API answered 400 to the report\n- the Runtime API gives no further event");
    }

    @Test
    void aDroppedResponseFailsWritesAndTheLoopContinues() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willInvoke("r2", EVENT);
        api.willStop();
        api.willHangUpOn("invocation/r1/response", 413);

        run((invocation, response) -> {
            var body = response.open(OK);
            var piece = new byte[32 * 1024];
            if (invocation.requestId().equals("r1")) {
                while (true) {
                    body.write(piece);
                }
            }
        });

        assertThat(log())
                .startsWith(
                        "r1 the invocation failed after its first byte, and its answer is cut off\n- the Runtime API gives no further event");
        assertThat(failures.getFirst().cause())
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("the Runtime API has dropped the response");
        assertThat(api.response("r2").ending()).isEqualTo("complete");
    }

    @Test
    void aHandlerCannotHideADroppedResponse() {
        api.willInvoke("r1", EVENT);
        api.willStop();
        api.willHangUpOn("invocation/r1/response", 413);

        run((invocation, response) -> {
            var body = response.open(OK);
            try {
                while (true) {
                    body.write(new byte[32 * 1024]);
                }
            } catch (IOException e) {
                assertThatThrownBy(() -> body.write('x')).hasMessage("the Runtime API has dropped the response");
            }
        });

        assertThat(log())
                .startsWith("r1 the Runtime API did not take the report: the Runtime API has dropped the response\n");
    }

    @Test
    void anInitialisationErrorIsReportedAndEndsTheProcess() throws Exception {
        var exit = run(api.environment(), snapshot -> {
            throw new IllegalArgumentException("OPENAI_MODEL is not set");
        });

        assertThat(exit).isEqualTo(Exit.INIT_ERROR);
        assertThat(exit.code()).isNotZero();
        var received = api.report("init");
        assertThat(received.text())
                .isEqualTo(
                        "{\"errorType\":\"java.lang.IllegalArgumentException\",\"errorMessage\":\"OPENAI_MODEL is not set\"}");
        assertThat(received.headers()).containsEntry("Lambda-Runtime-Function-Error-Type", "Runtime.BadFunctionCode");
        assertThat(api.trace()).isEqualTo("init error");
        assertThat(log()).isEqualTo("- initialisation failed\n");
    }

    @Test
    void hooksRunAroundTheSnapshotAndBeforeTheFirstEvent() {
        api.willInvoke("r1", EVENT);
        api.willStop();

        run(api.snapStartEnvironment(), snapshot -> {
            api.note("create");
            snapshot.beforeCheckpoint(() -> api.note("before 1"));
            snapshot.beforeCheckpoint(() -> api.note("before 2"));
            snapshot.afterRestore(() -> api.note("after 1"));
            snapshot.afterRestore(() -> api.note("after 2"));
            return (invocation, response) -> response.open(OK);
        });

        assertThat(api.connectionTrace())
                .isEqualTo("create;before 2;before 1;1:restore;after 1;after 2;2:next;3:response r1;2:next");
    }

    @Test
    void withoutSnapStartNoHookRuns() {
        api.willStop();

        run(api.environment(), snapshot -> {
            snapshot.beforeCheckpoint(() -> api.note("before"));
            snapshot.afterRestore(() -> api.note("after"));
            return (invocation, response) -> response.open(OK);
        });

        assertThat(api.trace()).isEqualTo("next");
    }

    @Test
    void aHookThatFailsBeforeTheCheckpointIsAnInitialisationError() throws Exception {
        var exit = run(api.snapStartEnvironment(), snapshot -> {
            snapshot.beforeCheckpoint(() -> {
                throw new IOException("priming failed");
            });
            return (invocation, response) -> response.open(OK);
        });

        assertThat(exit).isEqualTo(Exit.SNAPSHOT_ERROR);
        assertThat(api.trace()).isEqualTo("init error");
        assertThat(api.report("init").headers())
                .containsEntry("Lambda-Runtime-Function-Error-Type", "Runtime.BeforeCheckpointError");
    }

    @Test
    void aHookThatFailsAfterTheRestoreIsARestoreError() throws Exception {
        var exit = run(api.snapStartEnvironment(), snapshot -> {
            snapshot.afterRestore(() -> {
                throw new IOException("no secret");
            });
            return (invocation, response) -> response.open(OK);
        });

        assertThat(exit).isEqualTo(Exit.SNAPSHOT_ERROR);
        assertThat(api.trace()).isEqualTo("restore;restore error");
        assertThat(api.report("restore").text()).contains("no secret");
        assertThat(api.report("restore").headers())
                .containsEntry("Lambda-Runtime-Function-Error-Type", "Runtime.AfterRestoreError");
    }

    @Test
    void aRestoreThatIsRefusedEndsTheProcess() {
        api.willRefuse("restore/next", 403);

        assertThat(run(api.snapStartEnvironment(), snapshot -> (invocation, response) -> response.open(OK)))
                .isEqualTo(Exit.SNAPSHOT_ERROR);
    }

    @Test
    void aFailedNextEndsTheProcess() {
        for (var answer : List.of(
                "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a b\r\nLambda-Runtime-Deadline-Ms: 1\r\nConnection: close\r\n\r\n",
                "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: r\r\nLambda-Runtime-Deadline-Ms: x\r\nConnection: close\r\n\r\n",
                "nonsense\r\n\r\n")) {
            api.willAnswerNext((answer + "close").getBytes(StandardCharsets.US_ASCII));

            assertThat(run((invocation, response) -> response.open(OK)))
                    .as(answer)
                    .isEqualTo(Exit.RUNTIME_API_LOST);
        }
        assertThat(failures)
                .hasSize(5)
                .allMatch(failure -> failure.what().startsWith("the Runtime API gives no further event: "));
    }

    @Test
    void anUnreachableRuntimeApiEndsTheProcess() throws IOException {
        api.close();

        assertThat(run((invocation, response) -> response.open(OK))).isEqualTo(Exit.RUNTIME_API_LOST);
    }

    @Test
    void aConnectionThatWasClosedWhileIdleIsReplaced() {
        api.willAnswerNext(("HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: r1\r\nLambda-Runtime-Deadline-Ms: 1\r\n"
                        + "X-Then: close\r\nContent-Length: 2\r\n\r\n{}")
                .getBytes(StandardCharsets.US_ASCII));
        api.willStop();

        run((invocation, response) -> response.open(OK));

        assertThat(api.connectionTrace()).isEqualTo("1:next;2:response r1;3:next");
    }

    @Test
    void anInterruptAffectsNoReportAndNoNextEvent() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willInvoke("r2", EVENT);
        api.willStop();

        // On a virtual thread an interrupt closes the next socket that is read or written.
        var runtime = Thread.ofVirtual()
                .start(() -> run((invocation, response) -> {
                    write(response.open(OK), Thread.currentThread().isInterrupted() ? "interrupted" : "calm");
                    Thread.currentThread().interrupt();
                }));
        assertThat(runtime.join(Duration.ofSeconds(10))).isTrue();

        assertThat(api.response("r1").ending()).isEqualTo("complete");
        assertThat(api.response("r2").body()).isEqualTo("calm");
    }

    @Test
    void anOutOfMemoryErrorIsReportedAndEndsTheProcess() {
        api.willInvoke("r1", EVENT);

        var exit = run((invocation, response) -> {
            throw new OutOfMemoryError("Java heap space");
        });

        assertThat(exit).isEqualTo(Exit.BROKEN_VM);
        assertThat(api.trace()).isEqualTo("next;error r1");
    }

    @Test
    void reportsTheMissingVariable() {
        assertThatThrownBy(() -> run(Map.of(), snapshot -> (invocation, response) -> {}))
                .hasMessageStartingWith("AWS_LAMBDA_RUNTIME_API is not set");
        assertThatThrownBy(() ->
                        run(Map.of("AWS_LAMBDA_RUNTIME_API", "nowhere"), snapshot -> (invocation, response) -> {}))
                .hasMessage("AWS_LAMBDA_RUNTIME_API is not host:port: nowhere");
    }

    @Test
    void otherEventsAreInvocationErrors() throws Exception {
        api.willInvoke("r1", EVENT);
        api.willInvoke("r2", FunctionUrlEvent.post("/x").body("hé").bytes());
        api.willStop();

        run(StreamingHandler.http((request, response) ->
                write(response.open(OK), request.method() + " " + request.path() + " " + request.bodyText())));

        assertThat(api.response("r1").text()).contains("\"errorType\":\"dev.rill.streaming.MalformedEventException\"");
        assertThat(api.response("r2").body()).isEqualTo("POST /x hé");
    }

    @Test
    void aFailureIsOneLine() {
        var line = new Failure("r1", "it failed", new IOException("a\nb")).toLine();

        assertThat(line)
                .startsWith("ERROR r1 it failed | java.io.IOException: a | b | at dev.rill.streaming.")
                .doesNotContain("\n", "\r");
        assertThat(new Failure(null, "it failed", null).toLine()).isEqualTo("ERROR - it failed");
    }
}
