package dev.rill.connect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.events.APIGatewayV2WebSocketEvent;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2WebSocketResponse;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.Immutable;
import dev.rill.auth.ApiKey;
import dev.rill.auth.AuthenticationException;
import dev.rill.auth.Authenticator;
import dev.rill.auth.DomainAccess;
import dev.rill.auth.DomainAccess.DirectUrls;
import dev.rill.auth.Origins;
import dev.rill.auth.TicketRedeemer;
import dev.rill.auth.memory.ClosedDeployment;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.aws.function.AccessPolicySource;
import dev.rill.chat.memory.InMemoryConnections;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Grant;
import dev.rill.chat.socket.Subject;
import dev.rill.testing.lambda.TestContext;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A table with one row for each attack on a handshake, over the real handler and API Gateway's events. */
class HandshakeAttackTest {

    private static final ConnectionId ID = new ConnectionId("JpZ3kfqPFiACEkg=");
    private static final String OUR_PAGE = "https://app.example";
    /** Of a key without its prefix, and so the least of any secret here. */
    private static final int SECRET_LENGTH = 43;

    private static final Duration HOUR = Duration.ofHours(1);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ManualTime time = new ManualTime();
    private final ClosedDeployment deployment = new ClosedDeployment(time);
    private final InMemoryConnections connections = new InMemoryConnections(time);
    private AccessPolicySource access = () -> policy(deployment.authenticator());

    @AfterEach
    void close() {
        deployment.close();
    }

    private static AccessPolicy policy(Authenticator authenticator) {
        return new AccessPolicy(authenticator, Origins.parse(OUR_PAGE));
    }

    /** What a client sends with its handshake. */
    record Sent(Map<String, List<String>> headers, Map<String, List<String>> query) {

        static Sent bearer(String token) {
            return new Sent(Map.of("Authorization", List.of("Bearer " + token)), Map.of());
        }

        static Sent subprotocols(String offered) {
            return new Sent(Map.of("Sec-WebSocket-Protocol", List.of(offered)), Map.of());
        }

        static Sent query(String name, String value) {
            return new Sent(Map.of(), Map.of(name, List.of(value)));
        }

        static Sent bearerFrom(String token, String header, String... origins) {
            return new Sent(Map.of("Authorization", List.of("Bearer " + token), header, List.of(origins)), Map.of());
        }
    }

    @Immutable
    @FunctionalInterface
    interface Attempt {
        Sent by(HandshakeAttackTest test);
    }

    enum Attack {
        NO_CREDENTIAL(401, "missing_credentials", _ -> new Sent(Map.of(), Map.of())),
        SUBPROTOCOL_WITHOUT_CREDENTIAL(401, "missing_credentials", _ -> Sent.subprotocols("rill.v1")),
        UNKNOWN_KEY(
                401,
                "invalid_credentials",
                _ -> Sent.bearer(ApiKey.random(new SecureRandom()).secret())),
        REVOKED_KEY(401, "invalid_credentials", test -> Sent.bearer(test.revokedKey())),
        EXPIRED_KEY(401, "invalid_credentials", test -> Sent.bearer(test.expiredKey())),
        BASIC(
                401,
                "invalid_credentials",
                test -> new Sent(Map.of("Authorization", List.of("Basic " + test.key())), Map.of())),
        EXPIRED_TOKEN(
                401,
                "invalid_credentials",
                test -> Sent.bearer(test.deployment.token(claims ->
                        claims.expirationTime(Date.from(test.time.instant().minus(HOUR)))))),
        TOKEN_FOR_ANOTHER_SERVICE(
                401,
                "invalid_credentials",
                test -> Sent.bearer(test.deployment.token(claims -> claims.audience("another")))),
        TOKEN_OF_ANOTHER_ISSUER(
                401,
                "invalid_credentials",
                test -> Sent.bearer(test.deployment.token(claims -> claims.issuer("https://evil.example")))),
        UNSIGNED_TOKEN(401, "invalid_credentials", test -> Sent.bearer(test.unsigned())),
        HUNDRED_KILOBYTES(401, "invalid_credentials", _ -> Sent.bearer("x".repeat(100_000))),
        KEY_IN_THE_URL(400, "credentials_in_url", test -> Sent.query("api_key", test.key())),
        TOKEN_IN_THE_URL(400, "credentials_in_url", test -> Sent.query("access_token", test.deployment.token())),
        KEY_AS_A_TICKET(400, "credentials_in_url", test -> Sent.query("ticket", test.key())),
        TWO_HEADERS(
                400,
                "several_credentials",
                test -> new Sent(
                        Map.of("Authorization", List.of("Bearer " + test.key(), "Bearer " + test.key())), Map.of())),
        HEADER_AND_SUBPROTOCOL(
                400,
                "several_credentials",
                test -> new Sent(
                        Map.of(
                                "authorization",
                                List.of("Bearer " + test.key()),
                                "sec-websocket-protocol",
                                List.of("rill.v1, openai-insecure-api-key." + test.key())),
                        Map.of())),
        BEARER_ALONE(400, "subprotocol_required", test -> Sent.subprotocols(bearer(test.key()))),
        BEARER_AS_OPENAI_SENDS_IT_ALONE(
                400, "subprotocol_required", test -> Sent.subprotocols("openai-insecure-api-key." + test.key())),
        TICKET_THAT_IS_INVENTED(401, "invalid_credentials", _ -> Sent.query("ticket", "ticket_" + "a".repeat(43))),
        TICKET_TWICE(401, "invalid_credentials", test -> Sent.query("ticket", test.usedTicket())),
        TICKET_AFTER_A_MINUTE(401, "invalid_credentials", test -> Sent.query("ticket", test.expiredTicket())),
        TICKET_OF_A_REVOKED_KEY(401, "invalid_credentials", test -> Sent.query("ticket", test.ticketOfARevokedKey())),
        PAGE_OF_ANOTHER_ORIGIN(
                403, "origin_not_allowed", test -> Sent.bearerFrom(test.key(), "Origin", "https://evil.example")),
        PAGE_OF_ANOTHER_ORIGIN_WITH_A_TICKET(
                403,
                "origin_not_allowed",
                test -> new Sent(
                        Map.of("origin", List.of("https://evil.example")), Map.of("ticket", List.of(test.ticket())))),
        PAGE_OF_A_SUBDOMAIN(
                403, "origin_not_allowed", test -> Sent.bearerFrom(test.key(), "ORIGIN", "https://x.app.example")),
        PAGE_OF_ANOTHER_PORT(
                403, "origin_not_allowed", test -> Sent.bearerFrom(test.key(), "Origin", OUR_PAGE + ":8443")),
        PAGE_WITHOUT_TLS(
                403, "origin_not_allowed", test -> Sent.bearerFrom(test.key(), "Origin", "http://app.example")),
        SANDBOXED_PAGE(403, "origin_not_allowed", test -> Sent.bearerFrom(test.key(), "Origin", "null")),
        TWO_ORIGINS(
                403,
                "origin_not_allowed",
                test -> Sent.bearerFrom(test.key(), "Origin", OUR_PAGE, "https://evil.example")),
        TWO_ORIGINS_IN_ONE_HEADER(
                403,
                "origin_not_allowed",
                test -> Sent.bearerFrom(test.key(), "Origin", OUR_PAGE + ", https://evil.example"));

        private final int status;
        private final String code;
        private final Attempt attempt;

        Attack(int status, String code, Attempt attempt) {
            this.status = status;
            this.code = code;
            this.attempt = attempt;
        }
    }

    @ParameterizedTest
    @EnumSource
    void attackIsRefusedAndLeavesNoConnection(Attack attack) throws Exception {
        var sent = attack.attempt.by(this);

        var answer = handshake(sent);

        assertRefused(answer, attack.status, attack.code);
        Stream.concat(sent.headers().values().stream(), sent.query().values().stream())
                .flatMap(List::stream)
                .flatMap(value -> Stream.of(value.split("[ ,]")))
                .filter(word -> word.length() >= SECRET_LENGTH)
                .forEach(secret -> assertThat(answer.toString()).doesNotContain(secret));
    }

    @Test
    void ticketIsNotSpentByAForeignPage() throws Exception {
        var ticket = ticket();
        var foreign = new Sent(Map.of("Origin", List.of("https://evil.example")), Map.of("ticket", List.of(ticket)));
        assertThat(handshake(foreign).path("statusCode").asInt()).isEqualTo(403);

        assertThat(handshake(Sent.query("ticket", ticket)).path("statusCode").asInt())
                .isEqualTo(200);
    }

    @Test
    void outageIs503AndNot401() throws Exception {
        var cause = new IllegalStateException("the store hushes");
        TicketRedeemer tickets = _ -> {
            throw cause;
        };
        access = () -> policy(Authenticator.closed(Optional.of(deployment.keys()), Optional.empty(), tickets, time));
        assertRefused(handshake(Sent.query("ticket", ticket())), 503, "authentication_unavailable");

        access = () -> {
            throw AuthenticationException.unavailable(cause);
        };
        var unknown = handshake(Sent.bearer(key()));

        assertRefused(unknown, 503, "authentication_unavailable");
        assertThat(unknown.toString()).doesNotContain("hushes");
    }

    @Test
    void issuerThatWasNeverReachedIs503() throws Exception {
        var token = deployment.token();
        deployment.endIssuer();

        assertRefused(handshake(Sent.bearer(token)), 503, "authentication_unavailable");
    }

    @Test
    void whatTheAttacksVaryIsLetInAndItsGrantIsStored() throws Exception {
        var issued = deployment.key("alice", Optional.of(time.instant().plus(HOUR)));
        var key = issued.key().secret();
        var ofKey = ClosedDeployment.grant(issued);
        assertAccepted(Sent.bearer(key), ofKey);
        assertAccepted(Sent.bearerFrom(key, "Origin", OUR_PAGE), ofKey);
        assertAccepted(Sent.query("ticket", deployment.ticket(ofKey)), ofKey);
        for (var bearer : List.of(bearer(key), "openai-insecure-api-key." + key)) {
            var answer = assertAccepted(Sent.subprotocols("rill.v1, " + bearer), ofKey);
            assertThat(answer.path("headers").toString()).isEqualTo("{\"Sec-WebSocket-Protocol\":\"rill.v1\"}");
        }
        assertAccepted(
                Sent.bearer(deployment.token()),
                new Grant(
                        new Subject(deployment.subjectOfTokens()),
                        Optional.empty(),
                        Optional.of(time.instant().plus(HOUR).truncatedTo(ChronoUnit.SECONDS))));
    }

    @Test
    void openDeploymentLetsInEveryCredentialAsAnonymous() throws Exception {
        access = () -> AccessPolicy.OPEN;

        assertAccepted(new Sent(Map.of("Origin", List.of("https://page.example")), Map.of()), Grant.ANONYMOUS);
        assertAccepted(Sent.bearer("whatever"), Grant.ANONYMOUS);
    }

    @Test
    void handshakeThroughTheDomainKeepsTheViewersAddress() throws Exception {
        access = () -> AccessPolicy.OPEN.with(new DomainAccess(DirectUrls.CLOSED, () -> List.of("secret")));

        assertThat(handshake(viewer("secret")).path("statusCode").asInt()).isEqualTo(200);

        assertThat(connections.find(ID).flatMap(Connection::viewerAddress)).contains("198.51.100.7");
    }

    @Test
    void handshakeAtAClosedDirectUrlIsRefused() throws Exception {
        access = () -> AccessPolicy.OPEN.with(new DomainAccess(DirectUrls.CLOSED, () -> List.of("secret")));

        assertRefused(handshake(viewer("wrong")), 403, "direct_url_closed");
        assertRefused(handshake(Sent.bearer(key())), 403, "direct_url_closed");
    }

    @Test
    void viewerThatAClientInventsIsNotStored() throws Exception {
        access = () -> AccessPolicy.OPEN.with(new DomainAccess(DirectUrls.OPEN, () -> List.of("secret")));

        assertThat(handshake(viewer("wrong")).path("statusCode").asInt()).isEqualTo(200);

        assertThat(connections.find(ID).orElseThrow().viewerAddress()).isEmpty();
    }

    @Test
    void pageOfTheDomainItselfIsLetIn() throws Exception {
        var domain = new DomainAccess(DirectUrls.OPEN, () -> List.of("secret"));
        access = () -> new AccessPolicy(Authenticator.open(), Origins.parse(OUR_PAGE)).with(domain);

        assertThat(handshake(viewer("secret", "https://rill.example.com"))
                        .path("statusCode")
                        .asInt())
                .isEqualTo(200);
        connections.remove(ID);
        assertRefused(handshake(viewer("secret", "https://evil.example")), 403, "origin_not_allowed");
        assertRefused(handshake(viewer("wrong", "https://rill.example.com")), 403, "origin_not_allowed");
    }

    private static Sent viewer(String secret, String... origins) {
        return new Sent(
                Map.of(
                        "x-rill-domain-secret", List.of(secret),
                        "X-Rill-Viewer-Address", List.of("198.51.100.7"),
                        "X-Rill-Viewer-Host", List.of("rill.example.com"),
                        "Origin", List.of(origins)),
                Map.of());
    }

    private void assertRefused(JsonNode answer, int status, String code) throws IOException {
        assertThat(answer.path("statusCode").asInt()).isEqualTo(status);
        var error = JSON.readTree(answer.path("body").asText()).path("error");
        assertThat(error.path("code").asText()).isEqualTo(code);
        assertThat(error.path("message").asText()).isNotBlank();
        assertThat(answer.path("headers").path("WWW-Authenticate").asText()).isEqualTo(status == 401 ? "Bearer" : "");
        assertThat(answer.path("headers").has("Sec-WebSocket-Protocol")).isFalse();
        assertThat(connections.find(ID)).isEmpty();
    }

    private JsonNode assertAccepted(Sent sent, Grant grant) throws IOException {
        var answer = handshake(sent);
        assertThat(answer.path("statusCode").asInt()).isEqualTo(200);
        assertThat(connections.find(ID).map(Connection::grant)).contains(grant);
        connections.remove(ID);
        return answer;
    }

    private JsonNode handshake(Sent sent) throws IOException {
        var event = (ObjectNode) JSON.readTree(LambdaWire.resource("connect.json"));
        var single = (ObjectNode) event.path("headers");
        var multiple = (ObjectNode) event.path("multiValueHeaders");
        for (var headers : List.of(single, multiple)) {
            headers.remove("Origin");
        }
        sent.headers().forEach((name, values) -> {
            if (!values.isEmpty()) {
                single.put(name, values.getLast());
            }
            values.forEach(multiple.putArray(name)::add);
        });
        if (!sent.query().isEmpty()) {
            var query = event.putObject("multiValueQueryStringParameters");
            sent.query().forEach((name, values) -> values.forEach(query.putArray(name)::add));
        }
        var registry = new ConnectionRegistry(connections, Duration.ofHours(3), time);
        var handler = new ConnectHandler(new Handshakes(() -> access.policy(), registry), registry, registry::prime);
        return JSON.readTree(LambdaWire.call(
                handler,
                APIGatewayV2WebSocketEvent.class,
                APIGatewayV2WebSocketResponse.class,
                event.toString(),
                new TestContext("connect-fn", "request-1", Duration.ofSeconds(25))));
    }

    private String key() {
        return deployment.key("alice").key().secret();
    }

    private String revokedKey() {
        var issued = deployment.key("alice");
        deployment.keys().revoke(issued.record().id());
        return issued.key().secret();
    }

    private String expiredKey() {
        var issued = deployment.key("alice", Optional.of(time.instant().plus(HOUR)));
        time.advance(HOUR);
        return issued.key().secret();
    }

    /** The claims of a good token, under {@code alg: none}. */
    private String unsigned() {
        var header = Base64.getUrlEncoder().withoutPadding().encodeToString("{\"alg\":\"none\"}".getBytes(UTF_8));
        return header + "." + deployment.token().split("\\.", -1)[1] + ".";
    }

    private String ticket() {
        return deployment.ticket(ClosedDeployment.grant(deployment.key("alice")));
    }

    private String usedTicket() {
        var ticket = ticket();
        try {
            assertThat(handshake(Sent.query("ticket", ticket))
                            .path("statusCode")
                            .asInt())
                    .isEqualTo(200);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        connections.remove(ID);
        return ticket;
    }

    private String expiredTicket() {
        var ticket = ticket();
        time.advance(Duration.ofMinutes(1));
        return ticket;
    }

    private String ticketOfARevokedKey() {
        var issued = deployment.key("alice");
        var ticket = deployment.ticket(ClosedDeployment.grant(issued));
        deployment.keys().revoke(issued.record().id());
        return ticket;
    }

    private static String bearer(String key) {
        return "rill.bearer." + Base64.getUrlEncoder().withoutPadding().encodeToString(key.getBytes(UTF_8));
    }
}
