package dev.rill.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.local.gateway.FunctionUrlConfig.InvokeMode;
import dev.rill.local.lambda.Functions.InvocationException;
import dev.rill.local.lambda.Functions.InvocationResult;
import dev.rill.local.lambda.Functions.MidStreamException;
import dev.rill.local.lambda.Functions.ResponseBody;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FunctionUrlTest {
    private static final String PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";
    private static final String NULS = "\0".repeat(8);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterAll
    static void close() {
        HTTP.shutdownNow();
    }

    @Test
    void theEventIsPayloadFormat2() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.uri())) {
            gateway.functions.streams("Stream", event -> whole("{}" + NULS));
            socket.send(String.join(
                    "\r\n",
                    "POST /v1/a%2Fb%20c?x=1&y=%C3%A4&x=2 HTTP/1.1",
                    "Host: gateway.test",
                    "User-Agent: raw/1",
                    "X-Many: one",
                    "X-Many: two",
                    "Cookie: a=1; b=2",
                    "Cookie: c=3",
                    "Content-Type: application/json; charset=utf-8",
                    "Content-Length: 8",
                    "Connection: close",
                    "",
                    "{\"ü\":1}"));
            assertThat(socket.readToEnd()).startsWith("HTTP/1.1 200 ");
            var event = gateway.functions.next();
            assertThat(event.path("version").textValue()
                            + event.path("routeKey").textValue())
                    .isEqualTo("2.0$default");
            assertThat(event.path("rawPath").textValue()).isEqualTo("/v1/a%2Fb%20c");
            assertThat(event.path("rawQueryString").textValue()).isEqualTo("x=1&y=%C3%A4&x=2");
            assertThat(event.path("queryStringParameters").toString()).isEqualTo("{\"x\":\"1,2\",\"y\":\"ä\"}");
            assertThat(event.path("cookies").toString()).isEqualTo("[\"a=1\",\"b=2\",\"c=3\"]");
            assertThat(event.at("/headers/x-many").textValue()).isEqualTo("one,two");
            assertThat(event.at("/headers/host").textValue()).isEqualTo("gateway.test");
            assertThat(event.at("/headers/x-forwarded-for").textValue()).isEqualTo("127.0.0.1");
            assertThat(event.path("headers").has("cookie")).isFalse();
            assertThat(event.path("body").textValue()).isEqualTo("{\"ü\":1}");
            assertThat(event.path("isBase64Encoded").booleanValue()).isFalse();
            var context = event.path("requestContext");
            assertThat(context.path("http").toString())
                    .isEqualTo("{\"method\":\"POST\",\"path\":\"/v1/a%2Fb%20c\","
                            + "\"protocol\":\"HTTP/1.1\",\"sourceIp\":\"127.0.0.1\",\"userAgent\":\"raw/1\"}");
            assertThat(context.path("accountId").textValue()).isEqualTo("anonymous");
            assertThat(context.path("domainName").textValue()).isEqualTo("abcdef.lambda-url.eu-central-1.on.aws");
            assertThat(context.path("domainPrefix").textValue()
                            + context.path("apiId").textValue())
                    .isEqualTo("abcdefabcdef");
            assertThat(context.path("time").textValue()).isEqualTo("01/Nov/2026:10:00:00 +0000");
            assertThat(context.path("timeEpoch").longValue())
                    .isEqualTo(gateway.time.instant().toEpochMilli());
            assertThat(context.path("stage").textValue()
                            + context.path("routeKey").textValue())
                    .isEqualTo("$default$default");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "text/plain | false",
                "text/plain; charset=utf-8 | false",
                "application/xml | false",
                "application/octet-stream | true",
                "application/x-www-form-urlencoded | true"
            })
    void aBodyThatIsNotTextIsBase64(String contentType, boolean base64) throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            gateway.functions.streams("Stream", event -> whole("{}" + NULS));
            send(HttpRequest.newBuilder(gateway.uri())
                    .header("Content-Type", contentType)
                    .POST(BodyPublishers.ofString("words")));
            var event = gateway.functions.next();
            assertThat(event.path("isBase64Encoded").booleanValue()).isEqualTo(base64);
            assertThat(event.path("body").textValue()).isEqualTo(base64 ? "d29yZHM=" : "words");
        }
    }

    @Test
    void withoutATypeABodyIsBase64AndWithoutABodyThereIsNone() throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            gateway.functions.streams("Stream", event -> whole("{}" + NULS));
            send(HttpRequest.newBuilder(gateway.uri()).POST(BodyPublishers.ofString("words")));
            assertThat(gateway.functions.next().path("body").textValue()).isEqualTo("d29yZHM=");
            send(HttpRequest.newBuilder(gateway.uri()));
            var event = gateway.functions.next();
            assertThat(event.has("body")).isFalse();
            assertThat(event.path("isBase64Encoded").booleanValue()).isFalse();
            assertThat(event.path("rawQueryString").textValue()).isEmpty();
        }
    }

    @Test
    void eachPieceOfAStreamIsOneChunkAtOnce() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.uri())) {
            var body = new ScriptedBody();
            gateway.functions.streams("Stream", event -> new ResponseBody(PRELUDE_TYPE, body));
            socket.sendHead("POST / HTTP/1.1", "Host: x", "Content-Length: 0");
            body.thenWrites("{\"statusCode\":201,\"headers\":{\"content-type\":\"text/event-stream\","
                    + "\"content-length\":\"3\"},\"cookies\":[\"a=1\"]}" + NULS);
            // The head arrives before the first byte of the payload.
            var head = socket.readHead().toLowerCase(Locale.ROOT);
            assertThat(head)
                    .startsWith("http/1.1 201 ")
                    .contains("content-type: text/event-stream\r\n")
                    .contains("transfer-encoding: chunked\r\n")
                    .contains("set-cookie: a=1\r\n")
                    .contains("x-amzn-remapped-content-length: 3\r\n")
                    .containsPattern("x-amzn-requestid: [0-9a-f-]{36}\r\n");
            // Each is read before the next is written.
            body.thenWrites("one");
            assertThat(socket.read("3\r\none".length())).isEqualTo("3\r\none");
            body.thenWrites("two2");
            assertThat(socket.read("\r\n4\r\ntwo2".length())).isEqualTo("\r\n4\r\ntwo2");
            body.thenEnds();
            assertThat(socket.read("\r\n0\r\n\r\n".length())).isEqualTo("\r\n0\r\n\r\n");
            assertThat(body.closed().await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void bytesAfterThePreludeArePayload() throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            gateway.functions.streams("Stream", event -> whole("{}" + NULS + "at once"));
            var response = send(HttpRequest.newBuilder(gateway.uri()));
            assertThat(response.statusCode() + response.body()).isEqualTo("200at once");
            assertThat(response.headers().firstValue("Content-Type")).contains("application/octet-stream");
        }
    }

    @Test
    void aResponseWithoutAPreludeIsSentUnchanged() throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            gateway.functions.streams(
                    "Stream", event -> new ResponseBody("application/octet-stream", stream("{\"statusCode\":500}")));
            var response = send(HttpRequest.newBuilder(gateway.uri()));
            assertThat(response.statusCode() + response.body()).isEqualTo("200{\"statusCode\":500}");
        }
    }

    @Test
    void headReturnsNoBody() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.uri())) {
            gateway.functions.streams("Stream", event -> whole("{\"headers\":{\"x-a\":\"b\"}}" + NULS + "payload"));
            socket.sendHead("HEAD / HTTP/1.1", "Host: x", "Connection: close");
            assertThat(socket.readToEnd())
                    .startsWith("HTTP/1.1 200 ")
                    .contains("x-a: b")
                    .endsWith("\r\n\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{\"statusCode\":200}", "{\"statusCode\":200}\0\0\0\0\0\0\0", "not json\0\0\0\0\0\0\0\0"})
    void aResponseWithoutACompletePreludeIs502(String answer) throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            gateway.functions.streams("Stream", event -> whole(answer));
            var response = send(HttpRequest.newBuilder(gateway.uri()));
            assertThat(response.statusCode() + response.body()).isEqualTo("502Internal Server Error");
        }
    }

    @Test
    void aFailureWithinThePreludeIs502() throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            gateway.functions.streams(
                    "Stream",
                    event -> new ResponseBody(
                            PRELUDE_TYPE,
                            new ScriptedBody()
                                    .thenWrites("{\"status")
                                    .thenFails(new MidStreamException("Runtime.ExitError", "died"))));
            var response = send(HttpRequest.newBuilder(gateway.uri()));
            assertThat(response.statusCode() + response.body()).isEqualTo("502Internal Server Error");
        }
    }

    @Test
    void aFailureWithinTheBodyCutsTheResponse() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.uri())) {
            gateway.functions.streams(
                    "Stream",
                    event -> new ResponseBody(
                            PRELUDE_TYPE,
                            new ScriptedBody()
                                    .thenWrites("{}" + NULS)
                                    .thenWrites("half")
                                    .thenFails(new MidStreamException("Sandbox.Timedout", "late"))));
            socket.sendHead("GET / HTTP/1.1", "Host: x");
            var answer = socket.readToEnd();
            assertThat(answer).startsWith("HTTP/1.1 200 ").contains("4\r\nhalf").doesNotContain("\r\n0\r\n");
            assertThatThrownBy(() -> send(HttpRequest.newBuilder(gateway.uri())))
                    .isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "TooManyRequestsException, 429, 429",
        "RequestTooLargeException, 413, 413",
        "ResourceNotFoundException, 404, 502",
        "Unhandled, 200, 502"
    })
    void refusalsOfLambdaHaveAStatus(String code, int lambdaStatus, int status) throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            gateway.functions.streams("Stream", event -> {
                throw new InvocationException(code, lambdaStatus, "no");
            });
            var response = send(HttpRequest.newBuilder(gateway.uri()));
            assertThat(response.statusCode()).isEqualTo(status);
            assertThat(response.body())
                    .isEqualTo(
                            switch (status) {
                                case 429 ->
                                    "{\"Reason\":\"ConcurrentInvocationLimitExceeded\",\"Type\":\"User\",\"message\":\"Rate Exceeded.\"}";
                                case 413 -> "{\"Type\":\"User\",\"message\":\"no\"}";
                                default -> "Internal Server Error";
                            });
        }
    }

    @Test
    void aRequestOver6MbIs413AndReachesNoFunction() throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            var body = send(HttpRequest.newBuilder(gateway.uri())
                    .header("Content-Type", "text/plain")
                    .POST(BodyPublishers.ofByteArray(new byte[6 * 1024 * 1024 + 1])));
            assertThat(body.statusCode()).isEqualTo(413);
            // Base64 makes 4 bytes of 3: only the event of this request is too long.
            var event = send(
                    HttpRequest.newBuilder(gateway.uri()).POST(BodyPublishers.ofByteArray(new byte[5 * 1024 * 1024])));
            assertThat(event.statusCode()).isEqualTo(413);
            assertThat(gateway.functions.waiting()).isZero();
        }
    }

    @Test
    void aDisconnectedClientClosesTheResponse() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.uri())) {
            var body = new ScriptedBody().thenWrites("{}" + NULS + "first");
            gateway.functions.streams("Stream", event -> new ResponseBody(PRELUDE_TYPE, body));
            socket.sendHead("GET / HTTP/1.1", "Host: x");
            socket.readHead();
            socket.read("5\r\nfirst".length());
            socket.cut();
            // The network's buffers may take the first piece; the next one fails.
            for (int i = 0; i < 200; i++) {
                body.thenWrites("x".repeat(8192));
            }
            assertThat(body.closed().await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aClientThatDoesNotReadClosesTheResponse() throws Exception {
        try (var gateway = new GatewayFixture()
                        .limits(Limits.aws().withStalled(Duration.ofSeconds(1)))
                        .start();
                var socket = new RawSocket(gateway.uri())) {
            // More than the network's buffers hold.
            var body = new ScriptedBody().thenWrites("{}" + NULS);
            var piece = "x".repeat(16 * 1024);
            for (int i = 0; i < 2_000; i++) {
                body.thenWrites(piece);
            }
            gateway.functions.streams("Stream", event -> new ResponseBody(PRELUDE_TYPE, body));
            socket.sendHead("GET / HTTP/1.1", "Host: x");
            assertThat(body.closed().await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aSilentFunctionIsWaitedForPastTheClientLimit() throws Exception {
        try (var gateway = new GatewayFixture()
                        .limits(Limits.aws().withStalled(Duration.ofSeconds(1)))
                        .start();
                var asking = new RawSocket(gateway.uri())) {
            var body = new ScriptedBody().thenWrites("{}" + NULS + "first");
            gateway.functions.streams("Stream", event -> new ResponseBody(PRELUDE_TYPE, body));
            asking.sendHead("GET / HTTP/1.1", "Host: x", "Connection: close");
            asking.readHead();
            asking.read("5\r\nfirst".length());
            // An idle connection is closed after the limit, so the function has sent nothing for as long by now.
            try (var idle = new RawSocket(gateway.uri())) {
                assertThat(idle.readToEnd()).isEmpty();
            }
            body.thenWrites("second").thenEnds();
            assertThat(asking.readToEnd()).isEqualTo("\r\n6\r\nsecond\r\n0\r\n\r\n");
        }
    }

    @Test
    void aQueryThatCannotBeDecodedIsHandedOn() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.uri())) {
            gateway.functions.streams("Stream", event -> whole("{}" + NULS));
            socket.sendHead("GET /?a=%zz HTTP/1.1", "Host: x", "Connection: close");
            assertThat(socket.readToEnd()).startsWith("HTTP/1.1 200 ");
            assertThat(gateway.functions.next().path("rawQueryString").textValue())
                    .isEqualTo("a=%zz");
        }
    }

    @Test
    void aBrokenAnswerIsToldFromAWholeOneAlsoWhereTheConnectionCloses() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.uri())) {
            gateway.functions.streams("Stream", event -> whole("{}" + NULS + "whole"));
            socket.sendHead("GET / HTTP/1.1", "Host: x", "Connection: close");
            assertThat(socket.readToEnd())
                    .containsIgnoringCase("Transfer-Encoding: chunked")
                    .endsWith("\r\n5\r\nwhole\r\n0\r\n\r\n");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"statusCode\":201,\"headers\":{\"X-A\":\"b\"},\"body\":\"hi\",\"cookies\":[\"c=1\"]} | 201 application/json b c=1 hi",
                "{\"statusCode\":200,\"headers\":{\"content-type\":\"text/plain\"},\"body\":\"aMOk\",\"isBase64Encoded\":true} "
                        + "| 200 text/plain - - hä",
                "{\"statusCode\":204} | 204 application/json - -",
                "{\"a\":1} | 200 application/json - - {\"a\":1}",
                "\"words\" | 200 application/json - - words",
                "[1] | 200 application/json - - [1]",
                "null | 200 application/json - - null",
                "{\"statusCode\":\"x\"} | 502 text/plain - - Internal Server Error",
                "{\"statusCode\":200,\"body\":\"?\",\"isBase64Encoded\":true} | 502 text/plain - - Internal Server Error",
                "broken | 502 text/plain - - Internal Server Error"
            })
    void aBufferedAnswerIsReadAsAwsReadsIt(String payload, String expected) throws Exception {
        try (var gateway = new GatewayFixture().url(InvokeMode.BUFFERED, null).start()) {
            gateway.functions.answers("Stream", payload);
            var response = send(HttpRequest.newBuilder(gateway.uri()));
            assertThat((response.statusCode() + " " + header(response, "Content-Type") + " " + header(response, "X-A")
                                    + " " + header(response, "Set-Cookie") + " " + response.body())
                            .strip())
                    .isEqualTo(expected);
        }
    }

    @Test
    void aBufferedFunctionThatFailedIs502() throws Exception {
        try (var gateway = new GatewayFixture().url(InvokeMode.BUFFERED, null).start()) {
            gateway.functions.on("Stream", event -> new InvocationResult("{\"statusCode\":200}", true));
            assertThat(send(HttpRequest.newBuilder(gateway.uri())).statusCode()).isEqualTo(502);
        }
    }

    @Test
    void corsAnswersPreflightsAndAddsHeaders() throws Exception {
        var cors = new Cors(
                List.of("https://a.test"),
                List.of("GET", "POST"),
                List.of("authorization"),
                List.of("x-b"),
                Duration.ofMinutes(10));
        try (var gateway =
                new GatewayFixture().url(InvokeMode.RESPONSE_STREAM, cors).start()) {
            gateway.functions.streams("Stream", event -> whole("{}" + NULS + "ok"));
            assertThat(accessHeaders(send(preflight(gateway, "https://a.test"))))
                    .isEqualTo(
                            "{access-control-allow-headers=[authorization], access-control-allow-methods=[GET,POST], "
                                    + "access-control-allow-origin=[https://a.test], access-control-expose-headers=[x-b], "
                                    + "access-control-max-age=[600]}");
            assertThat(accessHeaders(send(preflight(gateway, "https://b.test"))))
                    .isEqualTo("{}");
            assertThat(gateway.functions.waiting()).isZero();
            assertThat(accessHeaders(send(HttpRequest.newBuilder(gateway.uri()).header("Origin", "https://a.test"))))
                    .isEqualTo("{access-control-allow-origin=[https://a.test], access-control-expose-headers=[x-b]}");
        }
    }

    @Test
    void withoutCorsTheFunctionGetsPreflights() throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            gateway.functions.streams("Stream", event -> whole("{\"statusCode\":204}" + NULS));
            assertThat(send(preflight(gateway, "https://a.test")).statusCode()).isEqualTo(204);
            assertThat(gateway.functions
                            .next()
                            .at("/requestContext/http/method")
                            .textValue())
                    .isEqualTo("OPTIONS");
        }
    }

    private static HttpRequest.Builder preflight(GatewayFixture gateway, String origin) {
        return HttpRequest.newBuilder(gateway.uri())
                .method("OPTIONS", BodyPublishers.noBody())
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "POST");
    }

    private static String accessHeaders(HttpResponse<String> response) {
        TreeMap<String, List<String>> headers = new TreeMap<>(response.headers().map());
        headers.keySet().removeIf(name -> !name.startsWith("access-control-"));
        return headers.toString();
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("-");
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return HTTP.send(request.timeout(Duration.ofSeconds(10)).build(), BodyHandlers.ofString());
    }

    private static ResponseBody whole(String answer) {
        return new ResponseBody(PRELUDE_TYPE, stream(answer));
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
