package dev.rill.tests.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.tests.Repository;
import dev.rill.tests.scenario.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code rill up --models}. No test asks a server of a list, and none listens. */
@Timeout(180)
class ModelListTest {

    @Test
    void wrongListEndsTheStartInOneLineBeforeAPartStarts() throws Exception {
        var work = Repository.root().resolve("tests/target/wrong-list-stack");
        var list = list(work, "{\"models\":{\"main\":[{},{\"url\":\"http://127.0.0.1:9/v1/\",\"key\":\"sk-hush\"}]}}");

        assertThatThrownBy(() -> LocalStack.start(work, "--models", list.toString()))
                .isInstanceOf(AssertionError.class);

        assertThat(Files.readString(work.resolve("output.log")).strip())
                .isEqualTo("rill: --models " + list
                        + ": 'main'[1] 'url' must be an http or https URL without a slash at its end");
        assertThat(work.resolve("dynamodb.log")).doesNotExist();
    }

    /** Starts a stack, which takes a quarter of a minute: the functions' own tests show the two halves. */
    @Test
    @Tag("full")
    void unlistedNameIsAnErrorOnTheSocketAsOverHttp() throws Exception {
        var work = Repository.root().resolve("tests/target/list-stack");
        var list = list(work, "{\"models\":{\"main\":{\"url\":\"http://127.0.0.1:9/v1\"},\"small\":{}}}");
        var request = "\"model\":\"big\",\"input\":\"hi\"}";
        try (var stack = LocalStack.start(work, "--models", list.toString(), "--auth", "none", "--log", "quiet");
                var socket = stack.connect(List.of())) {
            try (var refused = stack.request("POST", "/v1/responses", "application/json", "{" + request)) {
                assertThat(refused.status()).isEqualTo(403);
                var overHttp = refused.json().path("error");

                socket.send("{\"type\":\"response.create\"," + request);

                var event = Json.read(socket.receive());
                assertThat(event.path("type").asText()).isEqualTo("error");
                assertThat(event.path("error")).isEqualTo(overHttp);
                assertThat(overHttp.path("code").asText()).isEqualTo("model_not_allowed");
            }
        }
    }

    private static Path list(Path work, String json) throws Exception {
        Files.createDirectories(work);
        Files.deleteIfExists(work.resolve("dynamodb.log"));
        return Files.writeString(work.resolve("models.json"), json);
    }
}
