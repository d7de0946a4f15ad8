package dev.rill.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.local.lambda.Functions.ResponseBody;
import dev.rill.local.template.StackPlan;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What functions get of requests and handshakes that come through the domain. */
class DistributionTest {

    private static final String FORGED = """
            X-Rill-Domain-Secret: guess\r
            X-Rill-Viewer-Address: 192.0.2.66\r
            X-Rill-Viewer-Host: evil.example""";

    @Test
    void templateHasOneDomainWithItsSecretForBothOrigins() {
        var plan = DomainFixture.plan();
        var domain = plan.domains().getFirst();
        var secret = plan.secrets().stream()
                .filter(it -> it.name().equals("DomainSecret"))
                .findFirst()
                .orElseThrow()
                .value();

        assertThat(plan.domains()).hasSize(1);
        assertThat(domain.defaultOrigin()).isEqualTo("http");
        assertThat(domain.cachedPaths()).containsExactly("/assets/");
        assertThat(domain.origins())
                .extracting(StackPlan.Origin::id, StackPlan.Origin::target)
                .containsExactly(
                        tuple("http", StackPlan.OriginTarget.FUNCTION_URL),
                        tuple("websocket", StackPlan.OriginTarget.WEB_SOCKET_API));
        assertThat(domain.origins())
                .allSatisfy(origin -> assertThat(origin.headers()).containsOnly(entry("x-rill-domain-secret", secret)));
        assertThat(domain.toString()).doesNotContain(secret);
    }

    @Test
    void templateHasNoDomainByDefault() {
        assertThat(DomainFixture.plan(Map.of("OpenAiApiKey", "none")).domains()).isEmpty();
    }

    @Test
    void requestHasTheViewerAndTheSecretWhateverTheClientSends() throws Exception {
        var event = request(
                "GET /v1/models?a=%20b HTTP/1.1", "Host: rill.localhost:3000", FORGED, "X-Many: 1", "X-Many: 2");

        assertThat(event.path("rawPath").asText()).isEqualTo("/v1/models");
        assertThat(event.path("rawQueryString").asText()).isEqualTo("a=%20b");
        var headers = event.path("headers");
        assertThat(headers.path("x-rill-domain-secret").asText()).isEqualTo(DomainFixture.SECRET);
        assertThat(headers.path("x-rill-viewer-address").asText()).isEqualTo("127.0.0.1");
        assertThat(headers.path("x-rill-viewer-host").asText()).isEqualTo("rill.localhost:3000");
        assertThat(headers.path("host").asText()).isEqualTo("abcdef.lambda-url.eu-central-1.on.aws");
        assertThat(headers.path("via").asText()).endsWith("(CloudFront)");
        assertThat(headers.path("x-amz-cf-id").asText()).isNotEmpty();
        assertThat(headers.path("x-many").asText()).isEqualTo("1,2");
        assertThat(event.at("/requestContext/http/sourceIp").asText()).isEqualTo(Distribution.ADDRESS);
        assertThat(event.path("cookies").toString()).isEqualTo("[\"c=1\"]");
    }

    /** A cached path has no edge function, so nothing of the client may reach the function that believes the secret. */
    @Test
    void cachedPathHasNothingOfTheClientButItsEncodings() throws Exception {
        var event = request(
                "GET /assets/page-A1.js HTTP/1.1",
                "Host: rill.localhost:3000",
                FORGED,
                "Accept-Encoding: zstd, gzip;q=0.5, br");

        var headers = event.path("headers");
        assertThat(headers.path("accept-encoding").asText()).isEqualTo("br,gzip");
        assertThat(headers.path("x-rill-domain-secret").asText()).isEqualTo(DomainFixture.SECRET);
        assertThat(headers.has("x-rill-viewer-address")).isFalse();
        assertThat(headers.has("x-rill-viewer-host")).isFalse();
        assertThat(event.has("cookies")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/v1/responses", "/live"})
    void handshakeReachesTheStageWithTheSecret(String path) throws Exception {
        try (var gateway = new GatewayFixture()
                        .domain(DomainFixture.distribution())
                        .start();
                var socket = gateway.open(path + "?ticket=t", "X-Rill-Viewer-Host: evil.example")) {
            var headers = socket.event().path("multiValueHeaders");
            assertThat(headers.path("x-rill-domain-secret").toString()).isEqualTo("[\"" + DomainFixture.SECRET + "\"]");
            assertThat(headers.path("X-Rill-Viewer-Address").toString()).isEqualTo("[\"127.0.0.1\"]");
            assertThat(headers.path("X-Rill-Viewer-Host").toString()).isEqualTo("[\"gateway.test\"]");
            assertThat(headers.path("Host").toString())
                    .isEqualTo("[\"a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com\"]");
            assertThat(socket.event().at("/requestContext/identity/sourceIp").asText())
                    .isEqualTo(Distribution.ADDRESS);
            assertThat(socket.event().at("/queryStringParameters/ticket").asText())
                    .isEqualTo("t");
        }
    }

    @Test
    void directHostIsPastTheDomain() throws Exception {
        var event = request("GET /v1/models HTTP/1.1", "Host: direct.localhost:3000", FORGED);

        assertThat(event.at("/headers/x-rill-domain-secret").asText()).isEqualTo("guess");
        assertThat(event.at("/requestContext/http/sourceIp").asText()).isEqualTo("127.0.0.1");
    }

    private static JsonNode request(String... lines) throws Exception {
        try (var gateway = new GatewayFixture()
                        .domain(DomainFixture.distribution())
                        .start();
                var socket = new RawSocket(gateway.uri())) {
            gateway.functions.streams(
                    "Stream",
                    _ -> new ResponseBody(
                            "application/vnd.awslambda.http-integration-response",
                            new ByteArrayInputStream(("{}" + "\0".repeat(8)).getBytes(StandardCharsets.UTF_8))));
            var head = new ArrayList<>(List.of(lines));
            head.add("Cookie: c=1");
            head.add("Connection: close");
            socket.sendHead(head.toArray(String[]::new));
            assertThat(socket.readToEnd()).startsWith("HTTP/1.1 200 ");
            return gateway.functions.next();
        }
    }
}
