package dev.rill.chat.uimessages;

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
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The vectors in {@code tests/vectors/ui-message-stream.json}: what is decoded from requests, and what is encoded from
 * events. Each {@code message} is what the reader of {@code ai} makes of the chunks, which the script in
 * {@code tests/clients/usechat} checks.
 */
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
    void requestIsDecodedOrRefused(JsonNode vector) throws Exception {
        var body = (ObjectNode) vector.path("body");
        if (vector.has("refused")) {
            assertThatExceptionOfType(ApiException.class)
                    .isThrownBy(() -> UiRequestDecoder.decode(body))
                    .satisfies(refused -> assertThat(refused.error().code() + " "
                                    + refused.error().param())
                            .isEqualTo(vector.path("refused").textValue()))
                    .satisfies(refused -> assertThat(refused.error().message())
                            .contains("'" + refused.error().param() + "'"));
            return;
        }
        var decoded = UiRequestDecoder.decode(body);

        assertThat(decoded.request().body()).isEqualTo(vector.path("request"));
        assertThat(decoded.chatId()).isEqualTo(text(vector, "chat"));
        assertThat(decoded.continuedMessage()).isEqualTo(text(vector, "continued"));
        assertThat(decoded.paths().items())
                .hasSameSizeAs(decoded.request().body().path("input"));
        if (vector.has("paths")) {
            assertThat(decoded.paths().items()).containsExactlyElementsOf(texts(vector.path("paths")));
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void eventsAreEncodedAsChunks(JsonNode vector) {
        var encoder = new UiChunkEncoder(beginning(vector), VectorsTest::error);
        var stream = new StringBuilder();
        for (var event : vector.path("events")) {
            stream.append(encoder.write(event(event)));
        }

        assertThat(chunks(stream.toString())).containsExactlyElementsOf(vector.path("chunks"));
        assertThat(encoder.cutOff()).isEmpty();
    }

    /** A page sends back what its reader has made of the chunks. */
    @ParameterizedTest
    @MethodSource("streams")
    void messageThatThePageHasIsDecoded(JsonNode vector) throws Exception {
        var body = Json.object();
        var messages = body.putArray("messages");
        messages.addObject()
                .put("role", "user")
                .putArray("parts")
                .addObject()
                .put("type", "text")
                .put("text", "Hi");
        messages.add(vector.path("message"));

        assertThat(UiRequestDecoder.decode(body).request().body().path("input")).isNotEmpty();
    }

    @Test
    void streamThatIsCutOffEndsWithAnError() {
        var encoder = new UiChunkEncoder(new Beginning(Optional.empty(), ""), VectorsTest::error);
        var _ = encoder.write(new Event(0, "response.in_progress", "{\"type\":\"response.in_progress\"}"));

        var chunks = chunks(encoder.cutOff());

        assertThat(chunks.getFirst().path("type").textValue()).isEqualTo("error");
        assertThat(chunks.getLast().textValue()).isEqualTo("[DONE]");
        assertThat(encoder.cutOff()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {
                "input[0].content, messages[0].parts[1]",
                "input[1], messages[2]",
                "input[2].id, messages",
                "input, messages",
                "temperature, temperature",
                "null, null"
            })
    void errorNamesTheFieldOfThePage(@Nullable String decoded, @Nullable String own) {
        var paths = UiRequestDecoder.paths(List.of("messages[0].parts[1]", "messages[2]"));

        var error = paths.inTermsOfClient(new ApiError(400, "c", "Bad '" + decoded + "'.", decoded));

        assertThat(error.param()).isEqualTo(own);
        assertThat(error.message()).isEqualTo("Bad '" + own + "'.");
    }

    private static Beginning beginning(JsonNode vector) {
        return vector.has("resumedInput")
                ? Beginning.ofResumption(
                        text(vector, "continued"), Json.object().set("input", vector.path("resumedInput")))
                : new Beginning(text(vector, "continued"), "");
    }

    private static Event event(JsonNode event) {
        return new Event(
                event.path("sequence_number").longValue(), event.path("type").textValue(), Json.write(event));
    }

    private static ApiError error(Event failed) {
        var error = failed.payload().at("/response/error");
        return new ApiError(
                500, error.path("code").textValue(), error.path("message").textValue(), null);
    }

    private static List<JsonNode> chunks(String stream) {
        assertThat(stream).endsWith("\n\n");
        return Stream.of(stream.split("\n\n"))
                .map(event -> {
                    assertThat(event).startsWith("data: ").doesNotContain("\n");
                    return event.substring("data: ".length());
                })
                .map(data -> Json.find(data).orElseGet(() -> Json.object().textNode(data)))
                .toList();
    }

    private static Optional<String> text(JsonNode vector, String field) {
        return Optional.ofNullable(vector.path(field).textValue());
    }

    private static List<String> texts(JsonNode array) {
        var texts = new ArrayList<String>();
        array.forEach(text -> texts.add(text.textValue()));
        return texts;
    }

    private static Stream<Named<JsonNode>> vectors(String kind) throws IOException {
        try (var in = Objects.requireNonNull(VectorsTest.class.getResourceAsStream("/ui-message-stream.json"))) {
            var all = Json.findObject(new String(in.readAllBytes(), UTF_8)).orElseThrow();
            var named = new ArrayList<Named<JsonNode>>();
            all.path(kind)
                    .forEach(vector -> named.add(Named.of(vector.path("name").textValue(), vector)));
            return named.stream();
        }
    }
}
