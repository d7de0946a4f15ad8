package dev.rill.local.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.local.model.Behaviour.Pace;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests that OpenAI refuses with 400 are refused over HTTP, with OpenAI's type, param and code. */
@Timeout(30)
class StrictRequestsTest {

    private final HttpClient client = HttpClient.newHttpClient();
    private SimulatedModel model;

    @BeforeEach
    void start() throws IOException {
        model = SimulatedModel.start("127.0.0.1", 0, Behaviour.DEFAULT.with(Pace.UNPACED), 1, InstantSource.system());
    }

    @AfterEach
    void stop() {
        model.close();
        client.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
      {'type':'function_call_output','call_id':'c','output':'x'}                       | input | null | No tool call found for function call output with call_id c.
      {'type':'function_call_output','output':'x'}                                     | input | null | No tool call found for function call output with call_id .
      {'type':'item_reference','id':'msg_none'}                                        | input | null | Item with id 'msg_none' not found.
      {'id':'msg_none'}                                                                | input | null | Item with id 'msg_none' not found.
      {'type':'item_reference'}                                                        | input | null | Item with id '' not found.
      {'type':'reasoning','summary':[],'encrypted_content':'gAAAAABforeign'}           | null  | invalid_encrypted_content | The encrypted content gAAA...eign could not be verified.
      """)
    void itemsAreRefused(String item, String param, String code, String message) throws Exception {
        var answer = ask("{'input':[{'role':'user','content':'hi'}," + item + "]}");

        var error = json(answer).path("error");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
        assertThat(error.path("param").asText()).isEqualTo(param);
        assertThat(error.path("code").asText()).isEqualTo(code);
        assertThat(error.path("message").asText()).isEqualTo(message);
        assertThat(model.stats().requests())
                .singleElement()
                .satisfies(request -> assertThat(request.outcome()).hasValue("refused"));
    }

    @Test
    void callAfterItsOutputIsRefused() throws Exception {
        assertThat(ask("{'input':[{'type':'function_call_output','call_id':'c','output':'x'},"
                                + "{'type':'function_call','call_id':'c','name':'f','arguments':'{}'}]}")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void itemsOfStoredResponsesCanBeReferredTo() throws Exception {
        var call = json(ask("{'input':'/tool find_river'}")).at("/output/0");
        var answer = ask(
                "{'input':[{'type':'item_reference','id':'" + call.path("id").asText() + "'},"
                        + "{'type':'function_call_output','call_id':'"
                        + call.path("call_id").asText()
                        + "','output':'1230 km'}]}");

        assertThat(json(answer).at("/output/0/content/0/text").asText()).contains("1230 km");
    }

    @Test
    void itemsOfResponsesThatAreNotStoredAreUnknown() throws Exception {
        var call = json(ask("{'input':'/tool find_river','store':false}")).at("/output/0");

        assertThat(ask("{'input':[{'type':'item_reference','id':'"
                                + call.path("id").asText() + "'}]}")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void numberOfStoredItemsIsLimited() {
        var stored = new StoredItems();
        for (int i = 0; i <= 1000; i++) {
            stored.add(ComposedAnswer.json("{'a':[{'id':'msg_" + i + "'}]}").path("a"));
        }

        assertThat(isKnown(stored, "msg_0")).isFalse();
        assertThat(isKnown(stored, "msg_1")).isTrue();
        stored.add(ComposedAnswer.json("{'a':[{'id':'large','text':'" + "x".repeat(40_000) + "'}]}")
                .path("a"));
        assertThat(isKnown(stored, "large")).isFalse();
    }

    @Test
    void otherRulesAreCheckedBeforeATool() throws Exception {
        assertThat(json(ask("{'input':'/tool','top_logprobs':21}"))
                        .at("/error/param")
                        .asText())
                .isEqualTo("top_logprobs");
    }

    private static boolean isKnown(StoredItems stored, String id) {
        var request = ComposedAnswer.json("{'input':[{'type':'item_reference','id':'" + id + "'}]}");
        return !stored.resolved(request).equals(request);
    }

    private HttpResponse<String> ask(String request) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(model.baseUrl() + "/responses"))
                        .timeout(Duration.ofSeconds(10))
                        .POST(HttpRequest.BodyPublishers.ofString(
                                ComposedAnswer.json(request).toString()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return ComposedAnswer.parsed(answer.body());
    }
}
