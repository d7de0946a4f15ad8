package dev.rill.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.auth.Authenticator;
import dev.rill.auth.DomainAccess;
import dev.rill.auth.DomainAccess.DirectUrls;
import dev.rill.auth.Origins;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.Retries;
import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Limits;
import dev.rill.streaming.StreamingHandler;
import dev.rill.streaming.StreamingRuntime;
import dev.rill.streaming.testing.FakeRuntimeApi;
import dev.rill.streaming.testing.FunctionUrlEvent;
import dev.rill.streaming.testing.ReceivedResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests through the deployment's domain and past it. Events come from the address 192.0.2.7. */
@Timeout(20)
class DomainTest {

    private static final String SECRET = "s".repeat(43);
    private static final String VIEWER = "198.51.100.7";
    private static final String PEER = "192.0.2.7";
    private static final String APP = "https://app.example.com";

    private final ManualTime time = new ManualTime(FakeRuntimeApi.DEADLINE.minusSeconds(30));
    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final AtomicInteger ids = new AtomicInteger();

    @ParameterizedTest
    @ValueSource(strings = {"", "wrong"})
    void closedDirectUrlRefusesEveryRequest(String shown) throws Exception {
        var routes = routes(DirectUrls.CLOSED);
        for (var event : List.of(
                background(),
                FunctionUrlEvent.get("/v1/models"),
                FunctionUrlEvent.get("/nowhere"),
                FunctionUrlEvent.post("/"))) {
            var refused = send(forged(event).header("x-rill-domain-secret", shown), routes);

            assertThat(prelude(refused).path("statusCode").intValue()).isEqualTo(403);
            var error = body(refused).path("error");
            assertThat(error.path("code").textValue()).isEqualTo("direct_url_closed");
            assertThat(error.path("message").textValue()).contains("DomainUrl");
        }
    }

    @ParameterizedTest
    @EnumSource
    void requestThroughTheDomainIsAnswered(DirectUrls directUrls) throws Exception {
        var answered = send(throughDomain(background()), routes(directUrls));

        assertThat(prelude(answered).path("statusCode").intValue()).isEqualTo(200);
    }

    /** A probe of the function itself needs no secret. */
    @Test
    void healthOfAClosedDirectUrlIsAnswered() throws Exception {
        var answered = send(FunctionUrlEvent.get("/health"), routes(DirectUrls.CLOSED));

        assertThat(prelude(answered).path("statusCode").intValue()).isEqualTo(200);
    }

    @Test
    void placesAreCountedByTheAddressOfTheViewer() throws Exception {
        assertThat(quotaKey(send(throughDomain(background()), routes(DirectUrls.OPEN))))
                .isEqualTo("anonymous " + VIEWER);
    }

    @Test
    void addressThatAClientInventsIsNotCounted() throws Exception {
        var routes = routes(DirectUrls.OPEN);

        assertThat(quotaKey(send(forged(background()), routes))).isEqualTo("anonymous " + PEER);
        assertThat(quotaKey(send(forged(background()).header("x-rill-domain-secret", "wrong"), routes)))
                .isEqualTo("anonymous " + PEER);
    }

    @Test
    void idempotencyKeyBelongsToTheAddressOfTheViewer() throws Exception {
        var routes = routes(DirectUrls.OPEN);

        var first = id(send(throughDomain(background().header("idempotency-key", "k")), routes));
        var repeated = id(send(throughDomain(background().header("idempotency-key", "k")), routes));
        var ofAnother = id(send(
                throughDomain(background().header("idempotency-key", "k"))
                        .header("x-rill-viewer-address", "198.51.100.8"),
                routes));

        assertThat(repeated).isEqualTo(first);
        assertThat(ofAnother).isNotEqualTo(first);
    }

    @Test
    void pageOfTheDomainItselfIsAllowed() throws Exception {
        var routes = routes(DirectUrls.OPEN);

        assertThat(status(throughDomain(background()).header("origin", "https://rill.example.com"), routes))
                .isEqualTo(200);
        assertThat(status(throughDomain(background()).header("origin", APP), routes))
                .isEqualTo(200);
        assertThat(status(throughDomain(background()).header("origin", "https://evil.example"), routes))
                .isEqualTo(403);
        assertThat(status(
                        throughDomain(background()).header("origin", "https://abc.lambda-url.eu-west-1.on.aws"),
                        routes))
                .as("the host of the direct URL")
                .isEqualTo(403);
    }

    @Test
    void hostThatAClientInventsAllowsNoPage() throws Exception {
        var routes = routes(DirectUrls.OPEN);

        assertThat(status(forged(background()).header("origin", "https://rill.example.com"), routes))
                .isEqualTo(403);
        assertThat(status(background().header("origin", "https://abc.lambda-url.eu-west-1.on.aws"), routes))
                .as("the page of the direct URL itself")
                .isEqualTo(200);
    }

    private static FunctionUrlEvent background() {
        return FunctionUrlEvent.post("/v1/responses")
                .header("content-type", "application/json")
                .body("{\"input\":\"hi\",\"background\":true}");
    }

    private static FunctionUrlEvent forged(FunctionUrlEvent event) {
        return event.header("x-rill-viewer-address", VIEWER).header("x-rill-viewer-host", "rill.example.com");
    }

    private static FunctionUrlEvent throughDomain(FunctionUrlEvent event) {
        return forged(event).header("x-rill-domain-secret", SECRET);
    }

    private String quotaKey(ReceivedResponse created) throws Exception {
        return log.find(new ResponseId(id(created)))
                .orElseThrow()
                .owner()
                .quotaKey()
                .value();
    }

    private static String id(ReceivedResponse created) throws Exception {
        return body(created).path("id").asText();
    }

    private static int status(FunctionUrlEvent event, Routes routes) throws Exception {
        return prelude(send(event, routes)).path("statusCode").intValue();
    }

    private Routes routes(DirectUrls directUrls) {
        var chat = TestChats.chat(
                log,
                new InMemoryQuota(time),
                () -> ResponseIds.of(ids.incrementAndGet()),
                time.sleepingBy(time::advance),
                AnswerSettings.of(Duration.ZERO, Retries.NONE, Duration.ZERO),
                _ -> {});
        var policy = new AccessPolicy(
                Authenticator.open(),
                Origins.parse(APP),
                RequestPolicy.UNRESTRICTED,
                Limits.NONE,
                new DomainAccess(directUrls, () -> List.of(SECRET)));
        return TestRoutes.under(
                policy,
                chat,
                ScriptedModel.playing(ScriptedModel.answer("Hello")),
                new RecordingSockets(),
                new InMemoryTaskQueue());
    }

    private static ReceivedResponse send(FunctionUrlEvent event, Routes routes) throws Exception {
        try (var api = FakeRuntimeApi.start()) {
            api.willInvoke("r1", event.bytes());
            api.willStop();
            var handler = new LoggedHandler(StreamingHandler.http(routes));
            new StreamingRuntime(api.environment(), Clock.systemUTC(), _ -> {}).run(_ -> handler);
            return api.response("r1").await();
        }
    }

    private static JsonNode body(ReceivedResponse answered) throws Exception {
        return Json.findObject(answered.body().strip()).orElseThrow();
    }

    private static JsonNode prelude(ReceivedResponse answered) throws Exception {
        return Json.findObject(answered.prelude()).orElseThrow();
    }
}
