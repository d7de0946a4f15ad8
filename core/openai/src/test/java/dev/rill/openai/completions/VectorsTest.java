package dev.rill.openai.completions;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
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

/** The vectors in {@code vectors.json}: what is encoded from requests, and what is decoded from streams of servers. */
@Timeout(20)
class VectorsTest {

    static Stream<Named<JsonNode>> requests() throws IOException {
        return vectors("requests");
    }

    static Stream<Named<JsonNode>> streams() throws IOException {
        return vectors("streams");
    }

    @ParameterizedTest
    @MethodSource("requests")
    void requestIsEncodedOrRefused(JsonNode vector) throws Exception {
        var request = (ObjectNode) vector.path("request");
        var before = request.deepCopy();
        if (vector.has("refused")) {
            assertThatExceptionOfType(ModelException.class)
                    .isThrownBy(() -> ChatRequestEncoder.encode(request))
                    .satisfies(refused -> {
                        assertThat(refused.failure()).isEqualTo(ModelFailure.REJECTED);
                        assertThat(refused.code()).isEqualTo("unsupported_parameter");
                        assertThat(refused.details().status()).hasValue(400);
                        assertThat(refused.details().param())
                                .contains(vector.path("refused").textValue());
                        assertThat(refused)
                                .hasMessageContaining(
                                        "'" + vector.path("refused").textValue() + "'");
                    });
            return;
        }
        var encoded = ChatRequestEncoder.encode(request);

        assertThat(encoded.path("stream").asBoolean()).isTrue();
        assertThat(encoded.at("/stream_options/include_usage").asBoolean()).isTrue();
        assertThat(encoded.without(List.of("stream", "stream_options")).toPrettyString())
                .isEqualTo(vector.path("chat").toPrettyString());
        assertThat(request).as("the caller's request").isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("streams")
    void streamIsDecoded(JsonNode vector) throws Exception {
        var decoder = new ChunkDecoder("5eed");
        var events = new ArrayList<ModelEvent>();
        for (var chunk : vector.path("chunks")) {
            assertThat(ChunkDecoder.isChunk((ObjectNode) chunk)).isTrue();
            events.addAll(decoder.decode(chunk.deepCopy()));
        }
        if (vector.has("failure")) {
            assertThatExceptionOfType(ModelException.class)
                    .isThrownBy(decoder::end)
                    .satisfies(failure -> assertThat(failure.failure().name())
                            .isEqualTo(vector.path("failure").textValue()));
            return;
        }
        events.addAll(decoder.end());

        var lines = new ArrayList<String>();
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).payload().path("sequence_number").asInt()).isEqualTo(i);
            lines.add(line(events.get(i)));
        }
        var expected = new ArrayList<String>();
        vector.path("events").forEach(event -> expected.add(event.textValue()));
        assertThat(String.join("\n", lines)).isEqualTo(String.join("\n", expected));
    }

    /** An event as one line: its type, where it belongs, and what it says. */
    private static String line(ModelEvent event) {
        var payload = event.payload();
        var line = new StringBuilder(event.type().replaceFirst("^response\\.", ""));
        for (var index : List.of("output_index", "content_index")) {
            if (payload.has(index)) {
                line.append(' ').append(payload.path(index));
            }
        }
        for (var said : List.of("delta", "text", "refusal", "arguments", "input", "part", "item", "response")) {
            if (payload.has(said) && !event.type().equals("response.in_progress")) {
                line.append(' ').append(Json.write(payload.get(said)));
            }
        }
        if (!payload.path("logprobs").isEmpty()) {
            line.append(" logprobs=").append(payload.path("logprobs").size());
        }
        return line.toString();
    }

    private static Stream<Named<JsonNode>> vectors(String kind) throws IOException {
        try (var in = Objects.requireNonNull(VectorsTest.class.getResourceAsStream("vectors.json"))) {
            var vectors = Json.find(new String(in.readAllBytes(), UTF_8)).orElseThrow();
            var named = new ArrayList<Named<JsonNode>>();
            vectors.path(kind)
                    .forEach(vector -> named.add(Named.of(vector.path("name").asText(), vector)));
            return named.stream();
        }
    }
}
