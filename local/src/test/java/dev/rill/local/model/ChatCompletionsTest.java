package dev.rill.local.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rill.local.model.Behaviour.Pace;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The simulated model by Chat Completions. */
@Timeout(30)
class ChatCompletionsTest {

    private static final String TOOL =
            "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}}}]";

    private SimulatedModel model;

    @BeforeEach
    void start() throws IOException {
        model = SimulatedModel.start("127.0.0.1", 0, Behaviour.DEFAULT.with(Pace.UNPACED), 1, InstantSource.system());
    }

    @AfterEach
    void stop() {
        model.close();
    }

    @Test
    void streamsTextAndItsUsage() throws Exception {
        var chunks = chunks("""
        {"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"/count 3"}]}""");

        var text = new StringBuilder();
        chunks.forEach(chunk -> text.append(chunk.at("/choices/0/delta/content").asText("")));
        assertThat(text).hasToString("1 2 3");
        assertThat(chunks.getFirst().at("/choices/0/delta/role").asText()).isEqualTo("assistant");
        assertThat(chunks.get(chunks.size() - 2).at("/choices/0/finish_reason").asText())
                .isEqualTo("stop");
        assertThat(chunks.getLast().at("/usage/completion_tokens").asInt()).isEqualTo(3);
    }

    @Test
    void callsATool() throws Exception {
        var chunks = chunks(
                "{\"stream\":true,\"tool_choice\":\"required\",\"messages\":[{\"role\":\"user\",\"content\":\"Paris?\"}],"
                        + TOOL + "}");

        var arguments = new StringBuilder();
        var name = "";
        for (var chunk : chunks) {
            var call = chunk.at("/choices/0/delta/tool_calls/0");
            name += call.at("/function/name").asText("");
            arguments.append(call.at("/function/arguments").asText(""));
        }
        assertThat(name).isEqualTo("weather");
        assertThat(new JsonMapper().readTree(arguments.toString()).has("city")).isTrue();
        assertThat(chunks.getLast().at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
    }

    @Test
    void answersTheOutputOfATool() throws Exception {
        var completion = new JsonMapper()
                .readTree(post("{\"messages\":[{\"role\":\"user\",\"content\":\"Paris?\"},"
                        + "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"weather\",\"arguments\":\"{}\"}}]},"
                        + "{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"sunny\"}]," + TOOL + "}"));

        assertThat(completion.at("/choices/0/message/content").asText()).contains("sunny");
        assertThat(completion.path("object").asText()).isEqualTo("chat.completion");
    }

    @Test
    void stopsAtTheLimit() throws Exception {
        var chunks = chunks(
                "{\"stream\":true,\"max_tokens\":2,\"messages\":[{\"role\":\"user\",\"content\":\"/count 9\"}]}");
        assertThat(chunks.getLast().at("/choices/0/finish_reason").asText()).isEqualTo("length");
    }

    @Test
    void refusesARequestWithoutMessages() throws Exception {
        assertThat(post("{}")).contains("missing_required_parameter");
    }

    private List<JsonNode> chunks(String body) throws Exception {
        var chunks = new ArrayList<JsonNode>();
        var text = post(body);
        assertThat(text).endsWith("data: [DONE]\n\n").doesNotContain("event:");
        for (var line : text.split("\n\n", -1)) {
            if (!line.isEmpty() && !line.equals("data: [DONE]")) {
                chunks.add(new JsonMapper().readTree(line.substring("data: ".length())));
            }
        }
        return chunks;
    }

    private String post(String body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(model.baseUrl() + "/chat/completions"))
                .timeout(Duration.ofSeconds(20))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try (var client = HttpClient.newHttpClient()) {
            return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        }
    }
}
