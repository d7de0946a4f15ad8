package dev.rill.stream;

import static dev.rill.chat.memory.ScriptedModel.accept;
import static dev.rill.chat.memory.ScriptedModel.answer;
import static dev.rill.chat.memory.ScriptedModel.delta;
import static dev.rill.chat.memory.ScriptedModel.refuse;
import static dev.rill.chat.memory.ScriptedModel.say;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
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
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.quota.Limits;
import dev.rill.streaming.StreamingHandler;
import dev.rill.streaming.StreamingRuntime;
import dev.rill.streaming.testing.FakeRuntimeApi;
import dev.rill.streaming.testing.FunctionUrlEvent;
import dev.rill.streaming.testing.ReceivedResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chat Completions and the list of models over HTTP. The encoding itself has vectors in core/chat. */
@Timeout(20)
class CompletionsTest {

    private static final String HI = "'messages':[{'role':'user','content':'hi'}]";
    private static final String STREAMED = HI + ",'stream':true";
    private static final String STORED = "/v1/responses/" + ResponseIds.of(1);

    private final ManualTime time = new ManualTime(FakeRuntimeApi.DEADLINE.minusSeconds(30));
    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryQuota quota = new InMemoryQuota(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final AtomicInteger ids = new AtomicInteger();
    private ScriptedModel model = ScriptedModel.playing(answer("Hel", "lo"));
    private RequestPolicy policy = RequestPolicy.UNRESTRICTED;
    private Limits limits = Limits.NONE;

    @Test
    void answerIsOneCompletion() throws Exception {
        var answered = ask(HI);

        assertThat(prelude(answered, "/statusCode")).isEqualTo("200");
        assertThat(prelude(answered, "/headers/content-type")).isEqualTo("application/json");
        var completion = body(answered);
        assertThat(completion.path("object").textValue()).isEqualTo("chat.completion");
        assertThat(completion.path("id").textValue())
                .isEqualTo("chatcmpl-" + ResponseIds.of(1).value().substring("resp_".length()));
        assertThat(completion.at("/choices/0/message/content").textValue()).isEqualTo("Hello");
        assertThat(completion.at("/choices/0/finish_reason").textValue()).isEqualTo("stop");
        assertThat(completion.at("/usage/completion_tokens").intValue()).isEqualTo(2);
    }

    @Test
    void streamedAnswerIsChunksAndDone() throws Exception {
        var answered = ask(STREAMED + ",'stream_options':{'include_usage':true}");

        assertThat(prelude(answered, "/headers/content-type")).isEqualTo("text/event-stream; charset=utf-8");
        assertThat(answered.body()).endsWith("\n\ndata: [DONE]\n\n").doesNotContain("event:");
        var chunks = chunks(answered);
        assertThat(chunks.getFirst().at("/choices/0/delta/role").textValue()).isEqualTo("assistant");
        assertThat(text(chunks)).isEqualTo("Hello");
        assertThat(chunks)
                .allSatisfy(chunk -> assertThat(chunk.path("model").textValue()).isEqualTo("default-model"));
        assertThat(chunks.get(chunks.size() - 2).at("/choices/0/finish_reason").textValue())
                .isEqualTo("stop");
        assertThat(chunks.getLast().at("/usage/total_tokens").intValue()).isEqualTo(3);
    }

    @Test
    void modelIsAskedInOpenResponses() throws Exception {
        ask(HI + ",'max_tokens':9,'tools':[{'type':'function','function':{'name':'f'}}]");

        var asked = Json.find(Json.write(model.requests().getFirst())).orElseThrow();
        assertThat(asked.at("/input/0/role").textValue()).isEqualTo("user");
        assertThat(asked.path("max_output_tokens").intValue()).isEqualTo(9);
        assertThat(asked.at("/tools/0/name").textValue()).isEqualTo("f");
        assertThat(asked.has("messages")).isFalse();
        assertThat(asked.has("max_tokens")).isFalse();
    }

    @Test
    void answerIsStoredOnlyIfTheClientAsksForThat() throws Exception {
        ask(HI);
        assertThat(prelude(send(FunctionUrlEvent.get(STORED)), "/statusCode")).isEqualTo("404");

        var stored = body(ask(HI + ",'store':true")).path("id").textValue();
        var response = send(FunctionUrlEvent.get("/v1/responses/resp_" + stored.substring("chatcmpl-".length())));
        assertThat(body(response).at("/output/0/content/0/text").textValue()).isEqualTo("Hello");
    }

    @ParameterizedTest
    @ValueSource(strings = {HI, STREAMED})
    void failureBeforeOutputIsAnHttpError(String request) throws Exception {
        model = ScriptedModel.playing(refuse(ModelFailure.RATE_LIMITED));

        assertError(ask(request), 429, "rate_limit_exceeded", "null");
    }

    /** A completion has no field for an error, so half an answer is none. */
    @Test
    void failureAmidAnAnswerIsAnHttpError() throws Exception {
        model = breakingOff();

        assertError(ask(HI), 502, "model_disconnected", "null");
    }

    @Test
    void failureAmidAStreamIsItsLastData() throws Exception {
        model = breakingOff();

        var answered = ask(STREAMED);

        assertThat(prelude(answered, "/statusCode")).isEqualTo("200");
        assertThat(answered.body()).doesNotContain("[DONE]");
        var chunks = chunks(answered);
        assertThat(text(chunks)).isEqualTo("Hel");
        assertThat(chunks.getLast().at("/error/code").textValue()).isEqualTo("model_disconnected");
        assertThat(chunks.getLast().at("/error/type").textValue()).isEqualTo("server_error");
    }

    @Test
    void toolCallsComeInPieces() throws Exception {
        model = ScriptedModel.playing(calling());

        var chunks = chunks(ask(STREAMED));

        var calls = chunks.stream()
                .map(chunk -> chunk.at("/choices/0/delta/tool_calls/0"))
                .filter(call -> !call.isMissingNode())
                .toList();
        assertThat(calls.getFirst().at("/function/name").textValue()).isEqualTo("f");
        assertThat(calls.stream()
                        .map(call -> call.at("/function/arguments").textValue())
                        .toList())
                .containsExactly("", "{\"a\":1}");
        assertThat(chunks.getLast().at("/choices/0/finish_reason").textValue()).isEqualTo("tool_calls");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'max_tokens':11                             | 400 | max_output_tokens_too_large | max_tokens",
                "'max_completion_tokens':11                  | 400 | max_output_tokens_too_large | max_completion_tokens",
                "'model':'big'                               | 403 | model_not_allowed           | model",
                "'tools':[{'type':'web_search'}]             | 403 | tool_not_allowed            | tools[0].type",
                "'temperature':3                             | 400 | invalid_value               | temperature",
                "'n':2                                       | 400 | unsupported_parameter       | n",
                "'seed':1                                    | 400 | unsupported_parameter       | seed"
            })
    void refusalNamesTheClientsField(String field, int status, String code, String param) throws Exception {
        policy = RequestPolicy.of(Map.of("MaxOutputTokens", "10"));

        for (var request : List.of(HI, STREAMED)) {
            assertError(ask(request + "," + field), status, code, param);
        }
        assertThat(model.requests()).isEmpty();
    }

    @Test
    void requestThatIsNoJsonIsRefused() throws Exception {
        assertError(send(json("{")), 400, "invalid_json", "null");
        assertError(
                send(FunctionUrlEvent.post("/v1/chat/completions").body("hi")), 415, "unsupported_media_type", "null");
    }

    @Test
    void limitOfTheClientIsKept() throws Exception {
        limits = new Limits(0, 0, 1, 0, 0, 100);
        assertThat(prelude(ask(HI), "/headers/x-ratelimit-limit-requests")).isEqualTo("1");

        var refused = ask(STREAMED);

        assertError(refused, 429, "rate_limit_exceeded", "null");
        assertThat(prelude(refused, "/headers/retry-after")).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {HI, STREAMED})
    void repeatedIdempotencyKeyGetsTheSameAnswer(String request) throws Exception {
        var stored = json("{" + request + ",'store':true}").header("idempotency-key", "k");

        assertThat(send(stored).body()).isEqualTo(send(stored).body()).contains("chatcmpl-");
        assertThat(model.requests()).hasSize(1);
    }

    @Test
    void repeatOfAnAnswerThatIsNotStoredIsRefused() throws Exception {
        var unstored = json("{" + HI + "}").header("idempotency-key", "k");
        send(unstored);

        assertError(send(unstored), 409, "response_not_stored", "null");
        assertThat(model.requests()).hasSize(1);
    }

    // ---- models ---------------------------------------------------------------------------------------------------

    @Test
    void modelsOfTheServerAreListedAsFarAsAllowed() throws Exception {
        model.listing("a", "maker/b", "default-model");
        assertThat(models()).containsExactly("a", "maker/b", "default-model");

        policy = RequestPolicy.of(Map.of("AllowedModels", "maker/b,other"));
        assertThat(models()).containsExactly("maker/b", "default-model");
    }

    @Test
    void serverThatListsNoneLeavesTheNamedModels() throws Exception {
        assertThat(models()).containsExactly("default-model");

        policy = RequestPolicy.of(Map.of("AllowedModels", "b,a"));
        assertThat(models()).containsExactly("default-model", "a", "b");
    }

    @Test
    void oneModelIsShownIfItIsListed() throws Exception {
        model.listing("maker/b", "secret");
        policy = RequestPolicy.of(Map.of("AllowedModels", "maker/b"));

        for (var path : List.of("/v1/models/maker/b", "/models/maker%2Fb", "/v1/models/default-model")) {
            assertThat(prelude(send(FunctionUrlEvent.get(path)), "/statusCode")).isEqualTo("200");
        }
        for (var path : List.of("/v1/models/secret", "/v1/models/none", "/v1/models/%zz")) {
            assertError(send(FunctionUrlEvent.get(path)), 404, "model_not_found", "model");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/completions, /v1/chat/completions",
        "/completions, /v1/chat/completions",
        "/v1/embeddings, embeddings",
        "/v1/nothing, /v1/responses or /v1/chat/completions"
    })
    void pathThatDoesNotExistSaysWhatDoes(String path, String told) throws Exception {
        var refused = send(FunctionUrlEvent.post(path)
                .header("content-type", "application/json")
                .body("{}"));

        assertError(refused, 404, "not_found", "null");
        assertThat(body(refused).at("/error/message").textValue())
                .startsWith("There is nothing at " + path + ". ")
                .contains(told);
    }

    // ---------------------------------------------------------------------------------------------------------------

    private static ScriptedModel breakingOff() {
        return ScriptedModel.playing(
                accept(answer().steps().get(2), delta("Hel"), ScriptedModel.fail(ModelFailure.DISCONNECTED)));
    }

    private static ScriptedModel.Script calling() {
        var call = "{'type':'function_call','id':'fc_1','call_id':'c1','name':'f','status':'%s','arguments':'%s'}";
        // Escaped twice: once for Java, once for JSON.
        var arguments = "{\\'a\\':1}";
        return accept(
                say(
                        "response.output_item.added",
                        "{'output_index':0,'item':" + call.formatted("in_progress", "") + "}"),
                say(
                        "response.function_call_arguments.delta",
                        "{'item_id':'fc_1','output_index':0,'delta':'" + arguments + "'}"),
                say(
                        "response.output_item.done",
                        "{'output_index':0,'item':" + call.formatted("completed", arguments) + "}"),
                say(
                        "response.completed",
                        "{'response':{'id':'m','status':'completed','output':[" + call.formatted("completed", arguments)
                                + "]}}"));
    }

    private List<String> models() throws Exception {
        var listed = body(send(FunctionUrlEvent.get("/v1/models")));
        assertThat(listed.path("object").textValue()).isEqualTo("list");
        return Stream.of(listed.path("data"))
                .flatMap(data -> data.findValuesAsText("id").stream())
                .toList();
    }

    private ReceivedResponse ask(String fields) throws Exception {
        return send(json("{" + fields + "}"));
    }

    /** Single quotes stand for double quotes. */
    private static FunctionUrlEvent json(String body) {
        return FunctionUrlEvent.post("/v1/chat/completions")
                .header("content-type", "application/json")
                .body(body.replace('\'', '"'));
    }

    private ReceivedResponse send(FunctionUrlEvent event) throws Exception {
        var sleeping = time.sleepingBy(time::advance);
        var settings = IntakeSettings.of("default-model", Duration.ofDays(1)).with(() -> policy);
        var chat = new Chat(
                new Intake(log, quota, () -> ResponseIds.of(ids.incrementAndGet()), sleeping, settings, _ -> {}),
                new Answerer(log, quota, sleeping, TestChats.SETTINGS, _ -> {}));
        var routes = TestRoutes.limited(limits, chat, model, new RecordingSockets(), queue);
        try (var api = FakeRuntimeApi.start()) {
            api.willInvoke("r1", event.bytes());
            api.willStop();
            new StreamingRuntime(api.environment(), Clock.systemUTC(), _ -> {}).run(_ -> StreamingHandler.http(routes));
            return api.response("r1").await();
        }
    }

    private static List<JsonNode> chunks(ReceivedResponse answered) throws Exception {
        return answered.body()
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> Json.find(line.substring("data: ".length())).orElseThrow())
                .toList();
    }

    private static String text(List<JsonNode> chunks) {
        return chunks.stream()
                .map(chunk -> chunk.at("/choices/0/delta/content").asText(""))
                .reduce("", String::concat);
    }

    private static void assertError(ReceivedResponse answered, int status, String code, String param) throws Exception {
        assertThat(prelude(answered, "/statusCode")).isEqualTo(String.valueOf(status));
        assertThat(body(answered).at("/error/code").asText()).isEqualTo(code);
        assertThat(body(answered).at("/error/param").asText()).isEqualTo(param);
    }

    private static JsonNode body(ReceivedResponse answered) throws Exception {
        return Json.findObject(answered.body().strip()).orElseThrow();
    }

    private static String prelude(ReceivedResponse answered, String pointer) throws Exception {
        return Json.findObject(answered.prelude()).orElseThrow().at(pointer).asText();
    }
}
