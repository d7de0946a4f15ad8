package dev.rill.tests.stack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponsesClientEvent;
import com.openai.models.responses.ResponsesClientEvent.ResponseCreate;
import dev.rill.tests.Tool;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Clients that are not Rill's, unchanged, on a stack that takes keys. A client whose program is not on the PATH is
 * reported as skipped.
 */
interface ClientScenarios {

    int PATIENCE_SECONDS = 60;

    ClosedStack stack();

    @Test
    default void openAisClientIsAnsweredWithAKey() {
        try (var client = openAi(builder -> builder.apiKey(secret()))) {
            assertThat(client.text()).isEqualTo("hello");
        }
    }

    /** It derives the socket's URL from the base URL. */
    @Test
    @Timeout(PATIENCE_SECONDS)
    default void openAisClientIsAnsweredOnASocketOfItsBaseUrl() {
        try (var client = openAi(builder -> builder.apiKey(secret()))) {
            assertThat(client.textOnSocket()).isEqualTo("hello");
        }
    }

    @Test
    default void openAisClientRaisesItsErrorForAnUnknownKey() {
        try (var client = openAi(builder -> builder.apiKey(ClosedStack.UNKNOWN_KEY))) {
            assertThatExceptionOfType(UnauthorizedException.class)
                    .isThrownBy(client::text)
                    .satisfies(refused -> assertThat(refused.code()).hasValue("invalid_credentials"));
        }
    }

    /** Its builder wants a key; the header is taken away behind it. */
    @Test
    default void openAisClientRaisesItsErrorWithoutAKey() {
        try (var client = openAi(builder -> builder.apiKey("none").removeHeaders("Authorization"))) {
            assertThatExceptionOfType(UnauthorizedException.class)
                    .isThrownBy(client::text)
                    .satisfies(refused -> assertThat(refused.code()).hasValue("missing_credentials"));
        }
    }

    @Test
    default void wscatIsAnsweredWithAKeyInAHeader() throws Exception {
        assertThat(wscat("-H", "Authorization: Bearer " + secret())).contains("\"delta\":\"hello\"");
    }

    @Test
    default void wscatIsAnsweredWithAKeyAsSubprotocol() throws Exception {
        assertThat(wscat("-s", "rill.v1", "-s", "rill.bearer." + base64(secret())))
                .contains("\"delta\":\"hello\"");
    }

    @Test
    default void wscatIsRefusedWithoutAKnownKey() throws Exception {
        assertThat(wscat()).contains("Unexpected server response: 401");
        assertThat(wscat("-H", "Authorization: Bearer " + ClosedStack.UNKNOWN_KEY))
                .contains("Unexpected server response: 401");
        assertThat(wscat("-s", "rill.v1", "-s", "rill.bearer." + base64(ClosedStack.UNKNOWN_KEY)))
                .contains("Unexpected server response: 401");
    }

    private String secret() {
        return stack().key("dora").key().secret();
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
    }

    private OpenAi openAi(UnaryOperator<OpenAIOkHttpClient.Builder> credential) {
        var builder = OpenAIOkHttpClient.builder()
                .baseUrl(stack().local().address("HTTP").resolve("/v1").toString())
                .maxRetries(0);
        return new OpenAi(credential.apply(builder).build());
    }

    /** OpenAI's client for Java. Close it. */
    record OpenAi(OpenAIClient client) implements AutoCloseable {

        /** Asks, and reads the streamed answer to its end. */
        String text() {
            var params = ResponseCreateParams.builder()
                    .model("simulated")
                    .input("/fast /echo hello")
                    .build();
            var accumulator = ResponseAccumulator.create();
            try (var events = client.responses().createStreaming(params)) {
                events.stream().forEach(accumulator::accumulate);
            }
            return text(accumulator.response());
        }

        /** Asks on a socket, and waits for the end of the answer. */
        String textOnSocket() {
            var create = ResponseCreate.builder()
                    .model("simulated")
                    .input("/fast /echo hello")
                    .build();
            try (var socket = client.responses().connect()) {
                socket.send(ResponsesClientEvent.ofResponseCreate(create));
                return text(socket.finalResponse());
            }
        }

        private static String text(Response response) {
            return response.output().getFirst().asMessage().content().stream()
                    .map(part -> part.asOutputText().text())
                    .reduce("", String::concat);
        }

        @Override
        public void close() {
            client.close();
        }
    }

    /** What it prints for one prompt, up to the terminal event or its own end. */
    private String wscat(String... options) throws Exception {
        var command = new ArrayList<>(List.of(
                Tool.require("wscat"),
                "--no-color",
                "--connect",
                stack().local().address("WebSocket").toString(),
                "--execute",
                "/fast /echo hello",
                // Until it is ended.
                "--wait",
                "-1"));
        command.addAll(List.of(options));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            return CompletableFuture.supplyAsync(
                            () -> printed(process), task -> Thread.ofVirtual().start(task))
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } finally {
            process.destroyForcibly();
        }
    }

    private static String printed(Process wscat) {
        var printed = new StringBuilder();
        try (var lines = wscat.inputReader(UTF_8)) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                printed.append(line).append('\n');
                if (line.contains("\"type\":\"response.completed\"")) {
                    break;
                }
            }
        } catch (IOException e) {
            throw new AssertionError("what wscat has printed so far: " + printed, e);
        }
        return printed.toString();
    }
}
