package dev.rill.chat.completions;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The vectors in {@code vectors.json}: what is decoded from requests, and what is encoded from events. */
@Timeout(20)
class VectorsTest {

    static Stream<Named<JsonNode>> requests() throws IOException {
        return vectors("requests");
    }

    static Stream<Named<JsonNode>> streams() throws IOException {
        return vectors("streams");
    }

    static Stream<Named<JsonNode>> completions() throws IOException {
        return vectors("completions");
    }

    @ParameterizedTest
    @MethodSource("requests")
    void requestIsDecodedOrRefused(JsonNode vector) throws Exception {
        var chat = (ObjectNode) vector.path("chat");
        if (vector.has("refused")) {
            assertThatExceptionOfType(ApiException.class)
                    .isThrownBy(() -> RequestDecoder.decode(chat))
                    .satisfies(refused -> assertThat(refused.error().code() + " "
                                    + refused.error().param())
                            .isEqualTo(vector.path("refused").textValue()))
                    .satisfies(refused -> assertThat(refused.error().message())
                            .contains("'" + refused.error().param() + "'"));
            return;
        }
        var decoded = RequestDecoder.decode(chat);

        assertThat(decoded.request().body()).isEqualTo(vector.path("request"));
        assertThat(decoded.usageAsked()).isEqualTo(vector.path("usage").asBoolean(false));
        assertThat(decoded.paths().items())
                .hasSameSizeAs(decoded.request().body().path("input"));
    }

    /**
     * Each chunk is compared as it is if the vector has {@code whole}; with {@code brief} only the delta, the log
     * probabilities and the reason are, and {@code opening} stands for the chunk with the role.
     */
    @ParameterizedTest
    @MethodSource("streams")
    void eventsAreEncodedAsChunks(JsonNode vector) {
        var encoder = new ChunkEncoder(vector.path("usage").asBoolean(false), VectorsTest::error);
        var stream = new StringBuilder();
        long number = 0;
        for (var event : vector.path("events")) {
            stream.append(encoder.write(new Event(number++, event.path("type").textValue(), Json.write(event))));
        }

        var expected = new ArrayList<JsonNode>();
        var field = vector.has("whole") ? "whole" : "brief";
        vector.path(field).forEach(expected::add);
        assertThat(chunks(stream.toString(), field)).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("completions")
    void responseIsEncodedAsACompletion(JsonNode vector) {
        var completion = Json.write(Completion.of((ObjectNode) vector.path("response")));

        assertThat(Json.find(completion)).contains(vector.path("completion"));
    }

    private static ApiError error(Event failed) {
        var error = failed.payload().at("/response/error");
        return new ApiError(
                500, error.path("code").textValue(), error.path("message").textValue(), null);
    }

    private static List<JsonNode> chunks(String stream, String field) {
        assertThat(stream).endsWith("\n\n");
        return Stream.of(stream.split("\n\n"))
                .map(event -> {
                    assertThat(event).startsWith("data: ").doesNotContain("\n");
                    return event.substring("data: ".length());
                })
                .map(data -> Json.find(data).orElseGet(() -> text(data)))
                .map(chunk -> field.equals("whole") ? chunk : brief(chunk))
                .toList();
    }

    private static JsonNode brief(JsonNode chunk) {
        if (!chunk.has("choices")) {
            return chunk;
        }
        var choice = (ObjectNode) chunk.path("choices").path(0);
        if (choice.path("delta").has("role")) {
            return text("opening");
        }
        choice.remove("index");
        if (choice.path("logprobs").isNull()) {
            choice.remove("logprobs");
        }
        return choice;
    }

    private static JsonNode text(String text) {
        return Json.object().textNode(text);
    }

    private static Stream<Named<JsonNode>> vectors(String kind) throws IOException {
        try (var in = Objects.requireNonNull(VectorsTest.class.getResourceAsStream("vectors.json"))) {
            var all = Json.findObject(new String(in.readAllBytes(), UTF_8)).orElseThrow();
            return Stream.of(all.path(kind)).flatMap(vectors -> {
                var named = new ArrayList<Named<JsonNode>>();
                vectors.forEach(vector -> named.add(Named.of(vector.path("name").textValue(), vector)));
                return named.stream();
            });
        }
    }
}
