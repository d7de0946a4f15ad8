package dev.rill.aws;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rill.aws.ScriptedServer.Answer;
import dev.rill.chat.contract.SocketsContract;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sockets;
import java.net.URLDecoder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.ApiGatewayManagementApiException;

class ApiGatewaySocketsTest extends SocketsContract {

    private static final ConnectionId CLIENT = new ConnectionId("Lk9+/xyzCJoIAvg=");
    private static final Answer THROTTLED = Answer.error(429, "LimitExceededException");

    private final Set<ConnectionId> gone = ConcurrentHashMap.newKeySet();
    private final List<Message> messages = new CopyOnWriteArrayList<>();
    private final ScriptedServer gateway = new ScriptedServer(this::deliver);
    private final ManualTime time = new ManualTime();
    private final List<String> waits = new ArrayList<>();
    private final Aws aws = Emulators.aws();
    private final ApiGatewaySockets sockets = new ApiGatewaySockets(
            aws.managementApi(gateway.uri("/stage")),
            new Backoff(
                    new Backoff.Bounds(5, Duration.ofSeconds(10), Duration.ofMillis(100), Duration.ofMillis(400)),
                    () -> 0,
                    time.sleepingBy(this::sleep)));

    private record Message(ConnectionId connection, String text) {}

    private Answer deliver(ScriptedServer.Request request) {
        var connection = new ConnectionId(
                URLDecoder.decode(request.uri().getRawPath().substring("/stage/@connections/".length()), UTF_8));
        if (gone.contains(connection)) {
            return Answer.error(410, "GoneException");
        }
        if (request.method().equals("DELETE")) {
            gone.add(connection);
            return Answer.error(204, "", "");
        }
        messages.add(new Message(connection, request.body()));
        return Answer.ok("");
    }

    private void sleep(Duration duration) {
        waits.add(duration.toMillis() + " ms");
        time.advance(duration);
    }

    @AfterEach
    void close() {
        aws.close();
        gateway.close();
    }

    @Override
    protected Sockets sockets() {
        return sockets;
    }

    @Override
    protected void disconnect(ConnectionId connection) {
        gone.add(connection);
    }

    @Override
    protected List<String> received(ConnectionId connection) {
        return messages.stream()
                .filter(it -> it.connection().equals(connection))
                .map(Message::text)
                .toList();
    }

    @Test
    void connectionIdIsEncodedInThePath() throws InterruptedException {
        sockets.post(CLIENT, "hello", LeaseCheck.ALWAYS);

        assertThat(gateway.requests().getFirst().uri().getRawPath())
                .isEqualTo("/stage/@connections/Lk9%2B%2FxyzCJoIAvg%3D");
    }

    @Test
    void temporaryErrorsAreRetriedInOrder() throws InterruptedException {
        gateway.next(THROTTLED, Answer.error(500, ""), Answer.error(503, "ServiceUnavailable"), new Answer.Lost());

        assertThat(sockets.post(CLIENT, "one", LeaseCheck.ALWAYS)).isEqualTo(SendResult.DELIVERED);
        assertThat(sockets.post(CLIENT, "two", LeaseCheck.ALWAYS)).isEqualTo(SendResult.DELIVERED);

        assertThat(waits).containsExactly("100 ms", "200 ms", "400 ms", "400 ms");
        assertThat(received(CLIENT)).containsExactly("one", "two");
    }

    @Test
    void postFailsWithTheStatusAfterItsTries() {
        gateway.next(THROTTLED, THROTTLED, THROTTLED, THROTTLED, Answer.error(502, ""), Answer.ok(""));

        var failure = catchThrowableOfType(
                PostFailedException.class, () -> sockets.post(CLIENT, "secret words", LeaseCheck.ALWAYS));

        assertThat(failure.status()).hasValue(502);
        assertThat(failure)
                .hasMessageContaining("Lk9+/xyzCJoIAvg= failed after 5 tries: status 502")
                .hasMessageNotContaining("secret");
        assertThat(gateway.requests()).hasSize(5);
    }

    @Test
    void postFailsWhenItsTimeIsOver() {
        gateway.next(_ -> {
            time.advance(Duration.ofMillis(9_901));
            return THROTTLED;
        });

        assertThatExceptionOfType(PostFailedException.class)
                .isThrownBy(() -> sockets.post(CLIENT, "words", LeaseCheck.ALWAYS));

        assertThat(waits).isEmpty();
        assertThat(gateway.requests()).hasSize(1);
    }

    @Test
    void failureWithoutAnAnswerHasNoStatus() {
        gateway.close();

        var failure =
                catchThrowableOfType(PostFailedException.class, () -> sockets.post(CLIENT, "words", LeaseCheck.ALWAYS));

        assertThat(failure.status()).isEmpty();
        assertThat(failure).hasMessageContaining("after 5 tries: no answer: ");
    }

    @ParameterizedTest
    @CsvSource({
        "403, ForbiddenException, is CONNECTIONS_ENDPOINT the one",
        "413, PayloadTooLargeException, 128 KB",
        "400, BadRequestException, status 400",
        "404, '', status 404"
    })
    void refusalIsNotRetried(int status, String type, String hint) {
        gateway.next(Answer.error(status, type));

        var failure =
                catchThrowableOfType(PostFailedException.class, () -> sockets.post(CLIENT, "words", LeaseCheck.ALWAYS));

        assertThat(failure.status()).hasValue(status);
        assertThat(failure).hasMessageContaining(hint).hasMessageContaining("after 1 try: ");
        assertThat(gateway.requests()).hasSize(1);
    }

    @Test
    void invalidConnectionIdIsGone() throws InterruptedException {
        gateway.next(Answer.error(400, "BadRequestException", "{\"message\":\"Invalid connectionId: not-an-id\"}"));

        assertThat(sockets.post(new ConnectionId("not-an-id"), "words", LeaseCheck.ALWAYS))
                .isEqualTo(SendResult.GONE);
    }

    @Test
    void interruptedThreadStopsPosting() throws Exception {
        var arrived = new CountDownLatch(1);
        gateway.next(_ -> {
            arrived.countDown();
            // Waits until the server is closed, which interrupts it.
            new CountDownLatch(1).await();
            return Answer.ok("");
        });
        var posting = new FutureTask<>(() -> catchThrowableOfType(
                InterruptedException.class, () -> sockets.post(CLIENT, "words", LeaseCheck.ALWAYS)));
        var thread = Thread.ofVirtual().start(posting);
        assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();

        thread.interrupt();

        assertThat(posting.get(10, TimeUnit.SECONDS)).hasMessage("interrupted while posting to a socket");
        assertThat(gateway.requests()).hasSize(1);
    }

    @Test
    void leaseIsCheckedBeforeEachTry() throws InterruptedException {
        gateway.next(THROTTLED, THROTTLED);
        var checks = new ArrayDeque<>(List.of(true, true, false));

        assertThat(sockets.post(CLIENT, "words", checks::removeFirst)).isEqualTo(SendResult.WITHHELD);

        assertThat(gateway.requests()).hasSize(2);
        assertThat(checks).isEmpty();
    }

    @Test
    void closeSendsADelete() throws InterruptedException {
        sockets.close(CLIENT);

        assertThat(gateway.requests())
                .extracting(it -> it.method() + " " + it.uri().getRawPath())
                .containsExactly("DELETE /stage/@connections/Lk9%2B%2FxyzCJoIAvg%3D");
    }

    @Test
    void closeIgnoresAnInvalidConnectionId() throws InterruptedException {
        gateway.next(Answer.error(400, "BadRequestException", "{\"message\":\"Invalid connectionId: not-an-id\"}"));

        sockets.close(new ConnectionId("not-an-id"));

        assertThat(gateway.requests()).hasSize(1);
    }

    @Test
    void closeIsTriedOnce() {
        gateway.next(THROTTLED);

        assertThatExceptionOfType(ApiGatewayManagementApiException.class).isThrownBy(() -> sockets.close(CLIENT));

        assertThat(gateway.requests()).hasSize(1);
    }
}
