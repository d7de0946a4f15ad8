package dev.rill.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.Json;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that speaks Chat Completions, over real sockets. */
@Timeout(20)
class ChatModelTest {

    private static final String WORDS = "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}";
    private static final String STOP = "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}";

    private ScriptedServer server;
    private OpenAiModel model;

    @BeforeEach
    void start() throws Exception {
        server = new ScriptedServer();
        model = new OpenAiModel(
                OpenAiSettings.of(server.url(), () -> "sk-test", "m", Duration.ofSeconds(10))
                        .with(ModelApi.CHAT),
                Clock.systemUTC());
    }

    @AfterEach
    void stop() {
        model.close();
        server.close();
    }

    @Test
    void requestGoesToChatCompletionsWithTheKey() throws Exception {
        server.respondWithEvents(WORDS, STOP);

        assertThat(types()).endsWith("response.output_item.done", "response.completed");

        var request = server.nextRequest();
        assertThat(request.line()).isEqualTo("POST /v1/chat/completions HTTP/1.1");
        assertThat(request.headers()).containsEntry("authorization", "Bearer sk-test");
        assertThat(Json.find(request.body())
                        .orElseThrow()
                        .at("/messages/0/content")
                        .asText())
                .isEqualTo("Hi");
    }

    @Test
    void streamThatEndsWithoutDoneAndReasonIsCut() throws Exception {
        server.respondWithPieces(ScriptedServer.sse(WORDS));

        assertThat(types()).last().isEqualTo("response.output_text.delta");
    }

    @Test
    void streamThatEndsAfterTheReasonIsWhole() throws Exception {
        server.respondWithPieces(ScriptedServer.sse(WORDS, STOP));

        assertThat(types()).last().isEqualTo("response.completed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"error\":{\"message\":\"slow down\",\"code\":429}}",
                "{\"error\":{\"message\":\"slow down\",\"code\":429},\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}",
                "{\"object\":\"error\",\"message\":\"slow down\",\"code\":429}",
                "{\"message\":\"slow down\",\"code\":\"rate_limit_exceeded\"}"
            })
    void errorInAChunkIsThrown(String error) throws Exception {
        server.respondWithEvents(WORDS, error);

        var failure = catchThrowableOfType(ModelException.class, this::types);

        assertThat(failure.failure()).isEqualTo(ModelFailure.RATE_LIMITED);
        assertThat(failure).hasMessage("slow down");
    }

    @Test
    void modelThatWantsTheNewLimitIsAskedOnceMore() throws Exception {
        server.respondWith(
                400,
                json(),
                "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens' is not supported"
                        + " with this model. Use 'max_completion_tokens' instead.\",\"param\":\"max_tokens\"}}");
        server.respondWithEvents(WORDS, STOP);
        server.respondWithEvents(WORDS, STOP);
        var request = Json.object().put("input", "Hi").put("max_output_tokens", 9);

        types(request);
        types(request);

        assertThat(nextBody().path("max_tokens").asInt()).isEqualTo(9);
        for (int i = 0; i < 2; i++) {
            var body = nextBody();
            assertThat(body.path("max_completion_tokens").asInt()).isEqualTo(9);
            assertThat(body.has("max_tokens")).isFalse();
        }
    }

    @Test
    void serverWithoutStreamOptionsIsAskedWithoutThem() throws Exception {
        server.respondWith(
                422, json(), "{\"detail\":[{\"loc\":[\"body\",\"stream_options\"],\"msg\":\"Extra inputs\"}]}");
        server.respondWithEvents(WORDS, STOP);

        types();

        assertThat(nextBody().has("stream_options")).isTrue();
        assertThat(nextBody().has("stream_options")).isFalse();
    }

    @Test
    void reasoningOfAChatServerIsLeftOutWhereItIsRefused() throws Exception {
        var asked = Json.findObject("""
        {"include":["reasoning.encrypted_content"],"input":[{"role":"user","content":"Hi"},\
        {"type":"reasoning","summary":[],"encrypted_content":"rill:plain:aG0="},\
        {"type":"reasoning","summary":[],"encrypted_content":"gAAAA"}]}""").orElseThrow();
        server.respondWith(400, json(), "{\"error\":{\"code\":\"invalid_encrypted_content\",\"message\":\"no\"}}");
        server.respondWithEvents("{\"type\":\"response.completed\",\"response\":{}}");
        server.respondWithEvents("{\"type\":\"response.completed\",\"response\":{}}");
        try (var responses = new OpenAiModel(
                OpenAiSettings.of(server.url(), () -> "sk-test", "m", Duration.ofSeconds(10)), Clock.systemUTC())) {
            responses.open(asked).close();
            responses
                    .open(Json.object()
                            .put("input", "Hi")
                            .set("include", asked.get("include").deepCopy()))
                    .close();
        }

        assertThat(nextBody().path("input")).hasSize(3);
        var repeated = nextBody();
        assertThat(repeated.path("input")).hasSize(2);
        assertThat(repeated.at("/input/1/encrypted_content").asText()).isEqualTo("gAAAA");
        assertThat(nextBody().path("include"))
                .as("encrypted reasoning is still asked for")
                .hasSize(1);
    }

    @Test
    void otherRefusalIsNotRepeated() {
        server.respondWith(400, json(), "{\"error\":{\"message\":\"no such tool\",\"code\":\"bad_tool\"}}");

        var failure = catchThrowableOfType(ModelException.class, this::types);

        assertThat(failure.code()).isEqualTo("bad_tool");
    }

    @Test
    void whatCannotBeExpressedIsRefusedUnasked() {
        var request = Json.object().put("input", "Hi").put("conversation", "conv_1");

        var failure = catchThrowableOfType(ModelException.class, () -> types(request));

        assertThat(failure.details().param()).contains("conversation");
        assertThat(server.hasRequest()).isFalse();
    }

    @Test
    void unknownPathNamesTheApi() {
        server.respondWith(404, json(), "{\"detail\":\"Not Found\"}");

        var failure = catchThrowableOfType(ModelException.class, this::types);

        assertThat(failure).hasMessage("The model's server does not speak Chat Completions: Not Found");
    }

    @Test
    void itemsOfTwoAnswersHaveDifferentIds() throws Exception {
        server.respondWithEvents(WORDS, STOP);
        server.respondWithEvents(WORDS, STOP);
        assertThat(itemId()).isNotEqualTo(itemId());
    }

    @Test
    void primingAsksACannedServer() throws Exception {
        OpenAiModel.prime(
                OpenAiSettings.of(server.url(), () -> "sk-test", "m", Duration.ofSeconds(10))
                        .with(ModelApi.CHAT),
                Time.system());
        assertThat(server.hasRequest()).isFalse();
    }

    private String itemId() throws Exception {
        try (var stream = model.open(Json.object().put("input", "Hi"))) {
            for (var next = stream.next(); next.isPresent(); next = stream.next()) {
                if (next.get().type().equals("response.output_item.added")) {
                    return next.get().payload().at("/item/id").asText();
                }
            }
        }
        throw new AssertionError("no item");
    }

    private List<String> types() throws Exception {
        return types(Json.object().put("input", "Hi"));
    }

    private List<String> types(ObjectNode request) throws Exception {
        var types = new ArrayList<String>();
        try (var stream = model.open(request)) {
            for (var next = stream.next(); next.isPresent(); next = stream.next()) {
                types.add(next.get().type());
            }
        }
        return types;
    }

    private ObjectNode nextBody() throws InterruptedException {
        return Json.findObject(server.nextRequest().body()).orElseThrow();
    }

    private static Map<String, String> json() {
        return Map.of("Content-Type", "application/json");
    }
}
