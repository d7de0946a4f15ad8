package dev.rill.tests.scenario;

import static dev.rill.tests.scenario.Json.quoted;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.policy.RequestPolicy;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A client of either transport is refused what the operator does not allow, by the same error. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class OperatorPolicyTest {

    private volatile RequestPolicy policy = RequestPolicy.DEFAULT;
    private final MemoryWorld world = new MemoryWorld(() -> this.policy);

    OperatorPolicyTest() throws IOException {}

    @AfterAll
    void stop() {
        world.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'input':'/fast x','model':'gpt-5-pro'                                                           | 403 model_not_allowed model",
                "'input':'/fast x','service_tier':'priority'                                                     | 403 service_tier_not_allowed service_tier",
                "'input':'/fast x','max_output_tokens':101                                                       | 400 max_output_tokens_too_large max_output_tokens",
                "'input':'/fast x','tools':[{'type':'function','name':'f'},{'type':'web_search'}]                | 403 tool_not_allowed tools[1].type",
                "'input':'/fast x','tool_choice':{'type':'allowed_tools','mode':'auto','tools':[{'type':'mcp','server_label':'s'}]} | 403 tool_not_allowed tool_choice.tools[0].type",
                "'input':'/fast x','prompt':{'id':'pmpt_1'}                                                      | 403 object_not_allowed prompt",
                "'input':[{'role':'user','content':[{'type':'input_text','text':'/fast x'},{'type':'input_file','file_id':'f'}]}] | 403 object_not_allowed input[0].content[1].file_id"
            })
    void bothTransportsRefuseByTheSameError(String fields, String expected) throws Exception {
        policy = RequestPolicy.of(Map.of("MaxOutputTokens", "100"));
        var before = world.modelRequests();

        for (var request : new String[] {fields, fields + ",'background':true", fields + ",'stream':true"}) {
            assertThat(overHttp(request)).as(request).isEqualTo(expected);
        }
        for (var message : new String[] {fields, fields + ",'event_id':'once'", fields + ",'generate':false"}) {
            assertThat(onASocket(message)).as(message).isEqualTo(expected);
        }
        assertThat(world.modelRequests()).isEqualTo(before);

        policy = RequestPolicy.UNRESTRICTED;
        assertThat(overHttp(fields)).startsWith("200");
    }

    @Test
    void conversationIsRefusedWhateverTheOperatorAllows() throws Exception {
        var fields = "'input':'/fast x','conversation':'conv_1'";
        for (var each : List.of(RequestPolicy.DEFAULT, RequestPolicy.UNRESTRICTED)) {
            policy = each;
            assertThat(overHttp(fields)).isEqualTo("400 unsupported_parameter conversation");
            assertThat(onASocket(fields)).isEqualTo("400 unsupported_parameter conversation");
        }
    }

    @Test
    void modelIsToldTheLimitThatTheClientIsNotShown() throws Exception {
        policy = RequestPolicy.of(Map.of("MaxOutputTokens", "3"));

        try (var socket = world.connect()) {
            socket.send(quoted("{'type':'response.create','input':'/fast /count 9'}"));
            var answer = Transcript.of(socket);
            assertThat(answer.response().at("/incomplete_details/reason").asText())
                    .isEqualTo("max_output_tokens");
            assertThat(answer.events())
                    .filteredOn(event -> event.has("response"))
                    .allSatisfy(event -> assertThat(
                                    event.at("/response/max_output_tokens").isNull())
                            .isTrue());
        }
        try (var answer = world.post("/v1/responses", "application/json", quoted("{'input':'/fast /count 9'}"))) {
            var response = answer.json();
            assertThat(response.at("/incomplete_details/reason").asText()).isEqualTo("max_output_tokens");
            assertThat(response.path("max_output_tokens").isNull()).isTrue();
        }
    }

    @Test
    void plainTextIsAnsweredByTheDefaultModel() throws Exception {
        policy = RequestPolicy.DEFAULT;

        try (var answer = world.post("/", "text/plain", "/fast /echo yes")) {
            assertThat(answer.text()).isEqualTo("yes\n");
        }
    }

    private String overHttp(String fields) throws Exception {
        try (var answer = world.post("/v1/responses", "application/json", quoted("{" + fields + "}"))) {
            if (answer.status() == 200) {
                return "200 " + answer.text();
            }
            var error = answer.json().path("error");
            return "%d %s %s"
                    .formatted(
                            answer.status(),
                            error.path("code").asText(),
                            error.path("param").asText());
        }
    }

    private String onASocket(String fields) throws Exception {
        try (var socket = world.connect()) {
            socket.send(quoted("{'type':'response.create'," + fields + "}"));
            var event = Json.read(socket.receive());
            assertThat(event.path("type").asText()).isEqualTo("error");
            return "%d %s %s"
                    .formatted(
                            event.path("status").asInt(),
                            event.at("/error/code").asText(),
                            event.at("/error/param").asText());
        }
    }
}
