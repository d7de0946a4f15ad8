package dev.rill.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.core.ObjectMappers;
import com.openai.models.responses.CompactedResponse;
import com.openai.models.responses.inputtokens.InputTokenCountResponse;
import dev.rill.chat.Answerer;
import dev.rill.chat.Chat;
import dev.rill.chat.Intake;
import dev.rill.chat.IntakeSettings;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.Endpoint;
import dev.rill.chat.model.ModelErrorDetails;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.quota.Limits;
import dev.rill.streaming.StreamingHandler;
import dev.rill.streaming.StreamingRuntime;
import dev.rill.streaming.testing.FakeRuntimeApi;
import dev.rill.streaming.testing.FunctionUrlEvent;
import dev.rill.streaming.testing.ReceivedResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST /v1/responses/compact} and {@code POST /v1/responses/input_tokens}. The default policy holds. */
@Timeout(20)
class DirectRequestsTest {

    private static final String COMPACT = "/v1/responses/compact";
    private static final String INPUT_TOKENS = "/v1/responses/input_tokens";

    private final ManualTime time = new ManualTime(FakeRuntimeApi.DEADLINE.minusSeconds(30));
    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryQuota quota = new InMemoryQuota(time);
    private final AtomicInteger ids = new AtomicInteger();
    private final ScriptedModel model = ScriptedModel.playing(ScriptedModel.answer("Hello"));

    private Limits limits = new Limits(1, 1, 0, 1000, 0, 100);

    @Test
    void compactionIsCompleteAndBooked() throws Exception {
        var answered = post(COMPACT, "{'model':'default-model','input':'hi','instructions':'Be brief.'}");

        assertThat(prelude(answered, "/statusCode")).isEqualTo("200");
        assertThat(prelude(answered, "/headers/x-ratelimit-limit-tokens")).isEqualTo("1000");
        var compaction = body(answered);
        assertThat(compaction.path("object").asText()).isEqualTo("response.compaction");
        assertThat(compaction.path("id").asText()).startsWith("resp_").isNotEqualTo("model-1");
        assertThat(compaction.at("/output/0/type").asText()).isEqualTo("compaction");
        assertThat(compaction.at("/output/0/encrypted_content").asText()).isEqualTo("sealed");
        ObjectMappers.jsonMapper()
                .readValue(Json.write(compaction), CompactedResponse.class)
                .validate();
        assertThat(model.requests())
                .singleElement()
                .hasToString("{\"model\":\"default-model\",\"input\":\"hi\",\"instructions\":\"Be brief.\"}");
        var usage = usage();
        assertThat(usage.at("/day/requests").intValue()).isEqualTo(1);
        assertThat(usage.at("/day/input_tokens").intValue()).isEqualTo(30);
        assertThat(usage.at("/day/output_tokens").intValue()).isEqualTo(4);
        assertThat(usage.at("/minute/requests").intValue()).isEqualTo(1);
        assertThat(usage.at("/reserved_tokens").intValue()).isZero();
        assertThat(usage.at("/running/count").intValue()).isZero();
    }

    @Test
    void countOfTokensIsARequestWithoutTokens() throws Exception {
        var answered = post(INPUT_TOKENS, "{'input':'hi'}");

        ObjectMappers.jsonMapper()
                .readValue(Json.write(body(answered)), InputTokenCountResponse.class)
                .validate();
        assertThat(body(answered)).hasToString("{\"object\":\"response.input_tokens\",\"input_tokens\":7}");
        var usage = usage();
        assertThat(usage.at("/day/requests").intValue()).isEqualTo(1);
        assertThat(usage.at("/day/remaining").intValue()).isEqualTo(1000);
        assertThat(usage.at("/minute/requests").intValue()).isEqualTo(1);
    }

    @Test
    void compactionWithoutUsageIsBookedAsAnEstimate() throws Exception {
        model.replying("{'output':[{'type':'compaction','encrypted_content':'sealed'}]}");

        var compaction = body(post(COMPACT, "{'model':'default-model','input':'hi'}"));

        ObjectMappers.jsonMapper()
                .readValue(Json.write(compaction), CompactedResponse.class)
                .validate();
        assertThat(usage().at("/day/input_tokens").intValue()).isZero();
        assertThat(usage().at("/day/estimated_input_tokens").intValue()).isPositive();
        assertThat(usage().at("/day/estimated_output_tokens").intValue()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {COMPACT, INPUT_TOKENS})
    void conversationComesFromTheLog(String path) throws Exception {
        var first = body(post("/v1/responses", "{'input':'hi'}")).path("id").asText();

        var answered = post(path, "{'model':'default-model','previous_response_id':'" + first + "','store':true}");

        assertThat(prelude(answered, "/statusCode")).isEqualTo("200");
        var asked = model.requests().getLast();
        assertThat(asked.has("previous_response_id")).isFalse();
        assertThat(asked.has("store") || asked.has("include") || asked.has("max_output_tokens"))
                .isFalse();
        assertThat(asked.at("/input/0/content").asText()).isEqualTo("hi");
        assertThat(asked.at("/input/1/content/0/text").asText()).isEqualTo("Hello");
        assertThat(asked.at("/input").size()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
      {}                                                   | 400 | missing_required_parameter  | input
      {'input':7}                                          | 400 | invalid_type                | input
      {'input':'hi','stream':true}                         | 400 | unsupported_parameter       | stream
      {'input':'hi','background':true}                     | 400 | unsupported_parameter       | background
      {'input':'hi','conversation':'conv_1'}               | 400 | unsupported_parameter       | conversation
      {'input':'hi','model':'other'}                       | 403 | model_not_allowed           | model
      {'input':'hi','model':'default-model','tools':[{'type':'web_search'}]} | 403 | tool_not_allowed            | tools[0].type
      {'previous_response_id':'resp_0','model':'default-model'} | 400 | previous_response_not_found | previous_response_id
      """)
    void requestIsCheckedLikeOneForAnAnswer(String body, int status, String code, String param) throws Exception {
        for (var path : new String[] {COMPACT, INPUT_TOKENS}) {
            assertError(post(path, body), status, code, param);
        }
        assertThat(model.requests()).isEmpty();
        assertThat(usage().at("/minute/requests").intValue()).isZero();
    }

    @Test
    void compactionNamesItsModelAndACountNeedNot() throws Exception {
        assertError(post(COMPACT, "{'input':'hi'}"), 400, "missing_required_parameter", "model");
        assertThat(model.requests()).isEmpty();

        assertThat(prelude(post(INPUT_TOKENS, "{'input':'hi'}"), "/statusCode")).isEqualTo("200");
        assertThat(model.requests().getFirst().path("model").asText()).isEqualTo("default-model");
    }

    @Test
    void requestBeyondALimitReachesNoModel() throws Exception {
        limits = new Limits(0, 0, 1, 0, 0, 100);
        assertThat(prelude(post(INPUT_TOKENS, "{'input':'hi'}"), "/statusCode")).isEqualTo("200");

        assertError(post(COMPACT, "{'model':'default-model','input':'hi'}"), 429, "rate_limit_exceeded", "null");
        assertError(post(INPUT_TOKENS, "{'input':'hi'}"), 429, "rate_limit_exceeded", "null");
        limits = new Limits(0, 0, 0, 2, 0, 100);
        assertError(post(COMPACT, "{'model':'default-model','input':'hi'}"), 429, "budget_exceeded", "null");
        assertThat(model.requests()).hasSize(1);
    }

    @Test
    void serverWithoutTheEndpointIsNamed() throws Exception {
        model.refusing(ModelException.notSupported(Endpoint.COMPACT));

        var refused = post(COMPACT, "{'model':'default-model','input':'hi'}");

        assertError(refused, 501, "not_supported_by_model_server", "null");
        assertThat(body(refused).at("/error/message").asText()).contains("POST /v1/responses/compact");
        assertThat(usage().at("/day/remaining").intValue()).isEqualTo(1000);
        assertThat(usage().at("/running/count").intValue()).isZero();
    }

    @Test
    void errorOfTheModelsServerReachesTheClient() throws Exception {
        model.refusing(ModelException.of(ModelFailure.REJECTED, "Too long.")
                .with(new ModelErrorDetails(
                        OptionalInt.of(400), Optional.of("context_length_exceeded"), Optional.of("input"))));
        assertError(post(COMPACT, "{'model':'default-model','input':'hi'}"), 400, "context_length_exceeded", "input");

        model.refusing(ModelException.of(ModelFailure.RATE_LIMITED, "Busy.").retryAfter(Duration.ofSeconds(9)));
        var busy = post(INPUT_TOKENS, "{'input':'hi'}");
        assertError(busy, 429, "rate_limit_exceeded", "null");
        assertThat(prelude(busy, "/headers/retry-after")).isEqualTo("9");
    }

    /** It may have read the input. */
    @Test
    void serverThatFallsSilentIsBookedAsAnEstimate() throws Exception {
        model.refusing(ModelException.of(ModelFailure.STALLED, "Silent."));

        assertError(post(COMPACT, "{'model':'default-model','input':'hi'}"), 504, "model_timeout", "null");
        assertThat(usage().at("/day/estimated_input_tokens").intValue()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{'output':'x','input_tokens':'7'}"})
    void replyOfAnotherKindIsNotPassedOn(String reply) throws Exception {
        model.replying(reply);

        assertError(post(COMPACT, "{'model':'default-model','input':'hi'}"), 502, "model_invalid_output", "null");
        assertError(post(INPUT_TOKENS, "{'input':'hi'}"), 502, "model_invalid_output", "null");
    }

    @Test
    void nothingIsLogged() throws Exception {
        var id = body(post(COMPACT, "{'model':'default-model','input':'hi'}"))
                .path("id")
                .asText();

        assertError(send(FunctionUrlEvent.get("/v1/responses/" + id)), 404, "not_found", "response_id");
    }

    private JsonNode usage() throws Exception {
        return body(send(FunctionUrlEvent.get("/v1/usage")));
    }

    private ReceivedResponse post(String path, String body) throws Exception {
        return send(FunctionUrlEvent.post(path)
                .header("content-type", "application/json")
                .body(body.replace('\'', '"')));
    }

    private ReceivedResponse send(FunctionUrlEvent event) throws Exception {
        var intake = new Intake(
                log,
                quota,
                () -> ResponseIds.of(ids.incrementAndGet()),
                time.sleepingBy(time::advance),
                IntakeSettings.of("default-model", Duration.ofDays(1)),
                _ -> {});
        var chat =
                new Chat(intake, new Answerer(log, quota, time.sleepingBy(time::advance), TestChats.SETTINGS, _ -> {}));
        var routes = TestRoutes.limited(limits, chat, model, new RecordingSockets(), new InMemoryTaskQueue());
        try (var api = FakeRuntimeApi.start()) {
            api.willInvoke("r1", event.bytes());
            api.willStop();
            new StreamingRuntime(api.environment(), Clock.systemUTC(), _ -> {}).run(_ -> StreamingHandler.http(routes));
            return api.response("r1").await();
        }
    }

    private static void assertError(ReceivedResponse answered, int status, String code, String param) throws Exception {
        assertThat(body(answered).at("/error/code").asText()).isEqualTo(code);
        assertThat(prelude(answered, "/statusCode")).isEqualTo(String.valueOf(status));
        assertThat(body(answered).at("/error/param").asText()).isEqualTo(param);
    }

    private static JsonNode body(ReceivedResponse answered) throws Exception {
        return Json.findObject(answered.body().strip()).orElseThrow();
    }

    private static String prelude(ReceivedResponse answered, String pointer) throws Exception {
        return Json.findObject(answered.prelude()).orElseThrow().at(pointer).asText();
    }
}
