package dev.rill.tests.scenario;

import static dev.rill.tests.scenario.Json.quoted;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.policy.RequestPolicy;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Events and objects are whole, whatever the model's server leaves out of its own. That each conforms is checked where
 * it is received.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class TerseModelTest {

    private static final List<String> PROMPTS = List.of(
            "/fast /count 3", "/fast /tool find_river the Rhine", "/fast /refuse", "/fast /reason /count 3 of them");

    private final CompletableFuture<TerseProxy> model = new CompletableFuture<>();
    private final MemoryWorld world;

    TerseModelTest() throws IOException {
        world = new MemoryWorld(() -> RequestPolicy.UNRESTRICTED, simulated -> {
            var proxy = TerseProxy.start(simulated);
            model.complete(proxy);
            return proxy.address();
        });
    }

    @AfterAll
    void stop() {
        world.close();
        model.join().close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "annotations",
                "logprobs",
                "sequence_number",
                "status",
                "role",
                "item_id",
                "output_index",
                "content_index",
                "summary_index",
                "input_tokens_details",
                "output_tokens_details",
                "cached_tokens",
                "cache_write_tokens",
                "reasoning_tokens",
                "total_tokens",
                "usage",
                TerseProxy.ECHOED
            })
    void answerIsTheSameWithout(String field) throws Exception {
        assertSameWithout(Set.of(field));
    }

    @Test
    void answerIsTheSameWithoutIds() throws Exception {
        assertSameWithout(Set.of("id", "item_id"));
    }

    @Test
    void answerIsTheSameWithoutAnyDetail() throws Exception {
        assertSameWithout(Set.of(
                TerseProxy.ECHOED,
                "annotations",
                "logprobs",
                "sequence_number",
                "status",
                "role",
                "item_id",
                "output_index",
                "content_index",
                "summary_index",
                "input_tokens_details",
                "output_tokens_details",
                "total_tokens"));
    }

    private void assertSameWithout(Set<String> fields) throws Exception {
        for (var prompt : PROMPTS) {
            model.join().drop(Set.of());
            var whole = ask(prompt);
            model.join().drop(fields);
            var terse = ask(prompt);

            assertThat(terse.trace()).as(prompt).isEqualTo(whole.trace());
            assertThat(terse.text()).as(prompt).isEqualTo(whole.text());
            assertThat(terse.outputText()).as(prompt).isEqualTo(whole.outputText());
            assertThat(idsOf(terse)).as("ids of items, %s", prompt).hasSameSizeAs(idsOf(whole));
        }
    }

    /** The ids of items that the events name, and those of the terminal event, which must be the same. */
    private static Set<String> idsOf(Transcript transcript) {
        var ids = new HashSet<String>();
        for (var event : transcript.events()) {
            ids.add(event.path("item_id").asText());
            ids.add(event.at("/item/id").asText());
        }
        transcript
                .response()
                .path("output")
                .forEach(item -> ids.add(item.path("id").asText()));
        ids.remove("");
        return ids;
    }

    private Transcript ask(String prompt) throws Exception {
        try (var answer =
                world.post("/v1/responses", "application/json", quoted("{'input':'" + prompt + "','stream':true}"))) {
            return answer.events();
        }
    }
}
