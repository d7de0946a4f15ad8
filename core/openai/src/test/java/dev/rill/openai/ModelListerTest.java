package dev.rill.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.chat.memory.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The list of models, with a server that answers by a script. */
@Timeout(20)
class ModelListerTest {

    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");
    private static final String TWO = "{\"data\":[{\"id\":\"a\",\"x\":1},{\"id\":\"b\"}]}";

    private final ManualTime time = new ManualTime();
    private ScriptedServer server;
    private OpenAiModel model;

    @BeforeEach
    void start() throws Exception {
        server = new ScriptedServer();
        model = new OpenAiModel(OpenAiSettings.of(server.url(), () -> "sk-1", "m", Duration.ofSeconds(5)), time);
    }

    @AfterEach
    void stop() {
        model.close();
        server.close();
    }

    @Test
    void serverIsAskedOnceInFiveMinutes() throws Exception {
        server.respondWith(200, JSON, TWO);
        assertThat(ids()).containsExactly("a", "b");

        time.advance(ModelLister.MAX_AGE.minusMillis(1));
        assertThat(model.models().getFirst()).hasToString("{\"id\":\"a\",\"x\":1,\"object\":\"model\"}");
        var asked = server.nextRequest();
        assertThat(asked.line()).isEqualTo("GET /v1/models HTTP/1.1");
        assertThat(asked.headers()).containsEntry("authorization", "Bearer sk-1");
        assertThat(server.hasRequest()).isFalse();

        time.advance(Duration.ofMillis(1));
        server.respondWith(200, JSON, "{\"data\":[{\"id\":\"c\"}]}");
        assertThat(ids()).containsExactly("c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"data\":[]}", "<html>", "[]", "{\"data\":[1,{\"id\":2},{\"id\":\" \"},{}]}"})
    void pageWithoutModelsListsNone(String page) {
        server.respondWith(200, JSON, page);

        assertThat(model.models()).isEmpty();
    }

    @Test
    void serverThatRefusesIsAskedAgainAfterHalfAMinute() {
        server.respondWith(404, JSON, "{}");
        assertThat(model.models()).isEmpty();

        time.advance(ModelLister.RETRY_AFTER.minusMillis(1));
        assertThat(model.models()).isEmpty();
        time.advance(Duration.ofMillis(1));
        server.respondWith(200, JSON, TWO);
        assertThat(ids()).containsExactly("a", "b");
    }

    @Test
    void lastListStaysWhileTheServerFails() {
        server.respondWith(200, JSON, TWO);
        assertThat(ids()).containsExactly("a", "b");

        time.advance(ModelLister.MAX_AGE);
        server.respondWith(500, JSON, "{}");
        assertThat(ids()).containsExactly("a", "b");
    }

    @Test
    void serverThatCannotBeReachedListsNone() {
        server.close();

        assertThat(model.models()).isEmpty();
    }

    private List<String> ids() {
        return model.models().stream()
                .map(model -> model.path("id"))
                .map(JsonNode::textValue)
                .toList();
    }
}
