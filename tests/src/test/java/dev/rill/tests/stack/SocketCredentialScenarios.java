package dev.rill.tests.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.rill.auth.ApiKeyIssuer;
import dev.rill.auth.LimitOverrides;
import dev.rill.auth.TicketIssuer;
import dev.rill.aws.DynamoApiKeys;
import dev.rill.aws.DynamoTicketWriter;
import dev.rill.chat.socket.Grant;
import dev.rill.testing.oidc.OidcServer;
import dev.rill.tests.Repository;
import dev.rill.tests.scenario.Inbox;
import dev.rill.tests.scenario.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** Tests what clients are answered by the sockets of a stack that takes keys, tickets and the tokens of one issuer. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class AuthenticationTest {

    private static final String TABLE = "CredentialsTable";
    private static final String OUR_PAGE = "https://app.example";
    private static final String FOREIGN_PAGE = "https://evil.example";
    private static final int PATIENCE_SECONDS = 60;

    private final Clock clock = Clock.systemUTC();
    private final SecureRandom random = new SecureRandom();
    private final HttpClient client = HttpClient.newHttpClient();
    private OidcServer issuer;
    private LocalStack stack;
    private DynamoDbClient dynamoDb;
    private DynamoApiKeys keys;

    @BeforeAll
    void start() throws Exception {
        issuer = OidcServer.start();
        stack = LocalStack.start(
                Repository.root().resolve("tests/target/authentication-stack"),
                "--log",
                "info",
                "--environments",
                "2",
                "--parameter",
                "Authentication=keys,oidc",
                "--parameter",
                "OidcIssuers=" + issuer.issuer(),
                "--parameter",
                "OidcAudience=rill",
                "--parameter",
                "AllowedOrigins=" + OUR_PAGE,
                "--allow-origin",
                OUR_PAGE,
                // The local front accepts this origin, so that the refusal is connect-fn's.
                "--allow-origin",
                FOREIGN_PAGE);
        dynamoDb = DynamoDbClient.builder()
                .endpointOverride(stack.address("DynamoDB"))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClient(UrlConnectionHttpClient.create())
                .build();
        keys = new DynamoApiKeys(dynamoDb, TABLE, clock);
    }

    @AfterAll
    void stop() {
        client.shutdownNow();
        dynamoDb.close();
        stack.close();
        issuer.close();
    }

    @Test
    void refusedHandshakeHasTheStatusOfItsReason() throws Exception {
        var key = key("alice");
        var ticket = ticket(key);
        connect(builder -> builder, "?ticket=" + ticket).close();

        assertThat(refusal(builder -> builder, "")).as("no credential").isEqualTo(401);
        assertThat(refusal(bearer("rill_" + "a".repeat(43)), "")).as("unknown").isEqualTo(401);
        assertThat(refusal(builder -> builder, "?ticket=" + ticket)).as("spent").isEqualTo(401);
        assertThat(refusal(builder -> builder, "?token=" + secret(key)))
                .as("in the URL")
                .isEqualTo(400);
        assertThat(refusal(bearer(secret(key)), "?ticket=" + ticket(key)))
                .as("two")
                .isEqualTo(400);
        assertThat(refusal(builder -> builder.subprotocols("rill.bearer." + base64(secret(key))), ""))
                .as("nothing to select")
                .isEqualTo(400);
        assertThat(refusal(builder -> bearer(secret(key)).apply(builder).header("Origin", FOREIGN_PAGE), ""))
                .as("foreign page")
                .isEqualTo(403);
    }

    @Test
    void credentialOfEachKindIsAnswered() throws Exception {
        var key = key("alice");
        var token = token(Instant.now().plus(Duration.ofHours(1)));
        var sockets = Map.of(
                "header", connect(builder -> bearer(secret(key)).apply(builder).header("Origin", OUR_PAGE), ""),
                "token", connect(bearer(token), ""),
                "ticket", connect(builder -> builder, "?ticket=" + ticket(key)),
                "subprotocol", connect(builder -> builder.subprotocols("rill.v1", "rill.bearer." + base64(token)), ""),
                "OpenAI's subprotocol",
                        connect(
                                builder -> builder.subprotocols("realtime", "openai-insecure-api-key." + secret(key)),
                                ""));
        for (var entry : sockets.entrySet()) {
            try (var socket = entry.getValue()) {
                socket.send("{\"type\":\"response.create\",\"input\":\"/fast /count 3\"}");
                assertThat(socket.last("response.completed")).as(entry.getKey()).isNotEmpty();
            }
        }
    }

    @Test
    void tokenIsRenewedOnTheOpenSocket() throws Exception {
        // A function that starts only now could take longer than this token is valid.
        try (var socket = connect(bearer(secret(key("alice"))), "")) {
            socket.send("{\"type\":\"rill:ping\"}");
            socket.last("rill:pong");
        }
        try (var socket = connect(bearer(token(Instant.now().plus(Duration.ofSeconds(28)))), "")) {
            socket.send("{\"type\":\"rill:ping\"}");
            socket.last("rill:authentication_expires");
            var end = Instant.now().plus(Duration.ofHours(1));

            socket.send("{\"type\":\"rill:authenticate\",\"token\":\"" + token(end) + "\"}");

            assertThat(Json.read(socket.last("rill:authenticated"))
                            .path("authenticated_until")
                            .asLong())
                    .isEqualTo(end.getEpochSecond());
            socket.send("{\"type\":\"rill:authenticate\",\"token\":\"" + secret(key("mallory")) + "\"}");
            assertThat(socket.last("error")).contains("\"code\":\"subject_mismatch\"");
        }
    }

    /** message-fn has not read this key before, so its cache does not hold it. */
    @Test
    void socketOfARevokedKeyIsRefusedAndClosed() throws Exception {
        var key = key("alice");
        try (var socket = connect(bearer(secret(key)), "")) {
            keys.revoke(key.record().id());

            socket.send("why is the sky blue?");

            assertThat(socket.last("error")).contains("\"code\":\"invalid_credentials\"");
            assertThat(socket.end()).startsWith("1000 ");
        }
    }

    @Test
    void noLogHoldsACredential() throws Exception {
        var key = key("alice");
        var token = token(Instant.now().plus(Duration.ofHours(1)));
        var ticket = ticket(key);
        connect(bearer(secret(key)), "").close();
        connect(builder -> builder, "?ticket=" + ticket).close();
        refusal(builder -> builder, "?api_key=" + secret(key));
        try (var socket = connect(bearer(token), "")) {
            socket.send("{\"type\":\"rill:authenticate\",\"token\":\"" + token + "\"}");
            socket.last("rill:authenticated");
        }

        stack.logs()
                .forEach((file, text) -> assertThat(text)
                        .as(file.toString())
                        .doesNotContain(secret(key))
                        .doesNotContain(token)
                        .doesNotContain(ticket));
    }

    private ApiKeyIssuer.Issued key(String subject) {
        return new ApiKeyIssuer(keys, random, clock).issue(subject, "laptop", Optional.empty(), LimitOverrides.NONE);
    }

    private static String secret(ApiKeyIssuer.Issued issued) {
        return issued.key().secret();
    }

    private String ticket(ApiKeyIssuer.Issued issued) {
        var key = issued.record();
        var writer = new DynamoTicketWriter(dynamoDb, TABLE);
        return new TicketIssuer(writer, random, clock)
                .issue(new Grant(key.subject(), Optional.of(key.id()), Optional.empty()))
                .ticket()
                .secret();
    }

    private String token(Instant end) {
        return issuer.sign(new JWTClaimsSet.Builder()
                .issuer(issuer.issuer())
                .subject("alice")
                .audience("rill")
                .expirationTime(Date.from(end))
                .build());
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static UnaryOperator<WebSocket.Builder> bearer(String token) {
        return builder -> builder.header("Authorization", "Bearer " + token);
    }

    private URI uri(String query) {
        return URI.create(stack.address("WebSocket") + query);
    }

    private OpenSocket connect(UnaryOperator<WebSocket.Builder> with, String query) throws Exception {
        var inbox = new Inbox();
        var socket = with.apply(client.newWebSocketBuilder())
                .buildAsync(uri(query), new WireSocket.Listener(inbox))
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return new OpenSocket(socket, inbox);
    }

    /** Returns the HTTP status of a refused handshake. */
    private int refusal(UnaryOperator<WebSocket.Builder> with, String query) {
        var failure = catchThrowableOfType(ExecutionException.class, () -> connect(with, query));
        if (failure.getCause() instanceof WebSocketHandshakeException refused) {
            return refused.getResponse().statusCode();
        }
        throw new AssertionError("the handshake was not refused by an HTTP status", failure);
    }

    private record OpenSocket(WebSocket socket, Inbox inbox) implements AutoCloseable {

        void send(String text) throws Exception {
            socket.sendText(text, true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        /** Blocks until a message of this type arrives, and returns it. */
        String last(String type) throws InterruptedException {
            var message = inbox.take();
            while (!Json.read(message).path("type").asText().equals(type)) {
                message = inbox.take();
            }
            return message;
        }

        /** Blocks until the socket is closed, and returns the close code and the reason. */
        String end() throws InterruptedException {
            return inbox.awaitClose();
        }

        @Override
        public void close() {
            socket.abort();
        }
    }
}
