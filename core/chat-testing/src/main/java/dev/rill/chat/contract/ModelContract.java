package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.ModelStream;
import dev.rill.chat.protocol.Json;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract of {@link dev.rill.chat.model.Model}. */
@Timeout(20)
public abstract class ModelContract {

    private static final Duration PATIENT = Duration.ofSeconds(15);
    private static final Duration IMPATIENT = Duration.ofMillis(150);

    private static final String CREATED = "{\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\"}}";
    private static final String DELTA = "{\"type\":\"response.output_text.delta\",\"delta\":\"Grüße 👋\"}";
    private static final String COMPLETED = "{\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\"}}";

    private ScriptedModelServer scripted;

    /** A fresh one for each test. */
    protected abstract ScriptedModelServer scripted() throws Exception;

    @BeforeEach
    void start() throws Exception {
        scripted = scripted();
    }

    @AfterEach
    void stop() {
        scripted.close();
    }

    @Test
    void passesEveryEventOnUnchangedAndInOrder() throws Exception {
        var unheardOf = "{\"type\":\"acme:response.mood\",\"mood\":{\"value\":0.70,\"of\":[1,null,true]}}";
        var refusal = "{\"type\":\"response.refusal.delta\",\"delta\":\"no\",\"unheard_of\":12345678901234567890}";
        scripted.respondWithEvents(CREATED, unheardOf, DELTA, refusal, COMPLETED);

        try (var stream = scripted.model(PATIENT).open(prompt())) {
            assertThat(trace(stream)).isEqualTo(String.join(";", CREATED, unheardOf, DELTA, refusal, COMPLETED, "end"));
        }
    }

    @Test
    void keepsHalvesOfCharactersForTheFlowToJoin() throws Exception {
        scripted.respondWithEvents("{\"type\":\"response.output_text.delta\",\"delta\":\"a\\ud83d\"}", COMPLETED);

        try (var stream = scripted.model(PATIENT).open(prompt())) {
            assertThat(stream.next().orElseThrow().payload().path("delta").textValue())
                    .isEqualTo("a\ud83d");
        }
    }

    @Test
    void sendsTheRequestUnchangedAndAsksForAStream() throws Exception {
        var request = """
        {"model":"mine","input":[{"role":"user","content":"Grüße 👋"}],"temperature":0.70,"metadata":{"a":"b"},\
        "max_output_tokens":12345678901,"unheard_of":{"deep":[1.50,1E+400,null,false,{}],"":"\\u0000 😀"},"tools":[],"instructions":null}""";
        scripted.respondWithEvents(COMPLETED);

        scripted.model(PATIENT).open(object(request)).close();

        assertThat(scripted.nextRequest()).isEqualTo(object(request).put("stream", true));
    }

    @Test
    void namesTheDefaultModelWhereTheRequestNamesNone() throws Exception {
        scripted.respondWithEvents(COMPLETED);
        var request = prompt();

        scripted.model(PATIENT).open(request).close();

        assertThat(scripted.nextRequest().path("model").asText()).isEqualTo("default-model");
        assertThat(request).as("the caller's request").isEqualTo(prompt());
    }

    @Test
    void endsAfterTheTerminalEventEvenIfTheServerStaysOpen() throws Exception {
        scripted.respondWithEventsThenStayOpen(DELTA, COMPLETED);

        try (var stream = scripted.model(PATIENT).open(prompt())) {
            assertThat(trace(stream)).isEqualTo(DELTA + ";" + COMPLETED + ";end");
        }
    }

    @Test
    void readsNothingBeyondTheTerminalEvent() throws Exception {
        scripted.respondWithEvents(DELTA, COMPLETED, DELTA, COMPLETED, "{\"type\":\"error\",\"message\":\"no\"}");

        try (var stream = scripted.model(PATIENT).open(prompt())) {
            assertThat(trace(stream)).isEqualTo(DELTA + ";" + COMPLETED + ";end");
        }
    }

    @Test
    void tellsAnEndThatNoTerminalEventPreceded() throws Exception {
        scripted.respondWithEvents(DELTA);

        try (var stream = scripted.model(PATIENT).open(prompt())) {
            assertThat(trace(stream)).isEqualTo(DELTA + ";end");
        }
    }

    @Test
    void handsAnEventOverBeforeTheNextOneIsThere() throws Exception {
        scripted.respondWithEventsThenStayOpen(DELTA);

        try (var stream = scripted.model(PATIENT).open(prompt())) {
            assertThat(stream.next().orElseThrow().type()).isEqualTo("response.output_text.delta");
        }
        scripted.awaitClientGone();
    }

    @ParameterizedTest
    @CsvSource({
        "400,REJECTED",
        "401,UNAUTHORIZED",
        "402,OUT_OF_QUOTA",
        "403,UNAUTHORIZED",
        "404,NOT_FOUND",
        "408,BROKEN",
        "413,REJECTED",
        "422,REJECTED",
        "429,RATE_LIMITED",
        "500,BROKEN",
        "502,BROKEN",
        "503,BROKEN",
        "504,BROKEN",
        "529,BROKEN"
    })
    void tellsWhyTheServerRefused(int status, ModelFailure failure) {
        scripted.respondWithStatus(status, Map.of(), "{\"error\":{\"message\":\"because\"}}");

        assertThat(failureOfOpen(PATIENT).failure()).isEqualTo(failure);
    }

    @Test
    void tellsHowLongTheServerWantsToBeLeftAlone() {
        scripted.respondWithStatus(429, Map.of("Retry-After", "7"), "{}");

        assertThat(failureOfOpen(PATIENT).retryAfter()).contains(Duration.ofSeconds(7));
    }

    @Test
    void noticesSilenceBeforeTheAnswer() {
        scripted.takeAndStaySilent();

        assertThat(failureOfOpen(IMPATIENT).failure()).isEqualTo(ModelFailure.STALLED);
    }

    @Test
    void noticesSilenceAmidTheAnswer() throws Exception {
        scripted.respondWithEventsThenStayOpen(CREATED, DELTA);

        try (var stream = scripted.model(IMPATIENT).open(prompt())) {
            assertThat(trace(stream)).isEqualTo(CREATED + ";" + DELTA + ";STALLED");
        }
        scripted.awaitClientGone();
    }

    @Test
    void noticesABrokenConnection() throws Exception {
        scripted.respondWithEventsThenBreakOff(CREATED, DELTA);

        try (var stream = scripted.model(PATIENT).open(prompt())) {
            assertThat(trace(stream)).isEqualTo(CREATED + ";" + DELTA + ";DISCONNECTED");
        }
    }

    @Test
    void throwsAnErrorEvent() throws Exception {
        scripted.respondWithEvents(DELTA, """
        {"type":"error","code":"rate_limit_exceeded","message":"slow down","param":null}""");

        try (var stream = scripted.model(PATIENT).open(prompt())) {
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
    void callsWhatIsNoEventNonsense(String event) throws Exception {
        scripted.respondWithEvents(DELTA, event, COMPLETED);

        try (var stream = scripted.model(PATIENT).open(prompt())) {
            assertThat(trace(stream)).isEqualTo(DELTA + ";NONSENSE");
        }
    }

    @Test
    void isClosedByAnotherThreadWhileOneWaits() throws Exception {
        scripted.respondWithEventsThenStayOpen(DELTA);
        var stream = scripted.model(PATIENT).open(prompt());
        var started = new CompletableFuture<String>();
        var rest = CompletableFuture.supplyAsync(
                () -> {
                    started.complete(step(stream));
                    return step(stream);
                },
                Thread::startVirtualThread);
        started.get(5, TimeUnit.SECONDS);

        stream.close();
        stream.close();

        assertThat(rest.get(5, TimeUnit.SECONDS)).isEqualTo("DISCONNECTED");
        scripted.awaitClientGone();
        assertThatThrownBy(stream::next).isInstanceOf(ModelException.class);
    }

    @Test
    void isInterruptedWhileItWaitsForTheAnswer() throws Exception {
        scripted.takeAndStaySilent();
        var outcome = new CompletableFuture<Throwable>();
        var asking = Thread.startVirtualThread(() -> outcome.complete(outcomeOfOpen(PATIENT)));
        scripted.nextRequest();

        asking.interrupt();

        assertThat(outcome.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        scripted.awaitClientGone();
    }

    @Test
    void answersManyAtOnce() throws Exception {
        scripted.respondWithEventsThenStayOpen(DELTA);
        scripted.respondWithEvents(CREATED, COMPLETED);
        var model = scripted.model(PATIENT);

        try (var first = model.open(prompt());
                var second = model.open(prompt())) {
            assertThat(step(first)).isEqualTo(DELTA);
            assertThat(trace(second)).isEqualTo(CREATED + ";" + COMPLETED + ";end");
        }
    }

    private Throwable outcomeOfOpen(Duration idleLimit) {
        return catchThrowable(() -> scripted.model(idleLimit).open(prompt()).close());
    }

    private ModelException failureOfOpen(Duration idleLimit) {
        return catchThrowableOfType(
                ModelException.class,
                () -> scripted.model(idleLimit).open(prompt()).close());
    }

    /** The events until the end or a failure, such as {@code {"type":...};end}. */
    private static String trace(ModelStream stream) {
        var trace = new StringBuilder();
        var step = step(stream);
        for (; step.startsWith("{"); step = step(stream)) {
            trace.append(step).append(';');
        }
        return trace.append(step).toString();
    }

    private static String step(ModelStream stream) {
        try {
            return stream.next().map(event -> Json.write(event.payload())).orElse("end");
        } catch (ModelException e) {
            return e.failure().name();
        }
    }

    private static ObjectNode prompt() {
        return object("{\"input\":\"Grüße 👋\"}");
    }

    private static ObjectNode object(String json) {
        return Json.findObject(json).orElseThrow();
    }
}
