package dev.rill.local.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.RateLimitException;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import dev.rill.local.model.Behaviour.Pace;
import java.io.IOException;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** OpenAI's own client for Java works with the simulated model, unchanged. */
@Timeout(60)
class OpenAiClientTest {

    private SimulatedModel model;
    private OpenAIClient client;

    @BeforeEach
    void start() throws IOException {
        model = SimulatedModel.start("127.0.0.1", 0, Behaviour.DEFAULT.with(Pace.UNPACED), 1, InstantSource.system());
        client = OpenAIOkHttpClient.builder()
                .baseUrl(model.baseUrl().toString())
                .apiKey("none")
                .maxRetries(0)
                .responseValidation(true)
                .build();
    }

    @AfterEach
    void stop() {
        client.close();
        model.close();
    }

    @Test
    void streamsText() {
        assertThat(text(stream("/count 5"))).isEqualTo("1 2 3 4 5");
    }

    @Test
    void streamsReasoningAndAToolCall() {
        var output = stream("/reason /tool find_river the Rhine").output();

        assertThat(output.get(0).asReasoning().summary().getFirst().text()).contains("the Rhine");
        assertThat(output.get(1).asFunctionCall().name()).isEqualTo("find_river");
    }

    @Test
    void streamsARefusal() {
        assertThat(stream("/refuse")
                        .output()
                        .getFirst()
                        .asMessage()
                        .content()
                        .getFirst()
                        .asRefusal()
                        .refusal())
                .contains("refuse");
    }

    @Test
    void answersInOnePiece() {
        assertThat(text(client.responses().create(params("/echo Grüße 👋")))).isEqualTo("Grüße 👋");
    }

    @Test
    void refusalsHaveTheRightExceptionType() {
        assertThatThrownBy(() -> client.responses().create(params("/fail 429"))).isInstanceOf(RateLimitException.class);
    }

    private Response stream(String prompt) {
        var accumulator = ResponseAccumulator.create();
        try (var events = client.responses().createStreaming(params(prompt))) {
            events.stream().forEach(accumulator::accumulate);
        }
        return accumulator.response();
    }

    private static ResponseCreateParams params(String prompt) {
        return ResponseCreateParams.builder().model("simulated").input(prompt).build();
    }

    private static String text(Response response) {
        return response.output()
                .getFirst()
                .asMessage()
                .content()
                .getFirst()
                .asOutputText()
                .text();
    }
}
