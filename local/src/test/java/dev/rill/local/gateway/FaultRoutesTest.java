package dev.rill.local.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.local.lambda.Functions.ResponseBody;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class FaultRoutesTest {

    private static final String KILL = "/local/faults/kill-worker";
    private static final String CUT = "/local/faults/cut-sockets";
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final List<Optional<String>> killed = new CopyOnWriteArrayList<>();
    private OptionalLong pid = OptionalLong.of(4711);

    @AfterAll
    static void close() {
        HTTP.shutdownNow();
    }

    private OptionalLong kill(Optional<String> responseId) {
        killed.add(responseId);
        return pid;
    }

    private GatewayFixture start() throws IOException {
        return new GatewayFixture().faultRoutes(this::kill).start();
    }

    @Test
    void workerOfAResponseIsKilled() throws Exception {
        try (var gateway = start()) {
            var named = post(gateway.uri(), KILL, "{\"response_id\":\"resp_1\"}");
            var any = post(gateway.uri(), KILL, "");
            pid = OptionalLong.empty();
            var none = post(gateway.uri(), KILL, "{}");

            assertThat(named.statusCode()).isEqualTo(200);
            assertThat(json(named)).hasToString("{\"killed\":4711}");
            assertThat(json(any)).hasToString("{\"killed\":4711}");
            assertThat(json(none)).hasToString("{\"killed\":null}");
            assertThat(killed).containsExactly(Optional.of("resp_1"), Optional.empty(), Optional.empty());
            assertThat(gateway.functions.waiting()).isZero();
        }
    }

    @Test
    void socketsAreCutWithoutACloseFrame() throws Exception {
        try (var gateway = start();
                var one = gateway.open("/");
                var two = gateway.open("/")) {
            assertThat(json(post(gateway.uri(), CUT, "{\"connection_id\":\"" + one.id() + "\"}")))
                    .hasToString("{\"cut\":1}");
            assertThat(one.socket().readToEnd()).isEmpty();
            var gone = gateway.functions.next();
            assertThat(GatewayFixture.brief(gone)).startsWith("$disconnect DISCONNECT 1006");
            assertThat(gone.at("/requestContext/connectionId").textValue()).isEqualTo(one.id());

            assertThat(json(post(gateway.uri(), CUT, "{}"))).hasToString("{\"cut\":1}");
            assertThat(two.socket().readToEnd()).isEmpty();
            gateway.functions.next();
            assertThat(json(post(gateway.uri(), CUT, "{\"connection_id\":\"" + one.id() + "\"}")))
                    .hasToString("{\"cut\":0}");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST    | /local/faults/kill-worker | http://localhost:1    | application/json | {}               | 403 | faults_not_allowed",
                "POST    | /local/faults/kill-worker | https://evil.example  | application/json | {}               | 403 | faults_not_allowed",
                "POST    | /local/faults/kill-worker | null                  | application/json | {}               | 403 | faults_not_allowed",
                "OPTIONS | /local/faults/kill-worker | http://localhost:1    | ''               | ''               | 403 | faults_not_allowed",
                "POST    | /local/faults/kill-worker | ''                    | text/plain       | {}               | 415 | unsupported_media_type",
                "POST    | /local/faults/kill-worker | ''                    | ''               | {}               | 415 | unsupported_media_type",
                "GET     | /local/faults/kill-worker | ''                    | ''               | ''               | 405 | method_not_allowed",
                "POST    | /local/faults             | ''                    | application/json | {}               | 404 | not_found",
                "POST    | /local/faults/other       | ''                    | application/json | {}               | 404 | not_found",
                "POST    | /local/faults/kill-worker | ''                    | application/json | []               | 400 | invalid_json",
                "POST    | /local/faults/kill-worker | ''                    | application/json | {                | 400 | invalid_json",
                "POST    | /local/faults/kill-worker | ''                    | application/json | {'response_id':1} | 400 | invalid_value",
                "POST    | /local/faults/kill-worker | ''                    | application/json | {'response_id':'e'} | 400 | invalid_value",
                "POST    | /local/faults/kill-worker | ''                    | application/json | {'id':'resp_1'}  | 400 | invalid_value",
                "POST    | /local/faults/cut-sockets | ''                    | application/json | {'response_id':'resp_1'} | 400 | invalid_value"
            })
    void otherRequestInjectsNothing(
            String method, String path, String origin, String type, String body, int status, String code)
            throws Exception {
        try (var gateway = start();
                var open = gateway.open("/")) {
            var refused = send(gateway.uri().resolve(path), method, origin, type, body.replace('\'', '"'));

            assertThat(refused.statusCode()).isEqualTo(status);
            assertThat(json(refused).at("/error/code").textValue()).isEqualTo(code);
            assertThat(refused.headers().map()).doesNotContainKey("access-control-allow-origin");
            assertThat(killed).isEmpty();
            assertThat(gateway.gateway().connections()).isEqualTo(1);
            assertThat(open.socket()).isNotNull();
            assertThat(gateway.functions.waiting()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1:%d", "HTTP://127.0.0.1:%d"})
    void pageOfTheFrontPortMayInject(String origin) throws Exception {
        try (var gateway = start()) {
            var own = origin.formatted(gateway.uri().getPort());

            assertThat(send(gateway.uri().resolve(KILL), "POST", own, "application/json; charset=utf-8", "{}")
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void otherMachineMayNotInject() throws Exception {
        var address = anotherAddress();
        Assumptions.assumeTrue(address.isPresent(), "this machine has no address beside loopback");
        try (var gateway =
                new GatewayFixture().host("0.0.0.0").faultRoutes(this::kill).start()) {
            gateway.functions.streams("Stream", _ -> answer());
            var uri = URI.create("http://" + address.get().getHostAddress() + ":"
                    + gateway.uri().getPort());

            assertThat(post(uri, KILL, "{}").statusCode()).isEqualTo(403);
            assertThat(get(uri.resolve("/config.json")).headers().map()).doesNotContainKey("x-rill-faults");
            assertThat(killed).isEmpty();
        }
    }

    @Test
    void configurationAloneTellsThePageOfFaults() throws Exception {
        try (var gateway = start()) {
            gateway.functions.streams("Stream", _ -> answer());

            assertThat(get(gateway.uri().resolve("/config.json")).headers().firstValue("x-rill-faults"))
                    .hasValue("/local/faults");
            assertThat(get(gateway.uri().resolve("/")).headers().map()).doesNotContainKey("x-rill-faults");
        }
    }

    @Test
    void withoutFaultsTheFunctionAnswersThesePaths() throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            gateway.functions.streams("Stream", _ -> answer());

            assertThat(post(gateway.uri(), KILL, "{}").statusCode()).isEqualTo(200);
            assertThat(gateway.functions.next().path("rawPath").textValue()).isEqualTo(KILL);
            assertThat(get(gateway.uri().resolve("/config.json")).headers().map())
                    .doesNotContainKey("x-rill-faults");
        }
    }

    private static ResponseBody answer() {
        return new ResponseBody("text/plain", new ByteArrayInputStream("{}".getBytes(UTF_8)));
    }

    /** An address of this machine that is not a loopback one. */
    private static Optional<InetAddress> anotherAddress() throws SocketException {
        var addresses = new ArrayList<InetAddress>();
        NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .forEach(addresses::add);
        return addresses.stream().findFirst();
    }

    private static JsonNode json(HttpResponse<String> answer) throws IOException {
        return Json.MAPPER.readTree(answer.body());
    }

    private static HttpResponse<String> get(URI uri) throws Exception {
        return send(uri, "GET", "", "", "");
    }

    private static HttpResponse<String> post(URI front, String path, String body) throws Exception {
        return send(front.resolve(path), "POST", "", "application/json", body);
    }

    private static HttpResponse<String> send(URI uri, String method, String origin, String type, String body)
            throws Exception {
        var request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(10))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!origin.isEmpty()) {
            request.header("Origin", origin);
        }
        if (!type.isEmpty()) {
            request.header("Content-Type", type);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }
}
