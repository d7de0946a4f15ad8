package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.ModelStream;
import dev.rill.chat.protocol.Json;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract of {@link dev.rill.chat.model.Model}. */
@Timeout(20)
public abstract class ModelContract {

    static final Duration LONG_IDLE_LIMIT = Duration.ofSeconds(15);
    private static final Duration SHORT_IDLE_LIMIT = Duration.ofMillis(150);

    protected static final String CREATED = "{\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\"}}";
    protected static final String DELTA = "{\"type\":\"response.output_text.delta\",\"delta\":\"Grüße 👋\"}";
    protected static final String COMPLETED = "{\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\"}}";

    ScriptedModelServer server;

    /** Starts a server for one test. */
    protected abstract ScriptedModelServer server() throws Exception;

    @BeforeEach
    void start() throws Exception {
        server = server();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void loneSurrogatesAreKept() throws Exception {
        server.respondWithEvents("{\"type\":\"response.output_text.delta\",\"delta\":\"a\\ud83d\"}", COMPLETED);

        try (var stream = server.model(LONG_IDLE_LIMIT).open(prompt())) {
            assertThat(delta(stream)).isEqualTo("a\ud83d");
        }
    }

    @Test
    void requestWithoutModelGetsTheDefaultModel() throws Exception {
        server.respondWithEvents(COMPLETED);
        var request = prompt();

        server.model(LONG_IDLE_LIMIT).open(request).close();

        assertThat(server.nextRequest().path("model").asText()).isEqualTo("default-model");
        assertThat(request).as("the caller's request").isEqualTo(prompt());
    }

    @Test
    void streamEndsAfterTheTerminalEventOfAnOpenConnection() throws Exception {
        server.respondWithEventsThenStayOpen(DELTA, COMPLETED);

        try (var stream = server.model(LONG_IDLE_LIMIT).open(prompt())) {
            assertThat(trace(stream)).isEqualTo(DELTA + ";" + COMPLETED + ";end");
        }
    }

    @Test
    void eventsAfterTheTerminalEventAreNotRead() throws Exception {
        server.respondWithEvents(DELTA, COMPLETED, DELTA, COMPLETED, "{\"type\":\"error\",\"message\":\"no\"}");

        try (var stream = server.model(LONG_IDLE_LIMIT).open(prompt())) {
            assertThat(trace(stream)).isEqualTo(DELTA + ";" + COMPLETED + ";end");
        }
    }

    @Test
    void streamWithoutATerminalEventEnds() throws Exception {
        server.respondWithEvents(DELTA);

        try (var stream = server.model(LONG_IDLE_LIMIT).open(prompt())) {
            assertThat(trace(stream)).isEqualTo(DELTA + ";end");
        }
    }

    @Test
    void eventIsReturnedBeforeTheNextOneIsSent() throws Exception {
        server.respondWithEventsThenStayOpen(DELTA);

        try (var stream = server.model(LONG_IDLE_LIMIT).open(prompt())) {
            assertThat(step(stream)).isEqualTo(DELTA);
        }
        server.awaitClientGone();
    }

    @ParameterizedTest
    @CsvSource({
        "400,REJECTED",
        "401,UNAUTHORIZED",
        "402,OUT_OF_QUOTA",
        "403,UNAUTHORIZED",
        "404,INVALID_OUTPUT",
        "408,SERVER_ERROR",
        "413,REJECTED",
        "422,REJECTED",
        "429,RATE_LIMITED",
        "500,SERVER_ERROR",
        "502,SERVER_ERROR",
        "503,SERVER_ERROR",
        "504,SERVER_ERROR",
        "529,SERVER_ERROR"
    })
    void statusOfARefusalDeterminesTheFailure(int status, ModelFailure failure) {
        server.respondWithStatus(status, Map.of(), "{\"error\":{\"message\":\"because\"}}");

        assertThat(failureOfOpen(LONG_IDLE_LIMIT).failure()).isEqualTo(failure);
    }

    @Test
    void retryAfterOfARefusalIsReported() {
        server.respondWithStatus(429, Map.of("Retry-After", "7"), "{}");

        assertThat(failureOfOpen(LONG_IDLE_LIMIT).retryAfter()).contains(Duration.ofSeconds(7));
    }

    @Test
    void silenceBeforeTheAnswerIsAStall() {
        server.takeAndStaySilent();

        assertThat(failureOfOpen(SHORT_IDLE_LIMIT).failure()).isEqualTo(ModelFailure.STALLED);
    }

    @Test
    void silenceDuringTheAnswerIsAStall() throws Exception {
        server.respondWithEventsThenStayOpen(CREATED, DELTA);

        try (var stream = server.model(SHORT_IDLE_LIMIT).open(prompt())) {
            assertThat(trace(stream)).isEqualTo(expected(CREATED, DELTA, "STALLED"));
        }
        server.awaitClientGone();
    }

    @Test
    void brokenConnectionIsADisconnect() throws Exception {
        server.respondWithEventsThenBreakOff(CREATED, DELTA);

        try (var stream = server.model(LONG_IDLE_LIMIT).open(prompt())) {
            assertThat(trace(stream)).isEqualTo(expected(CREATED, DELTA, "DISCONNECTED"));
        }
    }

    @Test
    void errorEventIsThrownAsItsFailure() throws Exception {
        server.respondWithEvents(DELTA, """
        {"type":"error","code":"rate_limit_exceeded","message":"slow down","param":null}""");

        try (var stream = server.model(LONG_IDLE_LIMIT).open(prompt())) {
            assertThat(trace(stream)).isEqualTo(DELTA + ";RATE_LIMITED");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
      {"type":"response.cre
      {"delta":"no type"}
      {"type":7}
      ["type"]
      """)
    void dataThatIsNoEventIsInvalidOutput(String event) throws Exception {
        server.respondWithEvents(DELTA, event, COMPLETED);

        try (var stream = server.model(LONG_IDLE_LIMIT).open(prompt())) {
            assertThat(trace(stream)).isEqualTo(DELTA + ";INVALID_OUTPUT");
        }
    }

    @Test
    void closeByAnotherThreadEndsABlockedRead() throws Exception {
        server.respondWithEventsThenStayOpen(DELTA);
        var stream = server.model(LONG_IDLE_LIMIT).open(prompt());
        var started = new CompletableFuture<String>();
        var remaining = CompletableFuture.supplyAsync(
                () -> {
                    started.complete(step(stream));
                    return step(stream);
                },
                Thread::startVirtualThread);
        started.get(5, TimeUnit.SECONDS);

        stream.close();
        stream.close();

        assertThat(remaining.get(5, TimeUnit.SECONDS)).isEqualTo("DISCONNECTED");
        server.awaitClientGone();
        assertThatThrownBy(stream::next).isInstanceOf(ModelException.class);
    }

    @Test
    void interruptEndsAnOpenThatWaitsForTheServer() throws Exception {
        server.takeAndStaySilent();
        var outcome = new CompletableFuture<Throwable>();
        var asking = Thread.startVirtualThread(() -> outcome.complete(outcomeOfOpen(LONG_IDLE_LIMIT)));
        server.nextRequest();

        asking.interrupt();

        assertThat(outcome.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        server.awaitClientGone();
    }

    @Test
    void twoStreamsAreOpenAtTheSameTime() throws Exception {
        server.respondWithEventsThenStayOpen(DELTA);
        server.respondWithEvents(CREATED, COMPLETED);
        var model = server.model(LONG_IDLE_LIMIT);

        try (var first = model.open(prompt());
                var second = model.open(prompt())) {
            assertThat(step(first)).isEqualTo(DELTA);
            assertThat(trace(second)).isEqualTo(expected(CREATED, COMPLETED, "end"));
        }
    }

    private Throwable outcomeOfOpen(Duration idleLimit) {
        return catchThrowable(() -> server.model(idleLimit).open(prompt()).close());
    }

    private ModelException failureOfOpen(Duration idleLimit) {
        return catchThrowableOfType(
                ModelException.class,
                () -> server.model(idleLimit).open(prompt()).close());
    }

    /** Returns the next event that has a delta, without what precedes it. */
    private static String delta(ModelStream stream) throws ModelException {
        while (true) {
            var payload = stream.next().orElseThrow().payload();
            if (payload.has("delta")) {
                return payload.path("delta").textValue();
            }
        }
    }

    /**
     * Returns what the tests see of an event, as JSON; empty if they do not see it. An adapter that translates the
     * events of its server reduces them to those that the server was told to send.
     */
    protected Optional<String> shown(ModelEvent event) {
        return Optional.of(Json.write(event.payload()));
    }

    /** Returns whether the tests see that the server has sent {@code response.created}. */
    protected boolean seesCreated() {
        return true;
    }

    private String expected(String... steps) {
        return Arrays.stream(steps)
                .filter(step -> seesCreated() || !step.equals(CREATED))
                .collect(Collectors.joining(";"));
    }

    /** Returns the events until the end or a failure, such as {@code {"type":...};end}. */
    final String trace(ModelStream stream) {
        var trace = new StringBuilder();
        var step = step(stream);
        for (; step.startsWith("{"); step = step(stream)) {
            trace.append(step).append(';');
        }
        return trace.append(step).toString();
    }

    private String step(ModelStream stream) {
        try {
            for (var next = stream.next(); next.isPresent(); next = stream.next()) {
                var shown = shown(next.get());
                if (shown.isPresent()) {
                    return shown.get();
                }
            }
            return "end";
        } catch (ModelException e) {
            return e.failure().name();
        }
    }

    static ObjectNode prompt() {
        return object("{\"input\":\"Grüße 👋\"}");
    }

    static ObjectNode object(String json) {
        return Json.findObject(json).orElseThrow();
    }
}
