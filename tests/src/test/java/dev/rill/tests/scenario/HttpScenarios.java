package dev.rill.tests.scenario;

import static dev.rill.tests.scenario.Json.quoted;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client sees over HTTP. */
@Timeout(120)
public interface HttpScenarios {

    /** The event types of an answer that is text; over HTTP no response is queued. */
    String STREAMED_WORDS = SocketScenarios.WORDS.replace("queued;", "");

    HttpWorld world();

    @Test
    default void plainTextIsAnsweredAsPlainText() throws Exception {
        try (var answer = world().post("/", "text/plain", "/fast /echo Grüße, 世界 👋")) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("content-type")).isEqualTo("text/plain; charset=utf-8");
            assertThat(answer.text()).isEqualTo("Grüße, 世界 👋\n");
        }
    }

    @Test
    default void eventsAreStreamed() throws Exception {
        try (var answer = responses("{'input':'/fast /echo so it is','stream':true,'metadata':{'order':'66'}}")) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("content-type")).isEqualTo("text/event-stream; charset=utf-8");
            var events = answer.events();
            assertThat(events.trace()).isEqualTo(STREAMED_WORDS);
            assertThat(answer.eventsHaveIds()).as("the standard has none").isFalse();
            assertThat(events.text()).isEqualTo("so it is");
            assertThat(events.outputText()).isEqualTo("so it is");
            assertThat(events.response().at("/metadata/order").asText()).isEqualTo("66");
        }
    }

    @Test
    default void deltasArriveWhileTheModelStillWrites() throws Exception {
        var prompt = "/slow 5 /count 15 over HTTP";
        try (var answer = responses("{'input':'" + prompt + "','stream':true}")) {
            while (!answer.nextEvent().path("type").asText().equals("response.output_text.delta")) {
                // Other scenarios check the events before the first delta.
            }
            assertThat(world().modelIsWriting(prompt)).isTrue();
        }
    }

    @Test
    default void answerThatIsNotStreamedIsOneBody() throws Exception {
        try (var answer = responses("{'input':'/fast /count 3'}")) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("content-type")).isEqualTo("application/json");
            var response = answer.json();
            assertThat(response.path("id").asText()).matches("resp_[0-9a-f]{32}");
            assertThat(response.path("status").asText()).isEqualTo("completed");
            assertThat(response.at("/output/0/content/0/text").asText()).isEqualTo("1 2 3");
        }
    }

    @Test
    default void chatCompletionIsOneBodyOrChunks() throws Exception {
        var asked = "{'messages':[{'role':'user','content':'/fast /count 3'}]";
        try (var answer = world().post("/v1/chat/completions", "application/json", quoted(asked + "}"))) {
            assertThat(answer.json().at("/choices/0/message/content").asText()).isEqualTo("1 2 3");
        }
        try (var answer = world().post("/v1/chat/completions", "application/json", quoted(asked + ",'stream':true}"))) {
            assertThat(answer.text()).contains("\"finish_reason\":\"stop\"").endsWith("data: [DONE]\n\n");
        }
    }

    @Test
    default void modelsAreListed() throws Exception {
        try (var models = world().request("GET", "/v1/models", null, "");
                var one = world().request("GET", "/v1/models/simulated", null, "")) {
            assertThat(models.json().path("data"))
                    .extracting(model -> model.path("id").asText())
                    .containsExactly("simulated");
            assertThat(one.json().path("id").asText()).isEqualTo("simulated");
        }
    }

    @Test
    default void largeTextIsNeverShortened() throws Exception {
        try (var answer = responses("{'input':'/large 200','stream':true}")) {
            var events = answer.events();
            assertThat(events.trace()).isEqualTo(STREAMED_WORDS);
            assertThat(events.outputText()).hasSize(200 * 1024).isEqualTo(events.text());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/tool find_river the Rhine, output_item.added;function_call_arguments.delta*;function_call_arguments.done;"
                + "output_item.done;completed",
        "/refuse, output_item.added;content_part.added;refusal.delta*;refusal.done;content_part.done;output_item.done;"
                + "completed",
        "/extend /count 3, output_item.added;content_part.added;output_text.delta*;output_text.done;"
                + "content_part.done;output_item.done;completed"
    })
    default void modelOutputPassesThrough(String prompt, String trace) throws Exception {
        try (var answer = responses("{'input':'/fast " + prompt + "','stream':true}")) {
            assertThat(answer.events().trace()).isEqualTo("created;in_progress;" + trace);
        }
    }

    @Test
    default void failureAfterTheFirstWordEndsTheStream() throws Exception {
        try (var answer = responses("{'input':'/slow 100 /count 9 /break 5','stream':true}")) {
            assertThat(answer.status()).isEqualTo(200);
            var events = answer.events();
            assertThat(events.trace()).isEqualTo(SocketScenarios.BEGUN_AND_FAILED.replace("queued;", ""));
            assertThat(events.errorCode()).isEqualTo("model_disconnected");
            assertThat(events.outputText()).isEqualTo(events.text()).isEqualTo("1 2 3 4 5");
        }
        try (var answer = world().post("/", "text/plain", "/slow 100 /count 9 /break 5")) {
            assertThat(answer.text())
                    .startsWith("1 2 3 4 5\n[model_disconnected: ")
                    .endsWith("]\n");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/fail 400, 400, invalid_prompt",
        "/fail 401, 502, model_unauthorized",
        "/fail 404, 404, model_not_found",
        "/fail 429, 429, rate_limit_exceeded",
        "/fail 500, 502, server_error",
        "/page, 502, model_invalid_output",
        "/stall 0, 504, model_timeout"
    })
    default void failureBeforeTheFirstWordIsAnHttpError(String prompt, int status, String code) throws Exception {
        try (var answer = responses("{'input':'" + prompt + "','stream':true}")) {
            assertError(answer, status, code, null);
        }
    }

    @Test
    default void failureIsTheSameHttpErrorInEveryFormat() throws Exception {
        try (var json = responses("{'input':'/fail 400'}");
                var words = world().post("/", "text/plain", "/fail 400")) {
            assertError(json, 400, "invalid_prompt", null);
            assertError(words, 400, "invalid_prompt", null);
        }
    }

    @Test
    default void failureBeforeAnyOutputIsRetriedUnseen() throws Exception {
        try (var answer = responses("{'input':'/fast /count 3 /fail 500 times=1 over HTTP','stream':true}")) {
            var events = answer.events();
            assertThat(events.trace()).isEqualTo(STREAMED_WORDS);
            assertThat(events.text()).isEqualTo("1 2 3");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "null",
            value = {
                "GET    | /v1/responses | application/json | ''                                    | 405 | method_not_allowed         | null",
                "DELETE | /             | text/plain       | ''                                    | 405 | method_not_allowed         | null",
                "POST   | /v2/responses | application/json | {'input':'a'}                         | 404 | not_found                  | null",
                "POST   | /v1/responses | text/plain       | {'input':'a'}                         | 415 | unsupported_media_type     | null",
                "POST   | /v1/responses | null             | {'input':'a'}                         | 415 | unsupported_media_type     | null",
                "POST   | /             | application/json | {'input':'a'}                         | 415 | unsupported_media_type     | null",
                "POST   | /v1/responses | application/json | {'input':                             | 400 | invalid_json               | null",
                "POST   | /v1/responses | application/json | ''                                    | 400 | invalid_json               | null",
                "POST   | /v1/responses | application/json | {}                                    | 400 | missing_required_parameter | input",
                "POST   | /v1/responses | application/json | {'input':[{'role':'user'}]}           | 400 | missing_required_parameter | input[0].content",
                "POST   | /v1/responses | application/json | {'input':'a','top_p':'most'}          | 400 | invalid_type               | top_p",
                "POST   | /v1/responses | application/json | {'input':'a','background':true,'store':false} | 400 | invalid_value      | store",
                "GET    | /v1/responses/resp_ffffffffffffffffffffffffffffffff | null    | ''                                    | 404 | not_found                  | response_id",
                "GET    | /v1/responses/resp_ffffffffffffffffffffffffffffffff?stream=true | null | ''                           | 404 | not_found                  | response_id",
                "DELETE | /v1/responses/resp_ffffffffffffffffffffffffffffffff | null    | ''                                    | 404 | not_found                  | response_id",
                "POST   | /v1/responses/resp_ffffffffffffffffffffffffffffffff/cancel | null | ''                                | 404 | not_found                  | response_id",
                "POST   | /v1/responses | application/json | {'input':'a','previous_response_id':'resp_ffffffffffffffffffffffffffffffff'} | 400 | previous_response_not_found | previous_response_id",
                "POST   | /             | text/plain       | ''                                    | 400 | invalid_value              | input"
            })
    default void invalidRequestIsAnHttpError(
            String method,
            String path,
            @Nullable String type,
            String body,
            int status,
            String code,
            @Nullable String param)
            throws Exception {
        try (var answer = world().request(method, path, type, quoted(body))) {
            assertError(answer, status, code, param);
            assertThat(answer.header("allow")).isEqualTo(status == 405 ? "POST" : "");
        }
    }

    // ---- afterwards -----------------------------------------------------------------------------------------------

    @Test
    default void backgroundAnswerIsQueuedAndFollowed() throws Exception {
        String id;
        try (var answer = responses("{'input':'/slow 20 /count 9','background':true}")) {
            assertThat(answer.status()).isEqualTo(200);
            var response = answer.json();
            // A worker may have it by now; that it was queued first shows in its events below.
            assertThat(response.path("status").asText()).isIn("queued", "in_progress");
            assertThat(response.path("background").asBoolean()).isTrue();
            id = response.path("id").asText();
        }
        try (var followed = world().request("GET", "/v1/responses/" + id + "?stream=true", null, "")) {
            var events = followed.events();
            assertThat(events.trace()).isEqualTo(SocketScenarios.WORDS);
            assertThat(events.text()).isEqualTo("1 2 3 4 5 6 7 8 9");
        }
    }

    @Test
    default void storedAnswerIsReadContinuedAndDeleted() throws Exception {
        String id;
        try (var answer = responses("{'input':'/fast /echo my name is Rhine'}")) {
            assertThat(answer.status()).isEqualTo(200);
            id = answer.json().path("id").asText();
        }
        try (var again = world().request("GET", "/v1/responses/" + id, null, "")) {
            assertThat(again.json().at("/output/0/content/0/text").asText()).isEqualTo("my name is Rhine");
        }
        try (var rest = world().request("GET", "/v1/responses/" + id + "?stream=true&starting_after=3", null, "")) {
            assertThat(rest.nextEvent().path("sequence_number").asLong()).isEqualTo(4);
            assertThat(rest.eventsHaveIds()).as("for an EventSource").isTrue();
        }
        try (var next = responses("{'input':'/fast /echo and yours?','previous_response_id':'" + id + "'}")) {
            assertThat(next.json().path("previous_response_id").asText()).isEqualTo(id);
        }
        try (var removed = world().request("DELETE", "/v1/responses/" + id, null, "")) {
            assertThat(removed.json().path("deleted").asBoolean()).isTrue();
        }
        try (var gone = world().request("GET", "/v1/responses/" + id, null, "")) {
            assertError(gone, 404, "not_found", "response_id");
        }
    }

    @Test
    default void runningAnswerIsStopped() throws Exception {
        var prompt = "/slow 5 /count 200 to be stopped";
        try (var answer = responses("{'input':'" + prompt + "','stream':true}")) {
            var id = answer.nextEvent().at("/response/id").asText();
            try (var stop = world().request("POST", "/v1/responses/" + id + "/cancel", null, "")) {
                assertThat(stop.json().path("status").asText()).isEqualTo("cancelled");
            }
            var last = answer.nextEvent();
            while (!Transcript.isTerminal(last)) {
                last = answer.nextEvent();
            }
            assertThat(last.path("type").asText()).isEqualTo("response.incomplete");
            assertThat(last.at("/response/status").asText()).isEqualTo("cancelled");
        }
        world().awaitModelStopped(prompt);
    }

    @Test
    default void clientThatLeavesAStreamStopsItsAnswer() throws Exception {
        var prompt = "/slow 20 /count 2000 to be left";
        String id;
        try (var answer = responses("{'input':'" + prompt + "','stream':true}")) {
            id = answer.nextEvent().at("/response/id").asText();
        }
        var response = retrieve(id);
        while (response.path("status").asText().equals("in_progress")) {
            response = retrieve(id);
        }
        assertThat(response.path("status").asText()).isEqualTo("incomplete");
        assertThat(response.at("/incomplete_details/reason").asText()).isEqualTo("client_gone");
        world().awaitModelStopped(prompt);
    }

    @Test
    default void clientThatLeavesABackgroundAnswerStopsNothing() throws Exception {
        String id;
        try (var answer = responses("{'input':'/slow 20 /count 40 left alone','stream':true,'background':true}")) {
            id = answer.nextEvent().at("/response/id").asText();
        }
        var response = retrieve(id);
        while (!response.path("status").asText().equals("completed")) {
            assertThat(response.path("status").asText()).isIn("queued", "in_progress");
            response = retrieve(id);
        }
        assertThat(response.at("/output/0/content/0/text").asText())
                .startsWith("1 2 3 ")
                .endsWith(" 39 40");
    }

    @Test
    default void compactedConversationIsContinued() throws Exception {
        String first;
        try (var answer = responses("{'input':'/fast /count 3'}")) {
            first = answer.json().path("id").asText();
        }
        JsonNode compacted;
        try (var answer = conversation("compact", first)) {
            assertThat(answer.status()).isEqualTo(200);
            compacted = answer.json().at("/output/0");
            assertThat(compacted.path("type").asText()).isEqualTo("compaction");
        }
        String second;
        try (var answer = world().post(
                        "/v1/responses",
                        "application/json",
                        "{\"input\":[" + compacted + ",{\"role\":\"user\",\"content\":\"/fast /count 4\"}]}")) {
            var response = answer.json();
            assertThat(response.at("/output/0/content/0/text").asText()).isEqualTo("1 2 3 4");
            second = response.path("id").asText();
        }
        try (var answer = world().request("GET", "/v1/responses/" + second + "/input_items", null, "")) {
            var items = answer.json().path("data");
            assertThat(items.size()).isEqualTo(2);
            assertThat(items.get(1)).isEqualTo(compacted);
        }
    }

    @Test
    default void tokensOfAConversationAreCounted() throws Exception {
        String id;
        try (var answer = responses("{'input':'/fast /count 3'}")) {
            id = answer.json().path("id").asText();
        }
        try (var answer = conversation("input_tokens", id)) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json().path("object").asText()).isEqualTo("response.input_tokens");
        }
    }

    private HttpAnswer conversation(String route, String id) throws Exception {
        return world().post(
                        "/v1/responses/" + route,
                        "application/json",
                        quoted("{'model':'simulated','previous_response_id':'" + id + "'}"));
    }

    /** A page names its chat alone; the answer goes on while it is loaded again. */
    @Test
    default void pageThatIsLoadedAgainResumesItsChat() throws Exception {
        try (var left = chat("resumed", "/slow 20 /count 60 resumed")) {
            assertThat(left.status()).isEqualTo(200);
            assertThat(left.header("x-vercel-ai-ui-message-stream")).isEqualTo("v1");
            readToFirstDelta(left);
        }
        try (var resumed = world().request("GET", "/api/chat/resumed/stream", null, "")) {
            assertThat(resumed.status()).isEqualTo(200);
            var text = new StringBuilder();
            var chunk = resumed.nextChunk();
            assertThat(chunk.path("messageId").asText()).matches("resp_[0-9a-f]{32}");
            while (!chunk.path("type").asText().equals("finish")) {
                text.append(chunk.path("delta").asText(""));
                chunk = resumed.nextChunk();
            }
            assertThat(text.toString()).startsWith("1 2 3 ").endsWith(" 59 60");
            assertThat(resumed.text()).endsWith("data: [DONE]\n\n");
        }
        try (var nothing = world().request("GET", "/api/chat/resumed/stream", null, "")) {
            assertThat(nothing.status()).isEqualTo(204);
        }
    }

    @Test
    default void stoppedChatEndsItsAnswer() throws Exception {
        var prompt = "/slow 20 /count 2000 stopped by the page";
        try (var answer = chat("stopped", prompt)) {
            readToFirstDelta(answer);
            try (var stopped = world().post("/api/chat/stopped/stop", null, "")) {
                assertThat(stopped.status()).isEqualTo(204);
            }
            assertThat(answer.text())
                    .endsWith("data: {\"type\":\"abort\",\"reason\":\"cancelled\"}\n\ndata: [DONE]\n\n");
        }
        world().awaitModelStopped(prompt);
    }

    private HttpAnswer chat(String id, String prompt) throws Exception {
        return world().post(
                        "/api/chat",
                        "application/json",
                        quoted("{'id':'" + id + "','trigger':'submit-message','messages':[{'id':'m1','role':'user',"
                                + "'parts':[{'type':'text','text':'" + prompt + "'}]}]}"));
    }

    private static void readToFirstDelta(HttpAnswer answer) throws Exception {
        while (!answer.nextChunk().path("type").asText().equals("text-delta")) {
            // The vectors of the encoder check the chunks before the first delta.
        }
    }

    private JsonNode retrieve(String id) throws Exception {
        try (var answer = world().request("GET", "/v1/responses/" + id, null, "")) {
            return answer.json();
        }
    }

    private HttpAnswer responses(String body) throws Exception {
        return world().post("/v1/responses", "application/json", quoted(body));
    }

    private static void assertError(HttpAnswer answer, int status, String code, @Nullable String param)
            throws Exception {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("content-type")).isEqualTo("application/json");
        var error = answer.json().path("error");
        assertThat(error.path("code").asText()).isEqualTo(code);
        assertThat(error.path("param").asText()).isEqualTo(String.valueOf(param));
        assertThat(error.path("message").asText()).isNotBlank();
        assertThat(error.path("type").asText()).isNotBlank();
    }
}
