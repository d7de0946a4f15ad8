package dev.rill.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.events.APIGatewayV2WebSocketEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.errorprone.annotations.Immutable;
import dev.rill.auth.ApiKey;
import dev.rill.auth.AuthenticationException;
import dev.rill.auth.Authenticator;
import dev.rill.auth.Credential;
import dev.rill.auth.Origins;
import dev.rill.auth.memory.ClosedDeployment;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.aws.function.AccessPolicySource;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.memory.InMemoryConnections;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.Retries;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Grant;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sockets;
import dev.rill.chat.socket.Subject;
import dev.rill.testing.lambda.TestContext;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A table with one row for each attack by the messages of an open socket, over the real handler; and the renewal. */
class SocketAttackTest {

    private static final ConnectionId SOCKET = new ConnectionId("socket-1");
    private static final Duration HOUR = Duration.ofHours(1);

    /** Every kind of new work. */
    private static final List<String> WORK = List.of(
            "why is the sky blue?",
            "{\"type\":\"response.create\",\"input\":\"hi\",\"event_id\":\"e1\"}",
            "{\"type\":\"response.cancel\",\"response_id\":\"" + ResponseIds.of(1) + "\"}",
            "{\"type\":\"rill:response.resume\",\"response_id\":\"" + ResponseIds.of(1) + "\"}");

    private final ManualTime time = new ManualTime();
    private final ClosedDeployment deployment = new ClosedDeployment(time);
    private final InMemoryConnections connections = new InMemoryConnections(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final ClosingSockets sockets = new ClosingSockets(new RecordingSockets(), new ArrayList<>());
    private AccessPolicySource access = () -> policy(deployment.authenticator());
    private final MessageHandler handler = handler();

    @AfterEach
    void close() {
        deployment.close();
    }

    private static AccessPolicy policy(Authenticator authenticator) {
        return new AccessPolicy(authenticator, Origins.parse("*"));
    }

    /** Opens the socket and changes what is needed for it to be refused. */
    @Immutable
    @FunctionalInterface
    interface Attempt {
        void by(SocketAttackTest test);
    }

    enum Work {
        REVOKED_KEY("invalid_credentials", Closing.YES, SocketAttackTest::connectWithARevokedKey),
        KEY_THAT_THE_TABLE_LACKS("invalid_credentials", Closing.YES, SocketAttackTest::connectWithAnUnknownKey),
        SOCKET_OF_AN_OPEN_DEPLOYMENT("invalid_credentials", Closing.YES, test -> test.connect(Grant.ANONYMOUS)),
        KEY_SUBJECT_WITHOUT_A_KEY(
                "invalid_credentials", Closing.YES, test -> test.connect(Grant.ofSubject(new Subject("key:alice")))),
        TOKEN_AFTER_THE_MODE_WAS_LEFT_OUT(
                "invalid_credentials", Closing.YES, SocketAttackTest::connectAndTakeNoMoreTokens),
        EXPIRED_TOKEN("authentication_expired", Closing.NO, test -> {
            test.connectWithAToken();
            test.time.advance(HOUR);
        }),
        EXPIRED_KEY("authentication_expired", Closing.NO, test -> {
            test.connect(ClosedDeployment.grant(
                    test.deployment.key("alice", Optional.of(test.time.instant().plus(HOUR)))));
            test.time.advance(HOUR);
        }),
        SETTINGS_THAT_CANNOT_BE_READ("authentication_unavailable", Closing.NO, test -> {
            test.connectWithAToken();
            test.access = () -> {
                throw AuthenticationException.unavailable(new IllegalStateException("hush"));
            };
        });

        private final String code;
        private final Closing closing;
        private final Attempt attempt;

        Work(String code, Closing closing, Attempt attempt) {
            this.code = code;
            this.closing = closing;
            this.attempt = attempt;
        }
    }

    /** Whether the socket is closed after the refusal. */
    enum Closing {
        YES,
        NO
    }

    @ParameterizedTest
    @EnumSource
    void newWorkIsRefused(Work work) {
        work.attempt.by(this);

        for (var message : WORK) {
            send(message);
        }

        assertThat(received()).hasSize(WORK.size()).allSatisfy(answer -> {
            assertThat(answer.path("type").asText()).isEqualTo("error");
            assertThat(answer.at("/error/code").asText()).isEqualTo(work.code);
            assertThat(answer.toString()).doesNotContain("hush");
        });
        assertThat(received().get(1).path("event_id").asText()).isEqualTo("e1");
        assertThat(queue.waiting()).isEmpty();
        assertThat(sockets.closed())
                .hasSize(work.closing == Closing.YES ? WORK.size() : 0)
                .allMatch(SOCKET::equals);
    }

    enum Renewal {
        KEY_OF_ANOTHER_USER(
                "subject_mismatch", test -> test.deployment.key("mallory").key().secret()),
        TOKEN_OF_ANOTHER_USER("subject_mismatch", test -> test.deployment.token()),
        REVOKED_KEY_OF_THE_USER("invalid_credentials", test -> {
            var issued = test.deployment.key("alice");
            test.deployment.keys().revoke(issued.record().id());
            return issued.key().secret();
        }),
        UNKNOWN_KEY(
                "invalid_credentials", _ -> ApiKey.random(new SecureRandom()).secret()),
        TICKET_OF_THE_USER(
                "invalid_credentials",
                test -> test.deployment.ticket(ClosedDeployment.grant(test.deployment.key("alice")))),
        EMPTY("invalid_credentials", _ -> ""),
        SCHEME_AND_KEY(
                "invalid_credentials",
                test -> "Bearer " + test.deployment.key("alice").key().secret()),
        LARGE("invalid_credentials", _ -> "x".repeat(20_000));

        private final String code;
        private final TokenSource token;

        Renewal(String code, TokenSource token) {
            this.code = code;
            this.token = token;
        }
    }

    @Immutable
    @FunctionalInterface
    interface TokenSource {
        String by(SocketAttackTest test);
    }

    @ParameterizedTest
    @EnumSource
    void renewalIsRefusedAndTheOldGrantStays(Renewal renewal) {
        var old = ClosedDeployment.grant(deployment.key("alice"));
        connect(old);
        var token = renewal.token.by(this);

        authenticate(token);

        var answer = received().getFirst();
        assertThat(answer.at("/error/code").asText()).isEqualTo(renewal.code);
        assertThat(answer.path("event_id").asText()).isEqualTo("a1");
        if (!token.isEmpty()) {
            assertThat(answer.toString()).doesNotContain(token);
        }
        assertThat(connections.find(SOCKET).map(Connection::grant)).contains(old);
        assertThat(sockets.closed()).isEmpty();
        send("hi");
        assertThat(types()).endsWith("response.created", "response.queued");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",\"token\":null", ",\"token\":7", ",\"token\":{\"a\":1}"})
    void renewalWithoutATextIsRefused(String field) {
        connectWithAToken();

        send("{\"type\":\"rill:authenticate\"" + field + "}");

        assertThat(received().getFirst().at("/error/param").asText()).isEqualTo("token");
    }

    @Test
    void renewalOfAnExpiredConnectionIsRefused() {
        authenticate(deployment.token());

        assertThat(received().getFirst().at("/error/code").asText()).isEqualTo("connection_expired");
        assertThat(connections.find(SOCKET)).isEmpty();
    }

    @Test
    void socketIsRenewedInPlaceAlsoAfterItsEnd() {
        connectWithAToken();
        time.advance(HOUR);
        send("hi");
        assertThat(received().getFirst().at("/error/code").asText()).isEqualTo("authentication_expired");
        var end = time.instant().plus(HOUR).getEpochSecond();

        authenticate(deployment.token());

        var renewed = received().getLast();
        assertThat(renewed.toString())
                .isEqualTo("{\"type\":\"rill:authenticated\",\"authenticated_until\":" + end + ",\"event_id\":\"a1\"}");
        send("hi");
        assertThat(types()).containsExactly("error", "rill:authenticated", "response.created", "response.queued");
        assertThat(received().get(2).path("authenticated_until").asLong()).isEqualTo(end);
        assertThat(connections.find(SOCKET).map(Connection::expiresAt))
                .as("the rest of the connection stays")
                .contains(time.instant().plus(HOUR));
    }

    /** A client need not know whether its deployment is open. */
    @Test
    void openDeploymentRenewsWhateverIsSent() {
        access = () -> AccessPolicy.OPEN;
        connect(Grant.ANONYMOUS);

        authenticate("anything");

        assertThat(received().getFirst().toString()).isEqualTo("{\"type\":\"rill:authenticated\",\"event_id\":\"a1\"}");
        assertThat(connections.find(SOCKET).map(Connection::grant)).contains(Grant.ANONYMOUS);
    }

    @Test
    void createdAndPongSayWhenTheAuthenticationEnds() {
        connectWithAToken();
        var end = time.instant().plus(HOUR).getEpochSecond();

        send("{\"type\":\"rill:ping\"}");
        send("hi");

        assertThat(received().getFirst().toString())
                .isEqualTo("{\"type\":\"rill:pong\",\"authenticated_until\":" + end + "}");
        assertThat(received().get(1).path("type").asText()).isEqualTo("response.created");
        assertThat(received().get(1).path("authenticated_until").asLong()).isEqualTo(end);
        assertThat(received().get(2).has("authenticated_until")).isFalse();
    }

    @Test
    void authenticationWithoutAnEndIsNotTold() {
        connect(ClosedDeployment.grant(deployment.key("alice")));

        send("{\"type\":\"rill:ping\"}");
        send("hi");

        assertThat(received()).hasSize(3).noneMatch(answer -> answer.has("authenticated_until"));
    }

    @Test
    void clientIsToldInTheLast30Seconds() {
        connectWithAToken();
        var end = time.instant().plus(HOUR).truncatedTo(ChronoUnit.SECONDS);
        time.advance(Duration.between(time.instant(), end.minusSeconds(30)).minusMillis(1));
        send("{\"type\":\"rill:ping\"}");
        assertThat(types()).containsExactly("rill:pong");

        time.advance(Duration.ofMillis(1));
        send("{\"type\":\"rill:ping\"}");
        send("hi");

        assertThat(types())
                .containsExactly(
                        "rill:pong",
                        "rill:pong",
                        "rill:authentication_expires",
                        "rill:authentication_expires",
                        "response.created",
                        "response.queued");
        assertThat(received().get(2).toString())
                .isEqualTo("{\"type\":\"rill:authentication_expires\",\"authenticated_until\":" + end.getEpochSecond()
                        + "}");
    }

    @Test
    void expiryOfAKeyIsReadFromTheKey() {
        var issued = deployment.key("alice", Optional.of(time.instant().plus(HOUR)));
        connect(new Grant(issued.record().subject(), Optional.of(issued.record().id()), Optional.empty()));

        send("hi");

        assertThat(received().getFirst().path("authenticated_until").asLong())
                .isEqualTo(time.instant().plus(HOUR).getEpochSecond());
    }

    @Test
    void pingIsAnsweredWhileTheSettingsCannotBeRead() {
        connectWithAToken();
        access = () -> {
            throw AuthenticationException.unavailable(new IllegalStateException("no settings"));
        };

        send("{\"type\":\"rill:ping\",\"event_id\":\"p1\"}");

        assertThat(received().getFirst().toString()).isEqualTo("{\"type\":\"rill:pong\",\"event_id\":\"p1\"}");
    }

    private void connectWithARevokedKey() {
        var issued = deployment.key("alice");
        connect(ClosedDeployment.grant(issued));
        deployment.keys().revoke(issued.record().id());
    }

    private void connectWithAnUnknownKey() {
        var id = ApiKey.random(new SecureRandom()).hash().id();
        connect(new Grant(new Subject("key:alice"), Optional.of(id), Optional.empty()));
    }

    private void connectAndTakeNoMoreTokens() {
        connectWithAToken();
        access = () -> policy(deployment.withoutTokens());
    }

    private void connectWithAToken() {
        try {
            connect(deployment
                    .authenticator()
                    .authenticate(new Credential.Bearer(deployment.token()))
                    .grant());
        } catch (AuthenticationException e) {
            throw new AssertionError(e);
        }
    }

    private void connect(Grant grant) {
        connections.add(new Connection(
                SOCKET,
                grant,
                Subprotocol.RILL_V1,
                time.instant(),
                time.instant().plus(HOUR.multipliedBy(2))));
    }

    private void authenticate(String token) {
        send("{\"type\":\"rill:authenticate\",\"token\":\"" + token + "\",\"event_id\":\"a1\"}");
    }

    private void send(String text) {
        var context = new APIGatewayV2WebSocketEvent.RequestContext();
        context.setConnectionId(SOCKET.value());
        var event = new APIGatewayV2WebSocketEvent();
        event.setRequestContext(context);
        event.setBody(text);
        var answer = handler.handleRequest(event, new TestContext("message-fn", "request-1", Duration.ofSeconds(20)));
        assertThat(answer.getStatusCode()).isEqualTo(200);
    }

    private List<JsonNode> received() {
        return sockets.recording().received(SOCKET).stream()
                .<JsonNode>map(message -> Json.findObject(message).orElseThrow())
                .toList();
    }

    private List<String> types() {
        return received().stream().map(message -> message.path("type").asText()).toList();
    }

    private MessageHandler handler() {
        var answers = AnswerSettings.of(Duration.ZERO, Retries.NONE, Duration.ZERO);
        var intake = TestChats.intake(
                new InMemoryResponseLog(time),
                new InMemoryQuota(time),
                () -> ResponseIds.of(1),
                time,
                answers,
                _ -> {});
        var authentication = new SocketAuthentication(connections, () -> access.policy());
        return new MessageHandler(new Messages(intake, authentication, sockets, queue, time), () -> {});
    }

    /** Remembers which sockets were closed, and goes on sending to them. */
    private record ClosingSockets(RecordingSockets recording, List<ConnectionId> closed) implements Sockets {

        @Override
        public SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck)
                throws InterruptedException {
            return recording.post(connection, message, leaseCheck);
        }

        @Override
        public void close(ConnectionId connection) {
            closed.add(connection);
        }
    }
}
