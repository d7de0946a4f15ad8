package dev.rill.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.errorprone.annotations.Immutable;
import dev.rill.auth.ApiKey;
import dev.rill.auth.ApiKeyIssuer;
import dev.rill.auth.ApiKeyRecord;
import dev.rill.auth.ApiKeys;
import dev.rill.auth.Authenticator;
import dev.rill.auth.CachedApiKeys;
import dev.rill.auth.Credential;
import dev.rill.auth.LimitOverrides;
import dev.rill.auth.Origins;
import dev.rill.auth.TicketIssuer;
import dev.rill.auth.TicketWriter;
import dev.rill.auth.memory.InMemoryApiKeys;
import dev.rill.auth.memory.InMemoryTickets;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.chat.Chat;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.log.ChatKey;
import dev.rill.chat.log.CurrentResponse;
import dev.rill.chat.log.CurrentResponses;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.memory.InMemoryCurrentResponses;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.Retries;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.socket.Grant;
import dev.rill.chat.socket.Sockets;
import dev.rill.chat.socket.Subject;
import dev.rill.streaming.StreamingHandler;
import dev.rill.streaming.StreamingRuntime;
import dev.rill.streaming.testing.FakeRuntimeApi;
import dev.rill.streaming.testing.FunctionUrlEvent;
import dev.rill.streaming.testing.ReceivedResponse;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Who is let in to which route, and whose responses each route shows. {@link #request} has a request for every route;
 * the compiler demands one for a new route.
 */
@Timeout(20)
class AccessTest {

    private static final String APP = "https://app.example.com";
    private static final String CHAT_PATH = "/api/chat/c%2F1";
    private static final ResponseId UNKNOWN = new ResponseId("resp_" + "f".repeat(32));
    private static final String PRINCIPAL = "arn:aws:iam::123456789012:user/carol";

    private final ManualTime time = new ManualTime(FakeRuntimeApi.DEADLINE.minusSeconds(30));
    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final RecordingSockets sockets = new RecordingSockets();
    private final InMemoryCurrentResponses chats = new InMemoryCurrentResponses(time);
    private final ScriptedModel model = ScriptedModel.playing(ScriptedModel.answer("Hello"));
    private final AtomicInteger ids = new AtomicInteger();
    private final InMemoryTickets tickets = new InMemoryTickets(time);
    private final InMemoryApiKeys keys = new InMemoryApiKeys(time);
    private final ApiKeyIssuer issuer = new ApiKeyIssuer(keys, new Random(1), time);
    private final ApiKey alice = key("alice");
    private final ApiKey bob = key("bob");
    private final Authenticator authenticator =
            Authenticator.closed(Optional.of(keys), Optional.empty(), tickets, time);
    private final Routes routes = new Routes(
            chat(log, new InMemoryQuota(time)),
            new Ports(model, sockets, queue, chats),
            entrance(keys),
            new TicketIssuer(tickets, new Random(2), time),
            TestPage.page());

    /** Adds to a request what a client shows to be let in. */
    @Immutable
    @FunctionalInterface
    interface Showing {
        FunctionUrlEvent add(AccessTest test, FunctionUrlEvent event);
    }

    /** A request that is refused, and how. */
    enum Attempt {
        NOTHING((_, event) -> event, 401, "missing_credentials"),
        UNKNOWN_KEY((_, event) -> bearer(ApiKey.random(new Random(3)), event), 401, "invalid_credentials"),
        REVOKED_KEY(AccessTest::withRevokedKey, 401, "invalid_credentials"),
        OTHER_SCHEME(
                (test, event) -> event.header("Authorization", "Basic " + test.alice.secret()),
                401,
                "invalid_credentials"),
        TICKET(AccessTest::withTicket, 401, "missing_credentials"),
        TWO_KEYS(
                (test, event) ->
                        event.header("authorization", "Bearer " + test.alice.secret() + ",Bearer " + test.bob.secret()),
                400,
                "several_credentials"),
        KEY_IN_THE_URL((test, event) -> event.query("api_key=" + test.alice.secret()), 400, "credentials_in_url"),
        KEY_ESCAPED_IN_THE_URL(
                (test, event) ->
                        event.query("a=1&x=%72ill" + test.alice.secret().substring(4)),
                400,
                "credentials_in_url"),
        FOREIGN_PAGE(
                (test, event) -> bearer(test.alice, event).header("Origin", "https://evil.example"),
                403,
                "origin_not_allowed"),
        FOREIGN_PAGE_WITHOUT_A_KEY((_, event) -> event.header("origin", "null"), 403, "origin_not_allowed");

        private final Showing showing;
        private final int status;
        private final String code;

        Attempt(Showing showing, int status, String code) {
            this.showing = showing;
            this.status = status;
            this.code = code;
        }
    }

    static Stream<Arguments> attempts() {
        return closedRoutes()
                .flatMap(route -> Stream.of(Attempt.values()).map(attempt -> Arguments.of(route, attempt)));
    }

    static Stream<Route> closedRoutes() {
        return Stream.of(Route.values()).filter(route -> !route.isOpen());
    }

    @ParameterizedTest
    @MethodSource("attempts")
    void refusalTouchesNoLogNoQueueAndNoModel(Route route, Attempt attempt) throws Exception {
        var refused = send(attempt.showing.add(this, request(route, UNKNOWN)), untouchedBehind(entrance(keys)));

        assertRefused(refused, attempt.status, attempt.code);
    }

    @Test
    void openRoutesAreHealthAndThePage() {
        assertThat(Route.values())
                .filteredOn(Route::isOpen)
                .containsExactly(Route.HEALTH, Route.PAGE, Route.ASSET, Route.FILE, Route.CONFIG);
    }

    /** A credential is not read either: a probe learns the same with a wrong one, and while their store fails. */
    @ParameterizedTest
    @EnumSource
    void healthNeedsNoCredentialAndTouchesNothing(Attempt attempt) throws Exception {
        var untouched = untouchedBehind(new Entrance(() -> {
            throw new IllegalStateException("the policy was read");
        }));

        for (var path : List.of("/health", "/v1/health")) {
            var answered = send(attempt.showing.add(this, FunctionUrlEvent.get(path)), untouched);
            assertThat(status(answered)).isEqualTo(200);
            assertThat(answered.body()).isEqualTo("{\"status\":\"ok\"}\n");
        }
    }

    @ParameterizedTest
    @EnumSource
    void pageNeedsNoCredentialAndTouchesNothing(Attempt attempt) throws Exception {
        var untouched = untouchedBehind(new Entrance(() -> {
            throw new IllegalStateException("the policy was read");
        }));

        for (var route : List.of(Route.PAGE, Route.ASSET, Route.FILE)) {
            assertThat(status(send(attempt.showing.add(this, request(route, UNKNOWN)), untouched)))
                    .as(route.name())
                    .isEqualTo(200);
        }
    }

    /** The page must know of a deployment how to authenticate before it can. */
    @ParameterizedTest
    @EnumSource
    void configurationOfThePageNeedsNoCredential(Attempt attempt) throws Exception {
        var untouched = untouchedBehind(entrance(untouched(ApiKeys.class)));

        var answered = send(attempt.showing.add(this, request(Route.CONFIG, UNKNOWN)), untouched);

        assertThat(status(answered)).isEqualTo(200);
        assertThat(body(answered).path("authentication").toString()).isEqualTo("[\"keys\"]");
    }

    @Test
    void otherMethodOfThePageNeedsACredential() throws Exception {
        for (var path : List.of("/assets/a.js", "/robots.txt", "/config.json")) {
            assertRefused(send(FunctionUrlEvent.post(path)), 401, "missing_credentials");
            assertRefused(send(bearer(alice, FunctionUrlEvent.post(path))), 405, "method_not_allowed");
        }
    }

    @Test
    void otherMethodOfHealthNeedsACredential() throws Exception {
        assertRefused(send(FunctionUrlEvent.post("/health")), 401, "missing_credentials");
        assertRefused(send(bearer(alice, FunctionUrlEvent.post("/health"))), 405, "method_not_allowed");
    }

    @ParameterizedTest
    @MethodSource("closedRoutes")
    void storeOfKeysThatFailsIsNoRefusal(Route route) throws Exception {
        var failing = untouchedBehind(entrance(untouched(ApiKeys.class)));

        assertRefused(send(bearer(alice, request(route, UNKNOWN)), failing), 503, "authentication_unavailable");
    }

    /** The credential comes first: without one a client does not learn which paths there are. */
    @Test
    void unknownPathNeedsACredentialToo() throws Exception {
        assertRefused(send(FunctionUrlEvent.get("/nowhere")), 401, "missing_credentials");
        assertRefused(send(FunctionUrlEvent.of("PUT", "/v1/responses")), 401, "missing_credentials");
        assertRefused(send(bearer(alice, FunctionUrlEvent.get("/nowhere"))), 404, "not_found");
    }

    @ParameterizedTest
    @EnumSource
    void keyLetsItsSubjectIn(Route route) throws Exception {
        var id = background(alice);

        var answered = send(bearer(alice, request(route, id)).header("origin", APP));

        assertThat(status(answered))
                .isEqualTo(
                        switch (route) {
                            case DELETE -> 409;
                            // Nothing runs in the chat.
                            case UI_STREAM, UI_STOP -> 204;
                            default -> 200;
                        });
    }

    /** Another subject is told the same of a response that exists as of one that does not. */
    @ParameterizedTest
    @EnumSource
    void foreignResponseIsAnUnknownOne(Route route) throws Exception {
        var foreign = background(alice);
        var before = log.find(foreign);

        var ofForeign = variants(route, foreign);
        var ofUnknown = variants(route, UNKNOWN);
        for (int i = 0; i < ofForeign.size(); i++) {
            var answered = send(bearer(bob, ofForeign.get(i)));
            var unknown = send(bearer(bob, ofUnknown.get(i)));
            assertThat(status(answered)).isBetween(400, 404);
            assertThat(answered.body()).isEqualTo(unknown.body());
            assertThat(answered.prelude()).isEqualTo(unknown.prelude());
        }
        assertThat(log.find(foreign)).isEqualTo(before);
    }

    /** The chats of two subjects may have the same id, and tell nothing of each other. */
    @Test
    void foreignChatIsAnUnknownOne() throws Exception {
        var foreign = background(alice);
        var ofAlice = ChatKey.of(new Subject("key:alice"), Optional.empty(), "c/1");
        chats.put(
                ofAlice,
                new CurrentResponse(foreign, Optional.empty()),
                time.instant().plusSeconds(99));
        var before = log.find(foreign);

        for (var route : List.of(Route.UI_STREAM, Route.UI_STOP)) {
            assertThat(status(send(bearer(bob, request(route, foreign))))).isEqualTo(204);
            assertThat(log.find(foreign)).isEqualTo(before);
        }
        assertThat(status(send(bearer(alice, request(Route.UI_STOP, foreign))))).isEqualTo(204);
        assertThat(log.find(foreign).orElseThrow().status().ended()).isTrue();
    }

    @Test
    void sameIdempotencyKeyOfTwoSubjectsIsTwoResponses() throws Exception {
        var event = json("{\"input\":\"hi\"}").header("idempotency-key", "k");

        var first = send(bearer(alice, event));
        var second = send(bearer(bob, json("{\"input\":\"hi\"}").header("idempotency-key", "k")));

        assertThat(body(first).path("id")).isNotEqualTo(body(second).path("id"));
    }

    @Test
    void responseBelongsToTheSubjectOfTheKey() throws Exception {
        var owner = log.find(background(alice)).orElseThrow().owner();

        assertThat(owner.subject().value()).isEqualTo("key:alice");
        assertThat(owner.quotaKey().value()).isEqualTo("key:alice");
    }

    @Test
    void revokedKeyIsRefusedAfterHalfAMinute() throws Exception {
        var cached = new Routes(
                chat(log, new InMemoryQuota(time)),
                new Ports(model, sockets, queue, chats),
                entrance(new CachedApiKeys(keys, time, 10)),
                new TicketIssuer(tickets, new Random(2), time),
                TestPage.page());
        var path = "/v1/responses/" + background(alice);
        assertThat(status(send(bearer(alice, FunctionUrlEvent.get(path)), cached)))
                .isEqualTo(200);
        keys.revoke(record(alice).id());

        time.advance(CachedApiKeys.MAX_AGE.minusMillis(1));
        assertThat(status(send(bearer(alice, FunctionUrlEvent.get(path)), cached)))
                .isEqualTo(200);
        time.advance(Duration.ofMillis(1));
        assertRefused(send(bearer(alice, FunctionUrlEvent.get(path)), cached), 401, "invalid_credentials");
    }

    @Test
    void principalOfIamIsASubject() throws Exception {
        var created = send(signed(json("{\"input\":\"hi\",\"background\":true}")));

        var id = new ResponseId(body(created).path("id").textValue());
        assertThat(log.find(id).orElseThrow().owner().subject().value()).isEqualTo("iam:" + PRINCIPAL);
        assertThat(status(send(signed(FunctionUrlEvent.get("/v1/responses/" + id)))))
                .isEqualTo(200);
        assertRefused(send(bearer(alice, FunctionUrlEvent.get("/v1/responses/" + id))), 404, "not_found");
        assertRefused(
                send(signed(FunctionUrlEvent.get("/v1/responses/" + id)).header("origin", "https://evil.example")),
                403,
                "origin_not_allowed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"iam\":{}}", "{\"iam\":{\"userArn\":null}}", "{\"iam\":null}", "{\"jwt\":{}}"})
    void authorizerWithoutAPrincipalLetsNothingIn(String authorizer) throws Exception {
        assertRefused(
                send(FunctionUrlEvent.get("/v1/responses/" + UNKNOWN).authorizer(authorizer)),
                401,
                "missing_credentials");
    }

    @Test
    void ticketIsGoodForOneHandshakeOfItsSubject() throws Exception {
        var json = body(send(bearer(alice, FunctionUrlEvent.post("/v1/tickets"))));

        assertThat(json.path("object").textValue()).isEqualTo("ticket");
        assertThat(json.path("expires_at").longValue())
                .isEqualTo(time.instant().plus(TicketIssuer.LIFE).getEpochSecond());
        var credential = new Credential.TicketCredential(json.path("ticket").textValue());
        var authentication = authenticator.authenticate(credential);
        assertThat(authentication.subject().value()).isEqualTo("key:alice");
        assertThat(authentication.keyId()).contains(record(alice).id());
    }

    @Test
    void storeOfTicketsThatFailsIsUnavailable() throws Exception {
        var failing = new Routes(
                chat(log, new InMemoryQuota(time)),
                new Ports(model, sockets, queue, chats),
                entrance(keys),
                new TicketIssuer(untouched(TicketWriter.class), new Random(2), time),
                TestPage.page());

        assertRefused(
                send(bearer(alice, FunctionUrlEvent.post("/v1/tickets")), failing), 503, "authentication_unavailable");
    }

    /** A request for each route; the response is the one that it reads, changes or continues. */
    private static FunctionUrlEvent request(Route route, ResponseId id) {
        return switch (route) {
            case TEXT -> FunctionUrlEvent.post("/").body("why?");
            case CREATE -> json("{\"input\":\"hi\"}");
            case RETRIEVE -> FunctionUrlEvent.get("/v1/responses/" + id);
            case DELETE -> FunctionUrlEvent.of("DELETE", "/v1/responses/" + id);
            case CANCEL -> FunctionUrlEvent.post("/v1/responses/" + id + "/cancel");
            case INPUT_ITEMS -> FunctionUrlEvent.get("/v1/responses/" + id + "/input_items");
            case COMPACT -> json("/v1/responses/compact", "{\"input\":\"hi\",\"model\":\"default-model\"}");
            case INPUT_TOKENS -> json("/v1/responses/input_tokens", "{\"input\":\"hi\"}");
            case CHAT ->
                FunctionUrlEvent.post("/v1/chat/completions")
                        .header("content-type", "application/json")
                        .body("{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
            case UI_CHAT -> ui("");
            case UI_STREAM -> FunctionUrlEvent.get(CHAT_PATH + "/stream");
            case UI_STOP -> FunctionUrlEvent.post(CHAT_PATH + "/stop");
            case MODELS -> FunctionUrlEvent.get("/v1/models");
            case MODEL -> FunctionUrlEvent.get("/v1/models/default-model");
            case TICKET -> FunctionUrlEvent.post("/v1/tickets");
            case USAGE -> FunctionUrlEvent.get("/v1/usage");
            case HEALTH -> FunctionUrlEvent.get("/health");
            case PAGE -> FunctionUrlEvent.get("/").header("accept", "text/html");
            case ASSET -> FunctionUrlEvent.get(TestPage.ASSET);
            case FILE -> FunctionUrlEvent.get(TestPage.ICON);
            case CONFIG -> FunctionUrlEvent.get("/config.json");
        };
    }

    /** All ways in which a route takes the id of a response. */
    private static List<FunctionUrlEvent> variants(Route route, ResponseId id) {
        return switch (route) {
            case TEXT, CHAT, UI_CHAT, UI_STREAM, UI_STOP, MODELS, MODEL, TICKET, USAGE -> List.of();
            case HEALTH, PAGE, ASSET, FILE, CONFIG -> List.of();
            case CREATE ->
                List.of(
                        json("{\"input\":\"hi\",\"previous_response_id\":\"" + id + "\"}"),
                        json("{\"input\":\"hi\",\"stream\":true,\"previous_response_id\":\"" + id + "\"}"),
                        json("{\"input\":\"hi\",\"background\":true,\"previous_response_id\":\"" + id + "\"}"));
            case RETRIEVE ->
                List.of(
                        request(route, id),
                        request(route, id).query("stream=true"),
                        request(route, id).query("stream=true&starting_after=0"));
            case INPUT_ITEMS -> List.of(request(route, id), request(route, id).query("limit=1&order=asc"));
            case COMPACT, INPUT_TOKENS ->
                List.of(
                        json(path(route), "{\"model\":\"default-model\",\"previous_response_id\":\"" + id + "\"}"),
                        json(
                                path(route),
                                "{\"input\":\"hi\",\"model\":\"default-model\",\"previous_response_id\":\"" + id
                                        + "\"}"));
            case DELETE, CANCEL -> List.of(request(route, id));
        };
    }

    private static FunctionUrlEvent withRevokedKey(AccessTest test, FunctionUrlEvent event) {
        var key = test.key("mallory");
        test.keys.revoke(test.record(key).id());
        return bearer(key, event);
    }

    private static FunctionUrlEvent withTicket(AccessTest test, FunctionUrlEvent event) {
        var issued = new TicketIssuer(test.tickets, new Random(4), test.time).issue(Grant.ANONYMOUS);
        return event.query("ticket=" + issued.ticket().secret());
    }

    private static FunctionUrlEvent bearer(ApiKey key, FunctionUrlEvent event) {
        return event.header("authorization", "Bearer " + key.secret());
    }

    private static FunctionUrlEvent signed(FunctionUrlEvent event) {
        return event.header("authorization", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c")
                .authorizer("{\"iam\":{\"accountId\":\"123456789012\",\"userArn\":\"" + PRINCIPAL + "\"}}");
    }

    private ApiKey key(String subject) {
        return issuer.issue(subject, "test", Optional.empty(), LimitOverrides.NONE)
                .key();
    }

    private ApiKeyRecord record(ApiKey key) {
        return keys.findByHash(key.hash()).orElseThrow();
    }

    private Routes untouchedBehind(Entrance entrance) {
        return new Routes(
                chat(untouched(ResponseLog.class), untouched(Quota.class)),
                new Ports(
                        untouched(Model.class),
                        untouched(Sockets.class),
                        untouched(TaskQueue.class),
                        untouched(CurrentResponses.class)),
                entrance,
                new TicketIssuer(untouched(TicketWriter.class), new Random(2), time),
                TestPage.page());
    }

    private Entrance entrance(ApiKeys store) {
        var policy = new AccessPolicy(
                Authenticator.closed(Optional.of(store), Optional.empty(), tickets, time), Origins.parse(APP));
        return new Entrance(() -> policy);
    }

    private Chat chat(ResponseLog responses, Quota quota) {
        return TestChats.chat(
                responses,
                quota,
                () -> ResponseIds.of(ids.incrementAndGet()),
                time.sleepingBy(time::advance),
                AnswerSettings.of(Duration.ZERO, Retries.NONE, Duration.ZERO),
                _ -> {});
    }

    private static <T> T untouched(Class<T> port) {
        return port.cast(Proxy.newProxyInstance(port.getClassLoader(), new Class<?>[] {port}, (_, method, _) -> {
            throw new IllegalStateException(port.getSimpleName() + "." + method.getName() + " was called");
        }));
    }

    private static String path(Route route) {
        return route == Route.COMPACT ? "/v1/responses/compact" : "/v1/responses/input_tokens";
    }

    /** A message of the chat with the id {@code c/1}. */
    private static FunctionUrlEvent ui(String more) {
        return FunctionUrlEvent.post("/api/chat")
                .header("content-type", "application/json")
                .body(
                        "{\"id\":\"c/1\",\"messages\":[{\"id\":\"m1\",\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"text\":\"hi\"}]}]"
                                + more + "}");
    }

    private static FunctionUrlEvent json(String body) {
        return json("/v1/responses", body);
    }

    private static FunctionUrlEvent json(String path, String body) {
        return FunctionUrlEvent.post(path)
                .header("content-type", "application/json")
                .body(body);
    }

    /** A response that waits for a worker. */
    private ResponseId background(ApiKey key) throws Exception {
        var created = send(bearer(key, json("{\"input\":\"hi\",\"background\":true}")));
        return new ResponseId(body(created).path("id").textValue());
    }

    private ReceivedResponse send(FunctionUrlEvent event) throws Exception {
        return send(event, routes);
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

    private static void assertRefused(ReceivedResponse answered, int status, String code) throws Exception {
        assertThat(status(answered)).isEqualTo(status);
        if (prelude(answered).at("/headers/content-type").asText().startsWith("text/plain")) {
            assertThat(answered.body()).isNotBlank().doesNotStartWith("{");
        } else {
            assertThat(body(answered).at("/error/code").asText()).isEqualTo(code);
        }
        assertThat(prelude(answered).at("/headers/www-authenticate").asText()).isEqualTo(status == 401 ? "Bearer" : "");
        assertThat(prelude(answered).at("/headers/cache-control").asText()).isEqualTo("no-store");
        assertThat(prelude(answered).at("/headers/x-request-id").asText()).isEqualTo("r1");
    }

    private static int status(ReceivedResponse answered) throws Exception {
        return prelude(answered).path("statusCode").intValue();
    }

    private static JsonNode body(ReceivedResponse answered) throws Exception {
        return Json.findObject(answered.body().strip()).orElseThrow();
    }

    private static JsonNode prelude(ReceivedResponse answered) throws Exception {
        return Json.findObject(answered.prelude()).orElseThrow();
    }
}
