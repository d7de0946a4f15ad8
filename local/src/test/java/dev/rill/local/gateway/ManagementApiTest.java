package dev.rill.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.local.gateway.ConnectionFaults.Fault;
import dev.rill.local.lambda.Functions.InvocationResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.ApiGatewayManagementApiException;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.ForbiddenException;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.GoneException;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.LimitExceededException;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.PayloadTooLargeException;

/** The {@code @connections} API, tested with AWS's client. */
class ManagementApiTest {

    @Test
    void aPostReachesTheSocketAndUpdatesGet() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var opened = gateway.open("/", "User-Agent: raw/1")) {
            gateway.time.advance(Duration.ofSeconds(3));
            gateway.post(opened.id(), "Grüße 🌍");
            assertThat(opened.socket().nextFrame()).isEqualTo("text:Grüße 🌍");
            var got = gateway.client().getConnection(r -> r.connectionId(opened.id()));
            assertThat(got.connectedAt()).isEqualTo("2026-11-01T10:00:00Z");
            assertThat(got.lastActiveAt()).isEqualTo("2026-11-01T10:00:03Z");
            assertThat(got.identity().sourceIp() + " " + got.identity().userAgent())
                    .isEqualTo("127.0.0.1 raw/1");
        }
    }

    @Test
    void anUnknownConnectionIsGoneForEveryMethod() throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            var id = "TXzPWdnOjoECGjA=";
            assertThatThrownBy(() -> gateway.post(id, "x")).isInstanceOf(GoneException.class);
            assertThatThrownBy(() -> gateway.client().getConnection(r -> r.connectionId(id)))
                    .isInstanceOf(GoneException.class);
            assertThatThrownBy(() -> gateway.client().deleteConnection(r -> r.connectionId(id)))
                    .isInstanceOf(GoneException.class);
        }
    }

    @Test
    void aClosedConnectionIsGone() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var opened = gateway.open("/")) {
            opened.socket().cut();
            gateway.functions.next();
            assertThatThrownBy(() -> gateway.post(opened.id(), "x")).isInstanceOf(GoneException.class);
        }
    }

    @Test
    void aConnectionIsGoneWithinItsOwnConnect() throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            CompletableFuture<Class<?>> inside = new CompletableFuture<>();
            gateway.functions.on("Connect", event -> {
                inside.complete(failure(() -> {
                    gateway.post(event.at("/requestContext/connectionId").textValue(), "too early");
                    return null;
                }));
                return new InvocationResult(GatewayFixture.OK, false);
            });
            try (var opened = gateway.open("/")) {
                assertThat(inside.get(10, TimeUnit.SECONDS)).isEqualTo(GoneException.class);
                gateway.post(opened.id(), "now");
                assertThat(opened.socket().nextFrame()).isEqualTo("text:now");
            }
        }
    }

    @Test
    void deleteClosesWith1000() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var opened = gateway.open("/")) {
            gateway.client().deleteConnection(r -> r.connectionId(opened.id()));
            assertThat(opened.socket().nextFrame()).isEqualTo("close:1000:Connection Closed Normally");
            assertThatThrownBy(() -> gateway.post(opened.id(), "x")).isInstanceOf(GoneException.class);
            opened.socket().sendFrame(0x88, new byte[] {0x03, (byte) 0xe8});
            assertThat(GatewayFixture.brief(gateway.functions.next()))
                    .isEqualTo("$disconnect DISCONNECT 1000 Connection Closed Normally");
        }
    }

    @Test
    void postsUpTo128KbAreSentInFramesOf32Kb() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var opened = gateway.open("/")) {
            gateway.post(opened.id(), "x".repeat(32 * 1024));
            assertThat(opened.socket().nextFrame()).hasSize("text:".length() + 32 * 1024);
            // 128 KB in UTF-8. No frame may split a character.
            gateway.post(opened.id(), "x🌍é".repeat(18_724) + "x".repeat(4));
            var whole = new StringBuilder();
            String frame;
            do {
                frame = opened.socket().nextPiece(32 * 1024);
                whole.append(frame, 1, frame.length());
            } while (frame.startsWith("+"));
            assertThat(whole.toString()).isEqualTo("x🌍é".repeat(18_724) + "x".repeat(4));
            assertThatThrownBy(() -> gateway.post(opened.id(), "x".repeat(128 * 1024 + 1)))
                    .isInstanceOf(PayloadTooLargeException.class);
        }
    }

    @Test
    void anotherStageIsForbidden() throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            var other = gateway.gateway().managementEndpoint().resolve("/dev");
            try (var client = gateway.client(other)) {
                assertThatThrownBy(() -> client.getConnection(r -> r.connectionId("x")))
                        .isInstanceOf(ForbiddenException.class);
            }
        }
    }

    @Test
    void anUnsignedRequestLacksItsToken() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.gateway().managementEndpoint())) {
            socket.sendHead("GET /prod/@connections/abc HTTP/1.1", "Host: x", "Connection: close");
            assertThat(socket.readToEnd())
                    .startsWith("HTTP/1.1 403 ")
                    .containsIgnoringCase("x-amzn-ErrorType: MissingAuthenticationTokenException")
                    .contains("{\"message\":\"Missing Authentication Token\"");
        }
    }

    @Test
    void errorsNameTheConnectionAndTheRequest() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.gateway().managementEndpoint())) {
            socket.sendHead(
                    "DELETE /prod/%40connections/TXzPWdnOjoECGjA%3D HTTP/1.1",
                    "Host: x", "Connection: close", "Authorization: AWS4-HMAC-SHA256 Credential=x");
            var answer = socket.readToEnd();
            assertThat(answer)
                    .startsWith("HTTP/1.1 410 ")
                    .containsIgnoringCase("x-amzn-ErrorType: GoneException")
                    .containsIgnoringCase("Content-Type: application/json");
            var body = Json.MAPPER.readTree(answer.substring(answer.indexOf("\r\n\r\n")));
            assertThat(body.path("connectionId").textValue()).isEqualTo("TXzPWdnOjoECGjA=");
            assertThat(body.path("requestId").textValue()).matches("[0-9a-f-]{36}");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "TXzPWdnOjoECGjA",
                "TXzPWdnOjoECGjA==",
                "TXzPWdnOjoEC/jA=",
                "TXzPWdnOjoECGjA=TXzPWdnOjoECGjA="
            })
    void anIdThatCouldNeverExistIsABadRequest(String id) throws Exception {
        try (var gateway =
                new GatewayFixture().faults((any, message) -> Fault.GONE).start()) {
            for (var call : List.<ThrowingCallable>of(
                    () -> gateway.post(id, "x"),
                    () -> gateway.client().getConnection(r -> r.connectionId(id)),
                    () -> gateway.client().deleteConnection(r -> r.connectionId(id)))) {
                assertThatThrownBy(call).isInstanceOfSatisfying(ApiGatewayManagementApiException.class, e -> {
                    assertThat(e.statusCode()).isEqualTo(400);
                    assertThat(e.awsErrorDetails().errorCode()).isEqualTo("BadRequestException");
                    assertThat(e.awsErrorDetails().errorMessage()).isEqualTo("Invalid connectionId: " + id);
                });
            }
        }
    }

    @Test
    void otherFaultsHaveTypesAndKeepTheSocket() throws Exception {
        Deque<Fault> faults =
                new ConcurrentLinkedDeque<>(List.of(Fault.LIMIT_EXCEEDED, Fault.SERVER_ERROR, Fault.NONE));
        try (var gateway = new GatewayFixture()
                        .faults((id, message) -> faults.removeFirst())
                        .start();
                var opened = gateway.open("/")) {
            assertThatThrownBy(() -> gateway.post(opened.id(), "b")).isInstanceOf(LimitExceededException.class);
            assertThatThrownBy(() -> gateway.post(opened.id(), "c"))
                    .isInstanceOfSatisfying(
                            ApiGatewayManagementApiException.class,
                            e -> assertThat(e.statusCode()).isEqualTo(500));
            gateway.post(opened.id(), "d");
            assertThat(opened.socket().nextFrame()).isEqualTo("text:d");
        }
    }

    @Test
    void aGoneFaultDisconnectsTheSocket() throws Exception {
        Deque<Fault> faults = new ConcurrentLinkedDeque<>(List.of(Fault.NONE, Fault.GONE, Fault.NONE));
        try (var gateway = new GatewayFixture()
                        .faults((id, message) -> faults.removeFirst())
                        .start();
                var opened = gateway.open("/")) {
            gateway.post(opened.id(), "a");
            assertThatThrownBy(() -> gateway.post(opened.id(), "b")).isInstanceOf(GoneException.class);
            // No close frame: the client sees a lost connection.
            assertThat(opened.socket().nextFrame()).isEqualTo("text:a");
            assertThat(opened.socket().nextFrame()).isEqualTo("end");
            assertThat(GatewayFixture.brief(gateway.functions.next()))
                    .isEqualTo("$disconnect DISCONNECT 1006 Connection Closed Abnormally");
            assertThatThrownBy(() -> gateway.post(opened.id(), "c")).isInstanceOf(GoneException.class);
        }
    }

    @Test
    void aGoneFaultNeedsNoSocket() throws Exception {
        try (var gateway =
                new GatewayFixture().faults((id, message) -> Fault.GONE).start()) {
            assertThatThrownBy(() -> gateway.post("TXzPWdnOjoECGjA=", "x")).isInstanceOf(GoneException.class);
        }
    }

    @Test
    void aHangingPostEndsWithoutAResponse() throws Exception {
        CompletableFuture<String> asked = new CompletableFuture<>();
        try (var gateway = new GatewayFixture()
                        .faults((id, message) -> {
                            asked.complete(id);
                            return Fault.HANG;
                        })
                        .start();
                var opened = gateway.open("/")) {
            var posted = CompletableFuture.supplyAsync(() -> failure(() -> {
                gateway.post(opened.id(), "x");
                return null;
            }));
            assertThat(asked.get(10, TimeUnit.SECONDS)).isEqualTo(opened.id());
            gateway.time.awaitTask(Duration.ofSeconds(10));
            assertThat(posted).isNotDone();
            gateway.time.advance(Duration.ofSeconds(10));
            assertThat(posted.get(10, TimeUnit.SECONDS)).isEqualTo(SdkClientException.class);
        }
    }

    @Test
    void postsOfEachThreadArriveInOrder() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var opened = gateway.open("/");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            gateway.client();
            List<Future<?>> posts = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int thread = t;
                posts.add(threads.submit(() -> {
                    for (int i = 0; i < 20; i++) {
                        gateway.post(opened.id(), thread + " " + i);
                    }
                }));
            }
            var next = new int[8];
            for (int i = 0; i < 8 * 20; i++) {
                var words =
                        opened.socket().nextFrame().substring("text:".length()).split(" ", 2);
                assertThat(words[1]).isEqualTo(Integer.toString(next[Integer.parseInt(words[0])]++));
            }
            for (var post : posts) {
                post.get(10, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void aSocketThatDoesNotReadBlocksNoOtherSocket() throws Exception {
        var limits = Limits.aws().withWaits(Duration.ofSeconds(29), Duration.ofMillis(300), Duration.ofSeconds(2));
        try (var gateway = new GatewayFixture().limits(limits).start();
                var stuck = gateway.open("/");
                var lively = gateway.open("/");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            gateway.client();
            var filling = threads.submit(() -> failure(() -> {
                for (int i = 0; i < 1000; i++) {
                    gateway.post(stuck.id(), "x".repeat(128 * 1024));
                }
                return null;
            }));
            for (int i = 0; i < 50; i++) {
                gateway.post(lively.id(), "m" + i);
                assertThat(lively.socket().nextFrame()).isEqualTo("text:m" + i);
            }
            assertThat(filling.get(30, TimeUnit.SECONDS)).isEqualTo(GoneException.class);
            assertThat(GatewayFixture.brief(gateway.functions.next()))
                    .isEqualTo("$disconnect DISCONNECT 1006 Connection Closed Abnormally");
            assertThatThrownBy(() -> gateway.post(stuck.id(), "x")).isInstanceOf(GoneException.class);
            gateway.post(lively.id(), "last");
            assertThat(lively.socket().nextFrame()).isEqualTo("text:last");
        }
    }

    private static Class<?> failure(Callable<Void> action) {
        try {
            action.call();
            return Void.class;
        } catch (Exception e) {
            return e.getClass();
        }
    }
}
