package dev.rill.local.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.local.lambda.Functions.InvocationException;
import dev.rill.local.lambda.Functions.InvocationResult;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketApiTest {

    @ParameterizedTest
    @ValueSource(strings = {"/", "/v1/responses", "/prod"})
    void connectGetsHeadersAndQueryOfTheHandshake(String path) throws Exception {
        try (var gateway = new GatewayFixture().start();
                var opened = gateway.open(
                        path + "?token=a%20b&n=1&n=2", "User-Agent: raw/1", "X-Many: one", "X-Many: two")) {
            var event = opened.event();
            assertThat(GatewayFixture.brief(event)).isEqualTo("$connect CONNECT");
            assertThat(event.path("queryStringParameters").toString()).isEqualTo("{\"token\":\"a b\",\"n\":\"2\"}");
            assertThat(event.path("multiValueQueryStringParameters").toString())
                    .isEqualTo("{\"token\":[\"a b\"],\"n\":[\"1\",\"2\"]}");
            assertThat(event.at("/headers/Host").textValue()).isEqualTo("gateway.test");
            assertThat(event.at("/headers/X-Many").textValue()).isEqualTo("two");
            assertThat(event.at("/multiValueHeaders/X-Many").toString()).isEqualTo("[\"one\",\"two\"]");
            assertThat(event.at("/headers/X-Forwarded-For").textValue()).isEqualTo("127.0.0.1");
            assertThat(event.path("isBase64Encoded").booleanValue()).isFalse();
            var context = event.path("requestContext");
            assertThat(context.path("connectionId").textValue()).matches("[A-Za-z0-9_-]{15}=");
            assertThat(context.path("requestId").textValue())
                    .matches("[A-Za-z0-9_-]{15}=")
                    .isEqualTo(context.path("extendedRequestId").textValue());
            assertThat(context.path("connectedAt").longValue())
                    .isEqualTo(gateway.time.instant().toEpochMilli());
            assertThat(context.path("requestTime").textValue()).isEqualTo("01/Nov/2026:10:00:00 +0000");
            assertThat(context.path("requestTimeEpoch").longValue())
                    .isEqualTo(gateway.time.instant().toEpochMilli());
            assertThat(context.path("identity").toString())
                    .isEqualTo("{\"userAgent\":\"raw/1\",\"sourceIp\":\"127.0.0.1\"}");
            assertThat(context.path("domainName").textValue())
                    .isEqualTo("a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com");
            assertThat(context.path("stage").textValue()
                            + context.path("apiId").textValue()
                            + context.path("messageDirection").textValue())
                    .isEqualTo("proda1b2c3d4e5IN");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"statusCode\":401} | false | 401",
                "{\"statusCode\":403} | false | 403",
                "{\"statusCode\":302} | false | 302",
                "{} | false | 502",
                "null | false | 502",
                "{\"errorType\":\"X\"} | true | 502"
            })
    void connectRefusesWithItsStatus(String payload, boolean failed, int status) throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.uri())) {
            gateway.functions.on("Connect", event -> new InvocationResult(payload, failed));
            assertThat(socket.handshake("/")).startsWith("HTTP/1.1 " + status + " ");
            gateway.functions.next();
            assertThat(gateway.gateway().connections()).isZero();
        }
    }

    @Test
    void aRefusedConnectIs500AndATimeoutIs504() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var refused = new RawSocket(gateway.uri());
                var silent = new RawSocket(gateway.uri())) {
            gateway.functions.on("Connect", event -> {
                throw new InvocationException("TooManyRequestsException", 429, "Rate Exceeded.");
            });
            assertThat(refused.handshake("/")).startsWith("HTTP/1.1 500 ");
            gateway.functions.next();
            var never = new CountDownLatch(1);
            gateway.functions.on("Connect", event -> {
                never.await();
                return new InvocationResult(GatewayFixture.OK, false);
            });
            var clock = Thread.ofVirtual().start(() -> {
                try {
                    gateway.functions.next();
                    gateway.time.advance(Duration.ofSeconds(29));
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            assertThat(silent.handshake("/")).startsWith("HTTP/1.1 504 ");
            assertThat(clock.join(Duration.ofSeconds(30))).isTrue();
            never.countDown();
        }
    }

    @Test
    void otherHandshakesThanVersion13AreRefused() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.uri())) {
            socket.sendHead(
                    "GET / HTTP/1.1",
                    "Host: x",
                    "Upgrade: websocket",
                    "Connection: Upgrade",
                    "Sec-WebSocket-Version: 8");
            assertThat(socket.readHead()).startsWith("HTTP/1.1 400 ");
            assertThat(gateway.functions.waiting()).isZero();
        }
    }

    @Test
    void onlyConnectChoosesASubprotocol() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var silent = new RawSocket(gateway.uri());
                var echoed = new RawSocket(gateway.uri())) {
            assertThat(silent.handshake("/", "Sec-WebSocket-Protocol: rill, other"))
                    .startsWith("HTTP/1.1 101 ")
                    .doesNotContainIgnoringCase("Sec-WebSocket-Protocol");
            gateway.functions.answers(
                    "Connect", "{\"statusCode\":200,\"headers\":{\"sec-websocket-protocol\":\"other\"}}");
            assertThat(echoed.handshake("/", "Sec-WebSocket-Protocol: rill, other"))
                    .startsWith("HTTP/1.1 101 ")
                    .containsIgnoringCase("Sec-WebSocket-Protocol: other\r\n");
        }
    }

    @Test
    void aSubprotocolThatWasNotOfferedFailsTheHandshake() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.uri())) {
            gateway.functions.answers(
                    "Connect", "{\"statusCode\":200,\"headers\":{\"Sec-WebSocket-Protocol\":\"other\"}}");
            assertThat(socket.handshake("/", "Sec-WebSocket-Protocol: rill")).startsWith("HTTP/1.1 500 ");
            assertThat(GatewayFixture.brief(gateway.functions.next())).isEqualTo("$connect CONNECT");
            assertThat(GatewayFixture.brief(gateway.functions.next()))
                    .isEqualTo("$disconnect DISCONNECT 1006 Connection Closed Abnormally");
        }
    }

    @Test
    void aClientThatLeavesDuringConnectDisconnectsOnce() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.uri())) {
            var gone = new CountDownLatch(1);
            gateway.functions.on("Connect", event -> {
                gone.await();
                return new InvocationResult(GatewayFixture.OK, false);
            });
            socket.sendHead(
                    "GET / HTTP/1.1",
                    "Host: x",
                    "Upgrade: websocket",
                    "Connection: Upgrade",
                    "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
            assertThat(GatewayFixture.brief(gateway.functions.next())).isEqualTo("$connect CONNECT");
            socket.cut();
            gone.countDown();
            assertThat(GatewayFixture.brief(gateway.functions.next()))
                    .isEqualTo("$disconnect DISCONNECT 1006 Connection Closed Abnormally");
            gateway.gateway().close();
            assertThat(gateway.functions.waiting()).isZero();
        }
    }

    @Test
    void compressionIsNotNegotiated() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.uri())) {
            assertThat(socket.handshake("/", "Sec-WebSocket-Extensions: permessage-deflate"))
                    .startsWith("HTTP/1.1 101 ")
                    .doesNotContainIgnoringCase("Sec-WebSocket-Extensions");
        }
    }

    @Test
    void aMessageReachesDefaultAndTheAnswerIsIgnored() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var opened = gateway.open("/")) {
            gateway.functions.answers("Message", "{\"statusCode\":200,\"body\":\"not for the client\"}");
            opened.socket().sendText("Grüße 🌍");
            var event = gateway.functions.next();
            assertThat(GatewayFixture.brief(event)).isEqualTo("$default MESSAGE");
            assertThat(event.path("body").textValue()).isEqualTo("Grüße 🌍");
            assertThat(event.path("isBase64Encoded").booleanValue()).isFalse();
            assertThat(event.has("headers")).isFalse();
            assertThat(event.at("/requestContext/connectionId").textValue()).isEqualTo(opened.id());
            assertThat(event.at("/requestContext/messageId").textValue()).matches("[A-Za-z0-9_-]{15}=");
            opened.socket().sendFrame(0x89, "are you there".getBytes(UTF_8));
            assertThat(opened.socket().nextFrame()).isEqualTo("pong:are you there");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "{\"action\":\"sing\"} | sing",
                "{\"action\":\"dance\"} | $default",
                "sing | $default",
                "{\"action\":7} | $default"
            })
    void aNamedRouteIsFoundByTheSelectionExpression(String message, String routeKey) throws Exception {
        var routes = new Routes(
                null, null, "Message", Map.of("sing", "Sing"), RouteSelection.parse("${request.body.action}"));
        try (var gateway = new GatewayFixture().routes(routes).start();
                var socket = RawSocket.open(gateway.uri(), "/")) {
            gateway.functions.answers("Sing", GatewayFixture.OK);
            socket.sendText(message);
            assertThat(GatewayFixture.brief(gateway.functions.next())).isEqualTo(routeKey + " MESSAGE");
        }
    }

    @Test
    void aFailureIsReportedWithAwsMessage() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var opened = gateway.open("/")) {
            gateway.functions.on("Message", event -> new InvocationResult("{\"errorType\":\"X\"}", true));
            opened.socket().sendText("one");
            var requestId =
                    gateway.functions.next().at("/requestContext/requestId").textValue();
            assertThat(opened.socket().nextFrame())
                    .isEqualTo("text:{\"message\":\"Internal server error\",\"connectionId\":\"" + opened.id()
                            + "\",\"requestId\":\"" + requestId + "\"}");
            gateway.functions.answers("Message", "{\"body\":\"no status\"}");
            opened.socket().sendText("two");
            assertThat(opened.socket().nextFrame()).startsWith("text:{\"message\":\"Internal server error\"");
            gateway.functions.next();
            var never = new CountDownLatch(1);
            gateway.functions.on("Message", event -> {
                never.await();
                return new InvocationResult(GatewayFixture.OK, false);
            });
            opened.socket().sendText("three");
            gateway.functions.next();
            gateway.time.advance(Duration.ofSeconds(29));
            assertThat(opened.socket().nextFrame()).startsWith("text:{\"message\":\"Endpoint request timed out\"");
            never.countDown();
        }
    }

    @Test
    void aMessageWithoutARouteIsForbidden() throws Exception {
        var routes = new Routes(null, null, null, Map.of(), RouteSelection.parse("$request.body.action"));
        try (var gateway = new GatewayFixture().routes(routes).start();
                var socket = RawSocket.open(gateway.uri(), "/")) {
            socket.sendText("anyone?");
            assertThat(socket.nextFrame()).startsWith("text:{\"message\":\"Forbidden\"");
        }
    }

    @Test
    void messagesOfASocketRunConcurrentlyUpToTheLimit() throws Exception {
        try (var gateway = new GatewayFixture()
                        .limits(Limits.aws().withConcurrentMessages(2))
                        .start();
                var opened = gateway.open("/")) {
            var release = new Semaphore(0);
            gateway.functions.on("Message", event -> {
                release.acquire();
                return new InvocationResult(GatewayFixture.OK, false);
            });
            for (int i = 1; i <= 3; i++) {
                opened.socket().sendText("m" + i);
            }
            var first = gateway.functions.next().path("body").textValue();
            var second = gateway.functions.next().path("body").textValue();
            assertThat(new String[] {first, second}).containsExactlyInAnyOrder("m1", "m2");
            // The third message is read once one is processed: a ping after it is not answered until then.
            opened.socket().sendFrame(0x89, "p".getBytes(UTF_8));
            assertThat(gateway.functions.waiting()).isZero();
            release.release();
            assertThat(gateway.functions.next().path("body").textValue()).isEqualTo("m3");
            release.release(2);
            assertThat(opened.socket().nextFrame()).isEqualTo("pong:p");
        }
    }

    @Test
    void framesAndMessagesUpToTheLimitsPass() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var opened = gateway.open("/")) {
            var frame = "x".repeat(32 * 1024).getBytes(UTF_8);
            opened.socket().sendFrame(0x01, frame);
            opened.socket().sendFrame(0x00, frame);
            opened.socket().sendFrame(0x00, frame);
            opened.socket().sendFrame(0x80, frame);
            assertThat(gateway.functions.next().path("body").textValue()).hasSize(128 * 1024);
        }
    }

    @Test
    void aFrameOver32KbClosesWith1009() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var opened = gateway.open("/")) {
            opened.socket().sendFrame(0x81, new byte[32 * 1024 + 1]);
            assertThat(opened.socket().nextFrame()).startsWith("close:1009:");
            assertThat(GatewayFixture.brief(gateway.functions.next())).startsWith("$disconnect DISCONNECT 1009");
        }
    }

    @Test
    void aMessageOver128KbClosesWith1009() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var opened = gateway.open("/")) {
            var frame = "x".repeat(32 * 1024).getBytes(UTF_8);
            opened.socket().sendFrame(0x01, frame);
            for (int i = 0; i < 3; i++) {
                opened.socket().sendFrame(0x00, frame);
            }
            opened.socket().sendFrame(0x80, new byte[] {'x'});
            assertThat(opened.socket().nextFrame()).startsWith("close:1009:");
            assertThat(GatewayFixture.brief(gateway.functions.next())).startsWith("$disconnect DISCONNECT 1009");
        }
    }

    @Test
    void aBinaryMessageClosesWith1003() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var opened = gateway.open("/")) {
            opened.socket().sendFrame(0x82, new byte[] {1, 2, 3});
            assertThat(opened.socket().nextFrame()).startsWith("close:1003:");
            assertThat(GatewayFixture.brief(gateway.functions.next())).startsWith("$disconnect DISCONNECT 1003");
        }
    }

    @Test
    void disconnectGetsEveryCloseOfAClient() throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            try (var opened = gateway.open("/")) {
                opened.socket().sendFrame(0x88, new byte[0]);
                var event = gateway.functions.next();
                assertThat(GatewayFixture.brief(event))
                        .isEqualTo("$disconnect DISCONNECT 1005 Client-side close frame status not set");
                assertThat(event.path("headers").toString())
                        .isEqualTo(
                                "{\"Host\":\"gateway.test\",\"x-api-key\":\"\",\"X-Forwarded-For\":\"\",\"x-restapi\":\"\"}");
                assertThat(event.at("/requestContext/connectionId").textValue()).isEqualTo(opened.id());
            }
            try (var opened = gateway.open("/")) {
                opened.socket().sendFrame(0x88, new byte[] {0x03, (byte) 0xe8, 'b', 'y', 'e'});
                assertThat(GatewayFixture.brief(gateway.functions.next())).isEqualTo("$disconnect DISCONNECT 1000 bye");
                assertThat(opened.socket().nextFrame()).startsWith("close:1000");
            }
            try (var opened = gateway.open("/")) {
                opened.socket().cut();
                assertThat(GatewayFixture.brief(gateway.functions.next()))
                        .isEqualTo("$disconnect DISCONNECT 1006 Connection Closed Abnormally");
            }
            try (var opened = gateway.open("/")) {
                opened.socket().close();
                assertThat(GatewayFixture.brief(gateway.functions.next()))
                        .isEqualTo("$disconnect DISCONNECT 1006 Connection Closed Abnormally");
            }
            assertThat(gateway.functions.waiting()).isZero();
        }
    }

    @Test
    void closesIdleSocketsAndOldSockets() throws Exception {
        try (var gateway = new GatewayFixture()
                        .limits(Limits.aws().withConcurrentMessages(1))
                        .start();
                var idle = gateway.open("/");
                var active = gateway.open("/")) {
            gateway.time.advance(Duration.ofMinutes(9));
            active.socket().sendText("still here");
            assertThat(GatewayFixture.brief(gateway.functions.next())).isEqualTo("$default MESSAGE");
            // With one message at a time, a ping is answered once the function has finished, before its timeout is
            // due.
            active.socket().sendFrame(0x89, new byte[0]);
            assertThat(active.socket().nextFrame()).isEqualTo("pong:");
            gateway.time.advance(Duration.ofMinutes(1));
            assertThat(idle.socket().nextFrame()).isEqualTo("close:1001:Going away");
            idle.socket().sendFrame(0x88, new byte[] {0x03, (byte) 0xe9});
            assertThat(GatewayFixture.brief(gateway.functions.next()))
                    .isEqualTo("$disconnect DISCONNECT 1001 Going away");
            for (int i = 0; i < 13; i++) {
                gateway.time.advance(Duration.ofMinutes(8));
                gateway.post(active.id(), "tick");
                assertThat(active.socket().nextFrame()).isEqualTo("text:tick");
            }
            gateway.time.advance(Duration.ofMinutes(6));
            assertThat(active.socket().nextFrame()).isEqualTo("close:1001:Going away");
            active.socket().sendFrame(0x88, new byte[] {0x03, (byte) 0xe9});
            var event = gateway.functions.next();
            assertThat(GatewayFixture.brief(event)).isEqualTo("$disconnect DISCONNECT 1001 Going away");
            assertThat(event.at("/requestContext/requestTimeEpoch").longValue()
                            - event.at("/requestContext/connectedAt").longValue())
                    .isEqualTo(Duration.ofHours(2).toMillis());
        }
    }

    @Test
    void aSocketThatIgnoresTheCloseIsDisconnected() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var opened = gateway.open("/")) {
            gateway.client().deleteConnection(r -> r.connectionId(opened.id()));
            assertThat(opened.socket().nextFrame()).isEqualTo("close:1000:Connection Closed Normally");
            assertThat(gateway.gateway().connections()).isOne();
            gateway.time.advance(Duration.ofSeconds(2));
            assertThat(GatewayFixture.brief(gateway.functions.next()))
                    .isEqualTo("$disconnect DISCONNECT 1000 Connection Closed Normally");
            assertThat(opened.socket().nextFrame()).isEqualTo("end");
        }
    }

    @Test
    void stoppingClosesSocketsWith1001AndCallsDisconnect() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new JdkSocket(gateway.gateway().webSocketUri())) {
            gateway.functions.next();
            gateway.gateway().close();
            assertThat(socket.next()).isEqualTo("close:1001:Going away");
            assertThat(GatewayFixture.brief(gateway.functions.next()))
                    .isEqualTo("$disconnect DISCONNECT 1001 Going away");
            assertThat(gateway.functions.waiting()).isZero();
        }
    }

    @Test
    void aClientOfTheJdkSendsAndReceives() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new JdkSocket(gateway.gateway().webSocketUri())) {
            var id = gateway.functions.next().at("/requestContext/connectionId").textValue();
            socket.socket.sendText("hel", false).orTimeout(30, TimeUnit.SECONDS).join();
            socket.socket.sendText("lo", true).orTimeout(30, TimeUnit.SECONDS).join();
            assertThat(gateway.functions.next().path("body").textValue()).isEqualTo("hello");
            gateway.post(id, "x".repeat(128 * 1024));
            assertThat(socket.next()).hasSize("text:".length() + 128 * 1024);
            socket.socket
                    .sendClose(4000, "enough")
                    .orTimeout(30, TimeUnit.SECONDS)
                    .join();
            assertThat(GatewayFixture.brief(gateway.functions.next())).isEqualTo("$disconnect DISCONNECT 4000 enough");
        }
    }

    /** The JDK's client; it records what it receives as text. */
    private static final class JdkSocket implements WebSocket.Listener, AutoCloseable {
        private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();
        private final HttpClient http = HttpClient.newHttpClient();
        final WebSocket socket;

        JdkSocket(URI uri) {
            socket = http.newWebSocketBuilder()
                    .buildAsync(uri, this)
                    .orTimeout(30, TimeUnit.SECONDS)
                    .join();
        }

        String next() throws InterruptedException {
            var next = received.poll(10, TimeUnit.SECONDS);
            return next == null ? "nothing" : next;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                received.add("text:" + text);
                text.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
            received.add("close:" + statusCode + ":" + reason);
            return null;
        }

        @Override
        public void close() {
            socket.abort();
            http.shutdownNow();
        }
    }
}
