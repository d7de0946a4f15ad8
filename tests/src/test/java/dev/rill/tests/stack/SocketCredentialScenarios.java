package dev.rill.tests.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rill.auth.ApiKeyIssuer;
import dev.rill.tests.scenario.Inbox;
import dev.rill.tests.scenario.Json;
import java.net.URI;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Sockets of a stack that takes keys, tickets and the tokens of one issuer: what a client sees on the wire. */
interface SocketCredentialScenarios {

    int PATIENCE_SECONDS = 60;

    ClosedStack stack();

    @Test
    default void refusedHandshakeHasTheStatusOfItsReason() throws Exception {
        var key = stack().key("alice");
        var ticket = stack().ticket(key);
        connect(builder -> builder, "?ticket=" + ticket).close();

        assertThat(refusal(builder -> builder, "")).as("no credential").isEqualTo(401);
        assertThat(refusal(bearer(ClosedStack.UNKNOWN_KEY), "")).as("unknown").isEqualTo(401);
        assertThat(refusal(builder -> builder, "?ticket=" + ticket)).as("spent").isEqualTo(401);
        assertThat(refusal(builder -> builder, "?token=" + secret(key)))
                .as("in the URL")
                .isEqualTo(400);
        assertThat(refusal(bearer(secret(key)), "?ticket=" + stack().ticket(key)))
                .as("two")
                .isEqualTo(400);
        assertThat(refusal(builder -> builder.subprotocols("rill.bearer." + base64(secret(key))), ""))
                .as("nothing to select")
                .isEqualTo(400);
        assertThat(refusal(
                        builder -> bearer(secret(key)).apply(builder).header("Origin", ClosedStack.FOREIGN_PAGE), ""))
                .as("foreign page")
                .isEqualTo(403);
    }

    @Test
    default void credentialOfEachKindIsAnswered() throws Exception {
        var key = stack().key("alice");
        var token = stack().token("alice", Instant.now().plus(Duration.ofHours(1)));
        var sockets = Map.of(
                "header",
                        connect(
                                builder -> bearer(secret(key)).apply(builder).header("Origin", ClosedStack.OUR_PAGE),
                                ""),
                "token", connect(bearer(token), ""),
                "ticket", connect(builder -> builder, "?ticket=" + stack().ticket(key)),
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
    default void tokenIsRenewedOnTheOpenSocket() throws Exception {
        // Functions that start only now could take longer than this token lives.
        try (var socket = connect(bearer(secret(stack().key("alice"))), "")) {
            socket.send("{\"type\":\"rill:ping\"}");
            socket.last("rill:pong");
        }
        try (var socket = connect(bearer(stack().token("alice", Instant.now().plus(Duration.ofSeconds(28)))), "")) {
            socket.send("{\"type\":\"rill:ping\"}");
            socket.last("rill:authentication_expires");
            var end = Instant.now().plus(Duration.ofHours(1));

            socket.send("{\"type\":\"rill:authenticate\",\"token\":\"" + stack().token("alice", end) + "\"}");

            assertThat(Json.read(socket.last("rill:authenticated"))
                            .path("authenticated_until")
                            .asLong())
                    .isEqualTo(end.getEpochSecond());
            socket.send("{\"type\":\"rill:authenticate\",\"token\":\"" + secret(stack().key("mallory")) + "\"}");
            assertThat(socket.last("error")).contains("\"code\":\"subject_mismatch\"");
        }
    }

    /** message-fn has not read this key before, so no cache holds it. */
    @Test
    default void socketOfARevokedKeyIsRefusedAndClosed() throws Exception {
        var key = stack().key("alice");
        try (var socket = connect(bearer(secret(key)), "")) {
            stack().revoke(key);

            socket.send("why is the sky blue?");

            assertThat(socket.last("error")).contains("\"code\":\"invalid_credentials\"");
            assertThat(socket.end()).startsWith("1000 ");
        }
    }

    @Test
    default void noLogHoldsACredential() throws Exception {
        var key = stack().key("alice");
        var token = stack().token("alice", Instant.now().plus(Duration.ofHours(1)));
        var ticket = stack().ticket(key);
        connect(bearer(secret(key)), "").close();
        connect(builder -> builder, "?ticket=" + ticket).close();
        refusal(builder -> builder, "?api_key=" + secret(key));
        try (var socket = connect(bearer(token), "")) {
            socket.send("{\"type\":\"rill:authenticate\",\"token\":\"" + token + "\"}");
            socket.last("rill:authenticated");
        }

        stack().local()
                .logs()
                .forEach((file, text) -> assertThat(text)
                        .as(file.toString())
                        .doesNotContain(secret(key))
                        .doesNotContain(token)
                        .doesNotContain(ticket));
    }

    private static String secret(ApiKeyIssuer.Issued issued) {
        return issued.key().secret();
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    static UnaryOperator<WebSocket.Builder> bearer(String token) {
        return builder -> builder.header("Authorization", "Bearer " + token);
    }

    private OpenSocket connect(UnaryOperator<WebSocket.Builder> with, String query) throws Exception {
        return connect(stack(), with, query);
    }

    /** Opens a socket with these headers and subprotocols. */
    static OpenSocket connect(ClosedStack stack, UnaryOperator<WebSocket.Builder> with, String query) throws Exception {
        var inbox = new Inbox();
        var uri = URI.create(stack.local().address("WebSocket") + query);
        var socket = with.apply(stack.client().newWebSocketBuilder())
                .buildAsync(uri, new WireSocket.Listener(inbox))
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return new OpenSocket(socket, inbox);
    }

    /** The HTTP status of a refused handshake. */
    private int refusal(UnaryOperator<WebSocket.Builder> with, String query) {
        var failure = catchThrowableOfType(ExecutionException.class, () -> connect(with, query));
        if (failure.getCause() instanceof WebSocketHandshakeException refused) {
            return refused.getResponse().statusCode();
        }
        throw new AssertionError("it is not refused by a status", failure);
    }

    record OpenSocket(WebSocket socket, Inbox inbox) implements AutoCloseable {

        void send(String text) throws Exception {
            socket.sendText(text, true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        /** Waits for a message of this type. */
        String last(String type) throws InterruptedException {
            var message = inbox.take();
            while (!Json.read(message).path("type").asText().equals(type)) {
                message = inbox.take();
            }
            return message;
        }

        /** Waits for the end of the socket; gives its code and reason. */
        String end() throws InterruptedException {
            return inbox.awaitClose();
        }

        @Override
        public void close() {
            socket.abort();
            inbox.checkUnread();
        }
    }
}
