package dev.rill.tests.scenario;

import static dev.rill.tests.scenario.Json.quoted;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.local.model.Behaviour;
import dev.rill.local.model.SimulatedModel;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** A list of models whose first server breaks off amid its answer, and may be followed by the second one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class RestartTest {

    private static final String RESTARTED = "rill:response.restarted";
    private static final String REQUEST = "{'input':'/fast /count 9','stream':true}";

    private final SimulatedModel first;
    private final MemoryWorld world;

    RestartTest() throws IOException {
        first = SimulatedModel.start(
                "127.0.0.1",
                0,
                new Behaviour(
                        Behaviour.DEFAULT.pace(),
                        Behaviour.DEFAULT.content(),
                        Behaviour.DEFAULT.reasoning(),
                        Behaviour.DEFAULT.dialect(),
                        new Behaviour.Fault.BreakOff(4)),
                1,
                Clock.systemUTC());
        world = MemoryWorld.restarting(first.baseUrl());
    }

    @AfterAll
    void stop() {
        world.close();
        first.close();
    }

    @Test
    void streamAnnouncesTheRestartOnce() throws Exception {
        try (var answer = world.post("/v1/responses", "application/json", quoted(REQUEST))) {
            assertRestarted(answer.events());
        }
    }

    @Test
    void objectHasTheOutputOfTheLastModel() throws Exception {
        try (var answer = world.post("/v1/responses", "application/json", quoted("{'input':'/fast /count 9'}"))) {
            assertThat(answer.text()).contains("\"status\":\"completed\"").doesNotContain("restarted");
        }
    }

    @Test
    void chatCompletionsEndWithAnError() throws Exception {
        var request = "{'model':'simulated','stream':true,'messages':[{'role':'user','content':'/fast /count 9'}]}";
        try (var answer = world.post("/v1/chat/completions", "application/json", quoted(request))) {
            assertThat(answer.text()).contains("response_restarted").doesNotContain("[DONE]");
        }
    }

    @Test
    void socketAnnouncesTheRestartOnce() throws Exception {
        try (var socket = world.connect(List.of())) {
            socket.send(quoted("{'type':'response.create','input':'/fast /count 9'}"));
            assertRestarted(Transcript.of(socket));
        }
    }

    private static void assertRestarted(Transcript transcript) {
        var events = transcript.events();
        var restarts = events.stream()
                .filter(event -> event.path("type").asText().equals(RESTARTED))
                .toList();
        assertThat(restarts)
                .singleElement()
                .satisfies(event -> assertThat(event.path("attempt").asInt()).isEqualTo(2));
        var before = new StringBuilder();
        var after = new StringBuilder();
        var text = before;
        for (var event : events) {
            if (event.path("type").asText().equals(RESTARTED)) {
                text = after;
            }
            if (event.path("type").asText().equals("response.output_text.delta")) {
                text.append(event.path("delta").asText());
            }
        }
        assertThat(before.toString()).isNotEmpty().doesNotContain("9");
        assertThat(after.toString()).contains("9");
        assertThat(transcript.outputText()).isEqualTo(after.toString());
    }
}
