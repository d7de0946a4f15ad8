package dev.rill.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.Endpoint;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.Json;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests to the model's server for something else than an answer. */
@Timeout(20)
class EndpointsTest {

    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");
    private static final Duration LONG = Duration.ofSeconds(15);

    private ScriptedServer server;
    private OpenAiModel model;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer();
        model = new OpenAiModel(
                OpenAiSettings.of(server.url(), () -> "sk-secret", "default-model", Duration.ofSeconds(10)),
                InstantSource.system());
    }

    @AfterEach
    void stop() {
        model.close();
        server.close();
    }

    @Test
    void requestIsPassedOnUnchanged() throws Exception {
        server.respondWith(200, JSON, "{\"output\":[],\"unheard\":[1.50]}");
        server.respondWith(200, JSON, "{\"input_tokens\":7}");

        assertThat(ask(Endpoint.COMPACT)).hasToString("{\"output\":[],\"unheard\":[1.50]}");
        assertThat(ask(Endpoint.INPUT_TOKENS).path("input_tokens").intValue()).isEqualTo(7);

        var first = server.nextRequest();
        assertThat(first.line()).isEqualTo("POST /v1/responses/compact HTTP/1.1");
        assertThat(first.headers())
                .containsEntry("authorization", "Bearer sk-secret")
                .containsEntry("accept", "application/json")
                .containsEntry("content-type", "application/json");
        assertThat(first.body()).isEqualTo("{\"input\":\"hi\",\"model\":\"default-model\"}");
        assertThat(server.nextRequest().line()).isEqualTo("POST /v1/responses/input_tokens HTTP/1.1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      404 | {"detail":"Not Found"}                                                                                  | NOT_SUPPORTED
      404 | {"error":{"message":"Invalid URL (POST /v1/responses/compact)","type":"invalid_request_error","code":null}} | NOT_SUPPORTED
      404 | <html>                                                                                                  | NOT_SUPPORTED
      405 | {"detail":"Method Not Allowed"}                                                                         | NOT_SUPPORTED
      501 | {"error":{"message":"Not implemented"}}                                                                 | NOT_SUPPORTED
      404 | {"error":{"message":"The model 'x' does not exist","code":"model_not_found","param":"model"}}           | NOT_FOUND
      400 | {"error":{"message":"Too long","code":"context_length_exceeded","param":"input"}}                       | REJECTED
      401 | {"error":{"message":"sk-secret is wrong"}}                                                              | UNAUTHORIZED
      429 | {"error":{"message":"Busy"}}                                                                            | RATE_LIMITED
      500 | {"error":{"message":"Oh"}}                                                                              | SERVER_ERROR
      200 | {"error":{"message":"Busy","code":"429"}}                                                               | RATE_LIMITED
      200 | no JSON                                                                                                 | INVALID_OUTPUT
      """)
    void refusalIsMapped(int status, String body, ModelFailure failure) {
        server.respondWith(status, JSON, body);

        var refused = catchThrowableOfType(ModelException.class, () -> ask(Endpoint.COMPACT));

        assertThat(refused.failure()).isEqualTo(failure);
        assertThat(refused.getMessage()).doesNotContain("sk-secret");
    }

    @Test
    void codeAndParamOfTheServerAreKept() {
        server.respondWith(
                400, JSON, "{\"error\":{\"message\":\"m\",\"code\":\"context_length_exceeded\",\"param\":\"input\"}}");

        var refused = catchThrowableOfType(ModelException.class, () -> ask(Endpoint.COMPACT));

        assertThat(refused.code()).isEqualTo("context_length_exceeded");
        assertThat(refused.details().param()).contains("input");
    }

    @Test
    void silentServerIsGivenUp() {
        server.takeAndStaySilent();

        var failed = catchThrowableOfType(
                ModelException.class,
                () -> model.ask(Endpoint.COMPACT, Json.object().put("input", "hi"), Duration.ofMillis(200)));

        assertThat(failed.failure()).isEqualTo(ModelFailure.STALLED);
    }

    @Test
    void silentServerHasTheWholeTimeOfTheRequest() {
        server.takeAndStaySilent();
        var settings = OpenAiSettings.of(server.url(), () -> "sk-secret", "default-model", Duration.ofMillis(20));
        var begin = System.nanoTime();

        try (var hasty = new OpenAiModel(settings, InstantSource.system())) {
            var failed = catchThrowableOfType(
                    ModelException.class,
                    () -> hasty.ask(Endpoint.COMPACT, Json.object().put("input", "hi"), Duration.ofMillis(300)));
            assertThat(failed.failure()).isEqualTo(ModelFailure.STALLED);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(290));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT-1S", "PT0S", "PT0.0000001S"})
    void requestWithoutTimeIsNotSent(Duration none) {
        var failed = catchThrowableOfType(
                ModelException.class,
                () -> model.ask(Endpoint.COMPACT, Json.object().put("input", "hi"), none));

        assertThat(failed.failure()).isEqualTo(ModelFailure.STALLED);
        assertThat(server.hasRequest()).isFalse();
    }

    @Test
    void serverThatHangsUpIsDisconnected() {
        server.takeAndHangUp();

        var failed = catchThrowableOfType(ModelException.class, () -> ask(Endpoint.COMPACT));

        assertThat(failed.failure()).isEqualTo(ModelFailure.DISCONNECTED);
    }

    @Test
    void endlessAnswerIsInvalid() {
        server.respondWithoutEnd(200, "application/json", " ".repeat(1024 * 1024));

        var failed = catchThrowableOfType(ModelException.class, () -> ask(Endpoint.COMPACT));

        assertThat(failed.failure()).isEqualTo(ModelFailure.INVALID_OUTPUT);
    }

    private ObjectNode ask(Endpoint endpoint) throws Exception {
        return model.ask(endpoint, Json.object().put("input", "hi"), LONG);
    }
}
