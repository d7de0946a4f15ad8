package dev.rill.tests.stack;

import static dev.rill.tests.stack.ClosedStack.bearer;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.tests.scenario.Json;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Tests what a key with limits may use, on both transports, and what is reported of it. */
interface BudgetScenarios {

    ClosedStack stack();

    /** The first answer fits, the second one is cut to what is left, and for a third one nothing is left. */
    @Test
    default void tokensOfADayEndAnAnswerAndRefuseTheNextOne() throws Exception {
        var key = key("dora", "--tokens-per-day", "120");

        var fits = create(key, "{\"input\":\"/fast /count 3\",\"max_output_tokens\":20}");
        var first = Json.read(fits.body());
        var second = Json.read(create(key, "{\"input\":\"/fast /count 500\"}").body());
        var refused = create(key, "{\"input\":\"/fast /count 3\"}");

        assertThat(first.path("status").textValue()).isEqualTo("completed");
        assertThat(fits.headers().firstValue("x-ratelimit-limit-tokens")).contains("120");
        assertThat(fits.headers()
                        .firstValueAsLong("x-ratelimit-remaining-tokens")
                        .orElseThrow())
                .isBetween(1L, 100L);
        assertThat(second.path("status").textValue()).isEqualTo("incomplete");
        assertThat(second.at("/incomplete_details/reason").textValue()).isEqualTo("budget_exceeded");
        assertThat(second.path("max_output_tokens").isNull())
                .as("the client's own")
                .isTrue();
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(Json.read(refused.body()).at("/error/code").textValue()).isEqualTo("budget_exceeded");
        assertThat(refused.headers().firstValue("x-ratelimit-limit-tokens")).contains("120");
        assertThat(refused.headers().firstValue("x-should-retry")).contains("false");
        assertThat(refused.headers()
                        .firstValue("retry-after")
                        .map(Integer::parseInt)
                        .orElseThrow())
                .isBetween(1, 86_400);
        assertRefusedOnASocket(key);
        assertUsage(key, first, second);
    }

    @Test
    default void requestsOfAMinuteAreLimited() throws Exception {
        var key = key("emil", "--requests-per-minute", "1");

        // A minute may end between two requests, and then the next two are in one.
        var answers = Stream.of(1, 2, 3)
                .map(_ -> {
                    try {
                        return create(key, "{\"input\":\"/fast hi\"}");
                    } catch (IOException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .filter(answer -> answer.statusCode() == 429)
                .toList();

        assertThat(answers).isNotEmpty().allSatisfy(refused -> {
            assertThat(Json.read(refused.body()).at("/error/code").textValue()).isEqualTo("rate_limit_exceeded");
            assertThat(refused.headers().firstValue("x-ratelimit-limit-requests"))
                    .contains("1");
            assertThat(refused.headers().firstValue("retry-after")).isPresent();
        });
    }

    private void assertRefusedOnASocket(String key) throws Exception {
        var bearer = "rill.bearer." + Base64.getUrlEncoder().withoutPadding().encodeToString(key.getBytes(ISO_8859_1));
        try (var socket = WireSocket.connect(
                stack().client(), stack().local().address("WebSocket"), List.of("rill.v1", bearer))) {
            socket.send("/fast /count 3");
            var error = Json.read(socket.receive());
            assertThat(error.at("/error/code").textValue()).isEqualTo("budget_exceeded");
            assertThat(error.at("/headers/x-ratelimit-limit-tokens").textValue())
                    .isEqualTo("120");
        }
    }

    private void assertUsage(String key, JsonNode first, JsonNode second) throws Exception {
        var usage = usage(key);
        var input = sum("/usage/input_tokens", first, second);
        var output = sum("/usage/output_tokens", first, second);
        assertThat(usage.path("subject").textValue()).isEqualTo("key:dora");
        for (var period : List.of("/day", "/month")) {
            assertThat(usage.at(period + "/requests").longValue()).isEqualTo(2);
            assertThat(usage.at(period + "/input_tokens").longValue()).isEqualTo(input);
            assertThat(usage.at(period + "/output_tokens").longValue()).isEqualTo(output);
        }
        assertThat(usage.at("/reserved_tokens").longValue()).isZero();
        assertThat(OperatorCommand.usage(stack().work(), "--subject", "dora"))
                .containsPattern(
                        "key:dora +" + usage.at("/day/date").textValue() + " +2 +" + input + " +" + output + " ");
        assertThat(OperatorCommand.usage(stack().work())).contains("key:dora ");
        assertThat(usage(stack().firstKey()).path("subject").textValue()).isEqualTo("key:first");
    }

    private String key(String subject, String... options) throws IOException, InterruptedException {
        return stack().operatorKey(subject, options).path("key").textValue();
    }

    private JsonNode usage(String key) throws IOException, InterruptedException {
        return Json.read(
                stack().send(bearer(key, stack().request("/v1/usage")).GET()).body());
    }

    private HttpResponse<String> create(String key, String body) throws IOException, InterruptedException {
        return stack().send(bearer(key, stack().request("/v1/responses"))
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body)));
    }

    private static long sum(String pointer, JsonNode... responses) {
        return Stream.of(responses)
                .mapToLong(response -> response.at(pointer).longValue())
                .sum();
    }
}
