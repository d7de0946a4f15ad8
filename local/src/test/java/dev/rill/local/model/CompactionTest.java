package dev.rill.local.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.BadRequestException;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCompactParams;
import com.openai.models.responses.ResponseCompactionItemParam;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.inputtokens.InputTokenCountParams;
import dev.rill.local.model.Behaviour.Pace;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Compaction and counting of tokens, by OpenAI's own client for Java. */
@Timeout(60)
class CompactionTest {

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
    void compactionIsOneSealedItem() {
        var compacted = client.responses()
                .compact(ResponseCompactParams.builder()
                        .model("simulated")
                        .input("Why is the sky blue?")
                        .build());

        assertThat(compacted.output()).hasSize(1);
        assertThat(compacted.output().getFirst().asCompaction().encryptedContent())
                .isNotBlank();
        assertThat(compacted.usage().totalTokens()).isPositive();
    }

    @Test
    void compactionIsVerifiedWhenItIsPlayedBack() {
        var content = client.responses()
                .compact(ResponseCompactParams.builder()
                        .model("simulated")
                        .input("Why?")
                        .build())
                .output()
                .getFirst()
                .asCompaction()
                .encryptedContent();

        assertThat(playBack(content).output()).isNotEmpty();
        var forged = (content.startsWith("A") ? "B" : "A") + content.substring(1);
        assertThatThrownBy(() -> playBack(forged))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("could not be verified");
    }

    @Test
    void foreignCompactionIsNotCompactedAgain() {
        var foreign = ResponseInputItem.ofCompaction(ResponseCompactionItemParam.builder()
                .encryptedContent("gAAAAABforeign")
                .build());

        assertThatThrownBy(() -> client.responses()
                        .compact(ResponseCompactParams.builder()
                                .model("simulated")
                                .inputOfResponseInputItems(List.of(foreign))
                                .build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("could not be verified");
    }

    @Test
    void compactionNeedsAModelAndAnInput() {
        assertThatThrownBy(() -> client.responses()
                        .compact(ResponseCompactParams.builder()
                                .model("simulated")
                                .build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("input");
    }

    @Test
    void tokensOfAnInputAreCounted() {
        var few = count("hi");
        var more = count("hi ".repeat(100));

        assertThat(few).isPositive();
        assertThat(more).isGreaterThan(few);
    }

    private long count(String input) {
        return client.responses()
                .inputTokens()
                .count(InputTokenCountParams.builder().input(input).build())
                .inputTokens();
    }

    private Response playBack(String content) {
        return client.responses()
                .create(ResponseCreateParams.builder()
                        .inputOfResponse(List.of(
                                ResponseInputItem.ofCompaction(ResponseCompactionItemParam.builder()
                                        .encryptedContent(content)
                                        .build()),
                                ResponseInputItem.ofEasyInputMessage(EasyInputMessage.builder()
                                        .role(EasyInputMessage.Role.USER)
                                        .content("And at night?")
                                        .build())))
                        .build());
    }
}
