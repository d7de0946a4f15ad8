package dev.rill.stream;

import static dev.rill.chat.memory.ScriptedModel.accept;
import static dev.rill.chat.memory.ScriptedModel.answer;
import static dev.rill.chat.memory.ScriptedModel.delta;
import static dev.rill.chat.memory.ScriptedModel.stayOpen;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.auth.ApiKey;
import dev.rill.auth.ApiKeyIssuer;
import dev.rill.auth.Authenticator;
import dev.rill.auth.LimitOverrides;
import dev.rill.auth.Origins;
import dev.rill.auth.TicketIssuer;
import dev.rill.auth.memory.InMemoryApiKeys;
import dev.rill.auth.memory.InMemoryTickets;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.chat.memory.InMemoryCurrentResponses;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.quota.Limit;
import dev.rill.chat.quota.Limits;
import dev.rill.streaming.StreamingHandler;
import dev.rill.streaming.StreamingRuntime;
import dev.rill.streaming.testing.FakeRuntimeApi;
import dev.rill.streaming.testing.FunctionUrlEvent;
import dev.rill.streaming.testing.ReceivedResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a client is refused by its limits, and what it is told of its usage. The time is 08:30:00.123 in UTC. */
@Timeout(20)
class UsageTest {

    private final ManualTime time = new ManualTime();
    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryQuota quota = new InMemoryQuota(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final AtomicInteger ids = new AtomicInteger();
    private final InMemoryTickets tickets = new InMemoryTickets(time);
    private final InMemoryApiKeys keys = new InMemoryApiKeys(time);
    private final ApiKeyIssuer issuer = new ApiKeyIssuer(keys, new Random(1), time);
    private final ApiKey alice = key("alice", Map.of());
    private final ApiKey bob = key("bob", Map.of());
    private final List<Signal> signals = new CopyOnWriteArrayList<>();
    private ScriptedModel model = ScriptedModel.playing(answer("Hello"));

    @Test
    void clientThatHasAskedForNothingHasUsedNothing() throws Exception {
        var usage = usage(alice, new Limits(10, 50, 0, 0, 900, 100));

        assertThat(usage)
                .hasToString("{\"object\":\"usage\",\"subject\":\"key:alice\","
                        + "\"day\":{\"date\":\"2026-11-02\",\"requests\":0,\"input_tokens\":0,\"output_tokens\":0,"
                        + "\"cached_tokens\":0,\"reasoning_tokens\":0,\"estimated_input_tokens\":0,"
                        + "\"estimated_output_tokens\":0,\"stops\":0,\"resets_at\":1793664000,\"limit\":null,\"remaining\":null},"
                        + "\"month\":{\"month\":\"2026-11\",\"requests\":0,\"input_tokens\":0,\"output_tokens\":0,"
                        + "\"cached_tokens\":0,\"reasoning_tokens\":0,\"estimated_input_tokens\":0,"
                        + "\"estimated_output_tokens\":0,\"stops\":0,\"resets_at\":1796083200,\"limit\":900,\"remaining\":900},"
                        + "\"reserved_tokens\":0,"
                        + "\"minute\":{\"requests\":0,\"resets_at\":1793608260,\"limit\":null,\"remaining\":null},"
                        + "\"running\":{\"count\":0,\"limit\":10},\"queued\":{\"count\":0,\"limit\":50}}");
        assertThat(quota.accounts()).as("the route writes nothing").isEmpty();
        assertThat(model.requests()).isEmpty();
    }

    @Test
    void usageOfAnAnswerIsBooked() throws Exception {
        var limits = new Limits(10, 50, 100, 1000, 0, 100);
        var answered = body(ask(alice, limits, "{\"input\":\"hi\"}"));

        var usage = usage(alice, limits);

        assertThat(usage.at("/day/requests").longValue()).isEqualTo(1);
        assertThat(usage.at("/day/input_tokens")).isEqualTo(answered.at("/usage/input_tokens"));
        assertThat(usage.at("/day/output_tokens")).isEqualTo(answered.at("/usage/output_tokens"));
        assertThat(usage.at("/day/remaining").longValue())
                .isEqualTo(1000 - answered.at("/usage/total_tokens").longValue());
        assertThat(usage.at("/month/input_tokens")).isEqualTo(usage.at("/day/input_tokens"));
        assertThat(usage.at("/minute/requests").longValue()).isEqualTo(1);
        assertThat(usage.at("/minute/remaining").longValue()).isEqualTo(99);
        assertThat(usage.at("/reserved_tokens").longValue()).isZero();
    }

    @Test
    void waitingResponseIsReservedAndQueued() throws Exception {
        var limits = new Limits(10, 50, 0, 1000, 0, 100);
        ask(alice, limits, "{\"input\":\"hi\",\"background\":true}");

        var usage = usage(alice, limits);

        assertThat(usage.at("/queued/count").longValue()).isEqualTo(1);
        assertThat(usage.at("/reserved_tokens").longValue()).isBetween(101L, 120L);
        assertThat(usage.at("/day/remaining").longValue())
                .isEqualTo(1000 - usage.at("/reserved_tokens").longValue());
        assertThat(usage.at("/day/requests").longValue()).isZero();
    }

    /** The model ignores its ceiling, so Rill's own count ends the answer. */
    @Test
    void answerThatIsStoppedIsBookedAsAnEstimate() throws Exception {
        model = ScriptedModel.playing(accept(delta("many words ".repeat(200)), stayOpen()));
        var limits = new Limits(10, 50, 0, 1000, 0, 100);

        var stopped = body(ask(alice, limits, "{\"input\":\"hi\"}"));

        assertThat(stopped.path("status").textValue()).isEqualTo("incomplete");
        assertThat(stopped.at("/incomplete_details/reason").textValue()).isEqualTo("budget_exceeded");
        var usage = usage(alice, limits);
        assertThat(usage.at("/day/stops").longValue()).isEqualTo(1);
        assertThat(usage.at("/day/requests").longValue()).isEqualTo(1);
        assertThat(usage.at("/day/output_tokens").longValue()).isZero();
        assertThat(usage.at("/day/estimated_output_tokens").longValue()).isBetween(500L, 600L);
    }

    @Test
    void usageOfAnotherSubjectIsNotShown() throws Exception {
        ask(alice, Limits.NONE, "{\"input\":\"hi\"}");

        var usage = usage(bob, Limits.NONE);

        assertThat(usage.path("subject").textValue()).isEqualTo("key:bob");
        assertThat(usage.at("/day/requests").longValue()).isZero();
        assertThat(usage.at("/day/input_tokens").longValue()).isZero();
    }

    @Test
    void keysOfOneSubjectShareItsUsage() throws Exception {
        ask(alice, Limits.NONE, "{\"input\":\"hi\"}");

        var usage = usage(key("alice", Map.of("tokens_per_day", 77L)), Limits.NONE);

        assertThat(usage.at("/day/requests").longValue()).isEqualTo(1);
        assertThat(usage.at("/day/limit").longValue())
                .as("of the key that asks")
                .isEqualTo(77);
    }

    @Test
    void requestBeyondThoseOfAMinuteIsRefused() throws Exception {
        var limits = new Limits(0, 0, 1, 0, 0, 100);
        ask(alice, limits, "{\"input\":\"hi\"}");

        var refused = ask(alice, limits, "{\"input\":\"hi\"}");

        assertError(refused, "rate_limit_exceeded");
        assertThat(header(refused, "retry-after")).isEqualTo("60");
        assertThat(header(refused, "x-ratelimit-limit-requests")).isEqualTo("1");
        assertThat(header(refused, "x-ratelimit-remaining-requests")).isEqualTo("0");
        assertThat(header(refused, "x-ratelimit-reset-requests")).isEqualTo("60s");
        assertThat(header(refused, "cache-control")).isEqualTo("no-store");
        assertThat(model.requests()).hasSize(1);
        assertThat(signals)
                .filteredOn(signal -> signal instanceof Signal.LimitReached)
                .containsExactly(new Signal.LimitReached(ResponseIds.of(ids.get()), Limit.REQUESTS_PER_MINUTE));
        time.advance(Duration.ofMinutes(1));
        assertThat(prelude(ask(alice, limits, "{\"input\":\"hi\"}"), "/statusCode"))
                .isEqualTo("200");
    }

    @Test
    void requestWithoutTokensLeftReachesNoModel() throws Exception {
        var limits = new Limits(0, 0, 0, 0, 9, 100);

        var refused = ask(alice, limits, "{\"input\":\"hi\",\"stream\":true}");

        assertError(refused, "budget_exceeded");
        assertThat(header(refused, "x-should-retry")).isEqualTo("false");
        assertThat(header(refused, "x-ratelimit-limit-tokens")).isEqualTo("9");
        assertThat(model.requests()).isEmpty();
        assertThat(queue.waiting()).isEmpty();
        assertThat(usage(alice, limits).at("/minute/requests").longValue()).isZero();
    }

    @Test
    void limitsOfAKeyReplaceThoseOfTheDeployment() throws Exception {
        var limited = key("alice", Map.of("requests_per_minute", 1L));
        var limits = new Limits(0, 0, 100, 0, 0, 100);
        ask(limited, limits, "{\"input\":\"hi\"}");

        assertError(ask(limited, limits, "{\"input\":\"hi\"}"), "rate_limit_exceeded");
        assertThat(prelude(ask(alice, limits, "{\"input\":\"hi\"}"), "/statusCode"))
                .isEqualTo("200");
    }

    private ApiKey key(String subject, Map<String, Long> limits) {
        return issuer.issue(subject, "test", Optional.empty(), LimitOverrides.of(limits))
                .key();
    }

    private JsonNode usage(ApiKey key, Limits limits) throws Exception {
        return body(send(key, limits, FunctionUrlEvent.get("/v1/usage")));
    }

    private ReceivedResponse ask(ApiKey key, Limits limits, String body) throws Exception {
        return send(
                key,
                limits,
                FunctionUrlEvent.post("/v1/responses")
                        .header("content-type", "application/json")
                        .body(body));
    }

    private ReceivedResponse send(ApiKey key, Limits limits, FunctionUrlEvent event) throws Exception {
        var policy = new AccessPolicy(
                        Authenticator.closed(Optional.of(keys), Optional.empty(), tickets, time), Origins.parse("*"))
                .with(limits);
        var chat = TestChats.chat(
                log,
                quota,
                () -> ResponseIds.of(ids.incrementAndGet()),
                time.sleepingBy(time::advance),
                TestChats.SETTINGS,
                signals::add);
        var routes = new Routes(
                chat,
                new Ports(model, new RecordingSockets(), queue, new InMemoryCurrentResponses(time)),
                new Entrance(() -> policy),
                new TicketIssuer(tickets, new Random(2), time),
                TestPage.page());
        try (var api = FakeRuntimeApi.start()) {
            api.willInvoke(
                    "r1",
                    event.header("authorization", "Bearer " + key.secret()).bytes());
            api.willStop();
            new StreamingRuntime(api.environment(), Clock.systemUTC(), _ -> {}).run(_ -> StreamingHandler.http(routes));
            return api.response("r1").await();
        }
    }

    private static void assertError(ReceivedResponse answered, String code) throws Exception {
        assertThat(prelude(answered, "/statusCode")).isEqualTo("429");
        assertThat(body(answered).at("/error/code").asText()).isEqualTo(code);
        assertThat(body(answered).at("/error/type").asText()).isEqualTo("rate_limit_error");
    }

    private static String header(ReceivedResponse answered, String name) throws Exception {
        return prelude(answered, "/headers/" + name);
    }

    private static JsonNode body(ReceivedResponse answered) throws Exception {
        return Json.findObject(answered.body().strip()).orElseThrow();
    }

    private static String prelude(ReceivedResponse answered, String pointer) throws Exception {
        return Json.findObject(answered.prelude()).orElseThrow().at(pointer).asText();
    }
}
