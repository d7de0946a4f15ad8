package dev.rill.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.auth.ApiKeyIssuer;
import dev.rill.auth.Authenticator;
import dev.rill.auth.LimitOverrides;
import dev.rill.auth.Origins;
import dev.rill.auth.memory.InMemoryApiKeys;
import dev.rill.auth.memory.InMemoryTickets;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.aws.function.AccessPolicySource;
import dev.rill.chat.Intake;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.log.ResponseLog;
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
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Connections;
import dev.rill.chat.socket.Grant;
import dev.rill.chat.socket.Subject;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessagesTest {

    private static final ConnectionId SOCKET = new ConnectionId("socket-1");
    private static final Optional<String> ADDRESS = Optional.of("192.0.2.1");
    private static final ResponseId ID = ResponseIds.of(1);
    private static final Subject ALICE = new Subject("alice");

    private final ManualTime time = new ManualTime();
    private final InMemoryConnections connections = new InMemoryConnections(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final RecordingSockets sockets = new RecordingSockets();
    private final Intake intake = intake(new InMemoryResponseLog(time));
    private final Messages messages =
            messages(intake, connections, () -> AccessPolicy.OPEN.with(Limits.ofPlaces(10, 2)));

    @BeforeEach
    void connect() {
        connections.add(new Connection(
                SOCKET,
                Grant.ofSubject(ALICE),
                Subprotocol.OTHER,
                time.instant(),
                time.instant().plus(Duration.ofHours(2))));
    }

    @Test
    void textIsQueuedAsAPromptOfTheConnectionsSubject() throws Exception {
        messages.receive(SOCKET, ADDRESS, "why is the sky blue?");
        assertThat(types()).containsExactly("response.created", "response.queued");
        assertThat(queue.poll()).contains(new Task(ID, new QuotaKey("alice"), Task.Kind.ANSWER, 10));
    }

    /** Behind the domain every socket comes from the distribution's address. */
    @Test
    void eventIdBelongsToTheAddressOfTheViewer() throws Exception {
        var create = "{\"type\":\"response.create\",\"input\":\"hi\",\"event_id\":\"e1\"}";
        var first = anonymousSocket("socket-2", "198.51.100.7");
        var again = anonymousSocket("socket-3", "198.51.100.7");
        var another = anonymousSocket("socket-4", "198.51.100.8");

        messages.receive(first, ADDRESS, create);
        messages(intake(new InMemoryResponseLog(time)), connections, () -> AccessPolicy.OPEN)
                .receive(again, Optional.of("192.0.2.2"), create);
        messages.receive(another, ADDRESS, create);

        assertThat(createdId(again)).isEqualTo(createdId(first));
        assertThat(createdId(another)).isNotEqualTo(createdId(first));
    }

    private ConnectionId anonymousSocket(String id, String viewerAddress) {
        var socket = new ConnectionId(id);
        connections.add(new Connection(
                socket,
                Grant.ANONYMOUS,
                Subprotocol.OTHER,
                Optional.of(viewerAddress),
                time.instant(),
                time.instant().plus(Duration.ofHours(2))));
        return socket;
    }

    private String createdId(ConnectionId socket) {
        return Json.findObject(sockets.received(socket).getFirst())
                .orElseThrow()
                .at("/response/id")
                .asText();
    }

    @Test
    void pingIsAnsweredByPong() throws Exception {
        messages.receive(SOCKET, ADDRESS, "{\"type\":\"rill:ping\",\"event_id\":\"p1\"}");
        assertThat(sockets.received(SOCKET)).containsExactly("{\"type\":\"rill:pong\",\"event_id\":\"p1\"}");
    }

    @Test
    void socketStaysUsableAfterARefusedMessage() throws Exception {
        messages.receive(SOCKET, ADDRESS, "{\"type\":\"response.create\"}");
        messages.receive(SOCKET, ADDRESS, "still there?");
        assertThat(types()).containsExactly("error", "response.created", "response.queued");
    }

    @Test
    void promptOnAnExpiredConnectionIsRefused() throws Exception {
        time.advance(Duration.ofHours(3));
        messages.receive(SOCKET, ADDRESS, "hello");
        assertThat(sockets.received(SOCKET)).hasSize(1).first().asString().contains("\"code\":\"connection_expired\"");
        assertThat(queue.waiting()).isEmpty();
    }

    @Test
    void failureIsAnErrorEventWithTheMessagesEventId() throws Exception {
        var table = (Connections) Proxy.newProxyInstance(
                Connections.class.getClassLoader(), new Class<?>[] {Connections.class}, (_, _, _) -> {
                    throw new IllegalStateException("no table");
                });
        var broken = messages(intake, table, () -> AccessPolicy.OPEN);
        broken.receive(SOCKET, ADDRESS, "{\"type\":\"response.create\",\"input\":\"hi\",\"event_id\":\"e1\"}");
        assertThat(sockets.received(SOCKET))
                .hasSize(1)
                .first()
                .asString()
                .contains("\"code\":\"server_error\"")
                .contains("\"event_id\":\"e1\"")
                .doesNotContain("no table");
    }

    @ParameterizedTest
    @ValueSource(strings = {"group#anonymous", "resp_rehearsal", "resp_1", "resp_0123456789abcdef0123456789abcdeF"})
    void malformedResponseIdIsNotLookedUp(String id) throws Exception {
        var log = (ResponseLog) Proxy.newProxyInstance(
                ResponseLog.class.getClassLoader(), new Class<?>[] {ResponseLog.class}, (_, _, _) -> {
                    throw new IllegalStateException("the log was read");
                });
        var asking = messages(intake(log), connections, () -> AccessPolicy.OPEN);
        for (var type : List.of("response.cancel", "rill:response.resume")) {
            asking.receive(SOCKET, ADDRESS, "{\"type\":\"" + type + "\",\"response_id\":\"" + id + "\"}");
            assertThat(sockets.received(SOCKET).getLast())
                    .contains("\"status\":404")
                    .contains("\"code\":\"not_found\"");
        }
        asking.receive(
                SOCKET,
                ADDRESS,
                "{\"type\":\"response.create\",\"input\":\"hi\",\"previous_response_id\":\"" + id + "\"}");
        assertThat(sockets.received(SOCKET).getLast()).contains("\"code\":\"previous_response_not_found\"");
    }

    @Test
    void numberWithAHugeExponentIsRefused() throws Exception {
        messages.receive(SOCKET, ADDRESS, "{\"type\":\"response.create\",\"input\":\"x\",\"zz\":1e99999999999}");
        assertThat(sockets.received(SOCKET))
                .hasSize(1)
                .first()
                .asString()
                .contains("\"code\":\"invalid_json\"")
                .doesNotContain("99999");
    }

    @Test
    void queuedResponseIsCancelled() throws Exception {
        messages.receive(SOCKET, ADDRESS, "hello");
        messages.receive(SOCKET, ADDRESS, "{\"type\":\"response.cancel\",\"response_id\":\"" + ID + "\"}");
        assertThat(types()).containsExactly("response.created", "response.queued", "response.incomplete");
    }

    @Test
    void cancelOfAnEndedResponseSendsItsTerminalEvent() throws Exception {
        messages.receive(SOCKET, ADDRESS, "hello");
        messages.receive(SOCKET, ADDRESS, "{\"type\":\"response.cancel\",\"response_id\":\"" + ID + "\"}");
        time.advance(Duration.ofMinutes(1));
        messages.receive(SOCKET, ADDRESS, "{\"type\":\"response.cancel\",\"response_id\":\"" + ID + "\"}");
        assertThat(types()).endsWith("response.incomplete", "response.incomplete");
    }

    @Test
    void resumedSocketIsSentTheMissedEvents() throws Exception {
        messages.receive(SOCKET, ADDRESS, "hello");
        messages.receive(SOCKET, ADDRESS, "{\"type\":\"response.cancel\",\"response_id\":\"" + ID + "\"}");
        messages.receive(
                SOCKET,
                ADDRESS,
                "{\"type\":\"rill:response.resume\",\"response_id\":\"" + ID + "\",\"starting_after\":0}");
        assertThat(types()).endsWith("response.queued", "response.incomplete");
    }

    @Test
    void eventsAndErrorsRepeatTheStreamId() throws Exception {
        var create = "{\"type\":\"response.create\",\"input\":\"hi\",\"stream_id\":\"a\"%s}";
        messages.receive(SOCKET, ADDRESS, create.formatted(""));
        messages.receive(SOCKET, ADDRESS, create.formatted(",\"previous_response_id\":\"resp_0\""));
        messages.receive(SOCKET, ADDRESS, create.formatted(",\"stream\":false"));
        messages.receive(SOCKET, ADDRESS, "{\"type\":\"response.cancel\",\"response_id\":\"" + ID + "\"}");
        time.advance(Duration.ofMinutes(1));
        messages.receive(SOCKET, ADDRESS, "{\"type\":\"response.cancel\",\"response_id\":\"" + ID + "\"}");

        assertThat(types())
                .containsExactly(
                        "response.created",
                        "response.queued",
                        "error",
                        "error",
                        "response.incomplete",
                        "response.incomplete");
        assertThat(sockets.received(SOCKET))
                .allSatisfy(message -> assertThat(streamId(message)).isEqualTo("a"));
        assertThat(sockets.received(SOCKET).getFirst()).doesNotContain("\"response\":{\"stream_id");
    }

    @Test
    void resumeNamesAStreamIdOfItsOwn() throws Exception {
        messages.receive(SOCKET, ADDRESS, "{\"type\":\"response.create\",\"input\":\"hi\",\"stream_id\":\"a\"}");
        var resume = "{\"type\":\"rill:response.resume\",\"response_id\":\"" + ID + "\",\"starting_after\":1%s}";
        messages.receive(SOCKET, ADDRESS, resume.formatted(",\"stream_id\":\"b\""));
        messages.receive(SOCKET, ADDRESS, "{\"type\":\"response.cancel\",\"response_id\":\"" + ID + "\"}");
        assertThat(streamId(sockets.received(SOCKET).getLast())).isEqualTo("b");

        messages.receive(SOCKET, ADDRESS, resume.formatted(",\"stream_id\":\"c\""));
        assertThat(streamId(sockets.received(SOCKET).getLast())).isEqualTo("c");
        messages.receive(SOCKET, ADDRESS, resume.formatted(""));
        assertThat(types()).endsWith("response.incomplete", "response.incomplete");
        assertThat(sockets.received(SOCKET).getLast()).doesNotContain("stream_id");
    }

    private static String streamId(String message) {
        return Json.findObject(message).orElseThrow().path("stream_id").asText();
    }

    @Test
    void responseOfAnotherSubjectIsNotFound() throws Exception {
        messages.receive(SOCKET, ADDRESS, "hello");
        var eve = new ConnectionId("socket-2");
        connections.add(new Connection(
                eve,
                Grant.ofSubject(new Subject("eve")),
                Subprotocol.OTHER,
                time.instant(),
                time.instant().plus(Duration.ofHours(2))));
        for (var type : List.of("response.cancel", "rill:response.resume")) {
            messages.receive(
                    eve, ADDRESS, "{\"type\":\"" + type + "\",\"response_id\":\"" + ID + "\",\"event_id\":\"e1\"}");
            assertThat(sockets.received(eve).getLast())
                    .contains("\"code\":\"not_found\"")
                    .contains("\"event_id\":\"e1\"");
        }
    }

    @Test
    void repeatedEventIdFindsTheExistingResponse() throws Exception {
        for (int i = 0; i < 3; i++) {
            messages.receive(SOCKET, ADDRESS, "{\"type\":\"response.create\",\"input\":\"hi\",\"event_id\":\"e1\"}");
        }
        assertThat(types()).startsWith("response.created", "response.queued").doesNotContain("error");
        assertThat(queue.waiting().stream()
                        .map(task -> task.task().responseId())
                        .distinct())
                .hasSize(1);
    }

    @Test
    void sameEventIdFromTwoAddressesMakesTwoResponses() throws Exception {
        var message = "{\"type\":\"response.create\",\"input\":\"hi\",\"event_id\":\"evt_1\"}";
        var first = new ConnectionId("first");
        var again = new ConnectionId("again");
        var other = new ConnectionId("other");
        for (var socket : List.of(first, again, other)) {
            connections.add(new Connection(
                    socket,
                    Grant.ANONYMOUS,
                    Subprotocol.OTHER,
                    time.instant(),
                    time.instant().plus(Duration.ofHours(2))));
        }
        messages.receive(first, Optional.of("192.0.2.1"), message);
        messages.receive(again, Optional.of("192.0.2.1"), message);
        messages.receive(other, Optional.of("192.0.2.2"), message);
        assertThat(sockets.received(again)).isEmpty();
        assertThat(sockets.received(other).getFirst())
                .isNotEqualTo(sockets.received(first).getFirst());
        assertThat(queue.waiting().stream()
                        .map(task -> task.task().responseId())
                        .distinct())
                .hasSize(2);
    }

    @Test
    void subjectWithTooManyQueuedResponsesIsRefused() throws Exception {
        for (int i = 0; i < 3; i++) {
            messages.receive(
                    SOCKET, ADDRESS, "{\"type\":\"response.create\",\"input\":\"hi\",\"event_id\":\"e" + i + "\"}");
        }
        assertThat(sockets.received(SOCKET).getLast())
                .contains("\"status\":429", "\"code\":\"too_many_requests\"", "\"event_id\":\"e2\"");
        assertThat(queue.waiting()).as("two answer tasks and their watchdogs").hasSize(4);
    }

    @Test
    void requestBeyondThoseOfAMinuteIsRefused() throws Exception {
        var limited = messages(intake, connections, () -> AccessPolicy.OPEN.with(new Limits(0, 0, 1, 0, 0, 100)));
        limited.receive(SOCKET, ADDRESS, "hello");
        limited.receive(SOCKET, ADDRESS, "{\"type\":\"response.create\",\"input\":\"hi\",\"event_id\":\"e1\"}");

        var refused = Json.findObject(sockets.received(SOCKET).getLast()).orElseThrow();
        assertThat(refused.path("status").intValue()).isEqualTo(429);
        assertThat(refused.path("event_id").textValue()).isEqualTo("e1");
        assertThat(refused.at("/error/code").textValue()).isEqualTo("rate_limit_exceeded");
        assertThat(refused.at("/error/type").textValue()).isEqualTo("rate_limit_error");
        assertThat(refused.path("headers"))
                .hasToString("{\"x-ratelimit-limit-requests\":\"1\",\"x-ratelimit-remaining-requests\":\"0\","
                        + "\"x-ratelimit-reset-requests\":\"60s\",\"retry-after\":\"60\"}");
        assertThat(queue.waiting())
                .as("the task of the first, and its watchdog")
                .hasSize(2);

        time.advance(Duration.ofMinutes(1));
        limited.receive(SOCKET, ADDRESS, "{\"type\":\"response.create\",\"input\":\"hi\",\"event_id\":\"e2\"}");
        assertThat(types()).endsWith("error", "response.created", "response.queued");
    }

    @Test
    void requestWithoutTokensLeftIsNotQueued() throws Exception {
        var limited = messages(intake, connections, () -> AccessPolicy.OPEN.with(new Limits(0, 0, 0, 9, 0, 100)));

        limited.receive(SOCKET, ADDRESS, "hello");

        assertThat(sockets.received(SOCKET))
                .hasSize(1)
                .first()
                .asString()
                .contains("\"status\":429", "\"code\":\"budget_exceeded\"", "\"x-should-retry\":\"false\"")
                .contains("\"x-ratelimit-limit-tokens\":\"9\"");
        assertThat(queue.waiting()).isEmpty();
    }

    /** The limits that the key has now count, and not those that it had at the handshake. */
    @Test
    void limitsOfTheSocketsKeyReplaceTheDeployments() throws Exception {
        var keys = new InMemoryApiKeys(time);
        var issuer = new ApiKeyIssuer(keys, new Random(1), time);
        var key = issuer.issue("bob", "test", Optional.empty(), LimitOverrides.of(Map.of("requests_per_minute", 1L)))
                .record();
        var policy = new AccessPolicy(
                        Authenticator.closed(Optional.of(keys), Optional.empty(), new InMemoryTickets(time), time),
                        Origins.parse("*"))
                .with(new Limits(0, 0, 100, 0, 0, 100));
        var bob = new ConnectionId("socket-of-bob");
        connections.add(new Connection(
                bob,
                new Grant(key.subject(), Optional.of(key.id()), Optional.empty()),
                Subprotocol.OTHER,
                time.instant(),
                time.instant().plus(Duration.ofHours(2))));
        var limited = messages(intake, connections, () -> policy);

        limited.receive(bob, ADDRESS, "hello");
        limited.receive(bob, ADDRESS, "{\"type\":\"response.create\",\"input\":\"hi\",\"event_id\":\"e1\"}");

        assertThat(sockets.received(bob).getLast())
                .contains("\"code\":\"rate_limit_exceeded\"", "\"x-ratelimit-limit-requests\":\"1\"");
    }

    private Messages messages(Intake accepting, Connections stored, AccessPolicySource access) {
        return new Messages(accepting, new SocketAuthentication(stored, access), sockets, queue, time);
    }

    private Intake intake(ResponseLog log) {
        return TestChats.intake(
                log,
                new InMemoryQuota(time),
                () -> ID,
                time,
                AnswerSettings.of(Duration.ZERO, Retries.NONE, Duration.ZERO),
                _ -> {});
    }

    private List<String> types() {
        return sockets.received(SOCKET).stream()
                .map(message ->
                        Json.findObject(message).orElseThrow().path("type").textValue())
                .toList();
    }
}
