package dev.rill.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The edge function of the template, with events in CloudFront's structure. */
class EdgeFunctionTest {

    private static final String KEY = "{\"value\":\"dGhlIHNhbXBsZSBub25jZQ==\"}";

    private final EdgeFunction function = EdgeFunction.compile(DomainFixture.edgeCode());

    @ParameterizedTest
    @ValueSource(strings = {"/", "/v1/responses", "/live"})
    void handshakeGoesToTheStageOfTheWebSocketApi(String path) throws Exception {
        var event = event("GET", path, "\"sec-websocket-key\":" + KEY);
        var query = "{\"ticket\":{\"value\":\"ticket_x\"}}";
        ((ObjectNode) event.path("request")).set("querystring", Json.MAPPER.readTree(query));

        var decision = function.run(event);

        assertThat(decision.origin()).contains("websocket");
        assertThat(decision.request().path("uri").asText()).isEqualTo("/live");
        assertThat(decision.request().path("querystring").toString()).isEqualTo(query);
        assertThat(header(decision, "sec-websocket-key")).isEqualTo(KEY);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /",
        "GET, /assets/page-A1.css",
        "GET, /config.json",
        "GET, /health",
        "POST, /v1/responses",
        "GET, /v1/responses/resp_1",
        "POST, /api/chat",
        "GET, /live"
    })
    void requestGoesToTheFunctionUrlAsItIs(String method, String path) throws Exception {
        var decision = function.run(event(method, path, "\"accept\":{\"value\":\"text/html\"}"));

        assertThat(decision.origin()).isEmpty();
        assertThat(decision.request().path("method").asText()).isEqualTo(method);
        assertThat(decision.request().path("uri").asText()).isEqualTo(path);
        assertThat(header(decision, "accept")).isEqualTo("{\"value\":\"text/html\"}");
    }

    /** The next request must not inherit the origin of a handshake. */
    @Test
    void requestAfterAHandshakeGoesToTheFunctionUrl() throws Exception {
        function.run(event("GET", "/", "\"sec-websocket-key\":" + KEY));

        assertThat(function.run(event("GET", "/", "\"accept\":{\"value\":\"*/*\"}"))
                        .origin())
                .isEmpty();
    }

    @Test
    void handshakeOnAnotherPathIsARequest() throws Exception {
        assertThat(function.run(event("GET", "/v1/models", "\"sec-websocket-key\":" + KEY)))
                .extracting(EdgeFunction.Decision::origin)
                .isEqualTo(Optional.empty());
    }

    @Test
    void viewerReplacesWhatTheClientSends() throws Exception {
        var forged = """
                "x-rill-domain-secret":{"value":"guess"},
                "x-rill-viewer-host":{"value":"evil.example"},
                "x-rill-viewer-address":{"value":"192.0.2.66","multiValue":[{"value":"192.0.2.66"},{"value":"192.0.2.67"}]}
                """;

        var decision = function.run(event("POST", "/v1/responses", forged));

        assertThat(header(decision, "x-rill-viewer-address")).isEqualTo("{\"value\":\"198.51.100.11\"}");
        assertThat(header(decision, "x-rill-viewer-host")).isEqualTo("{\"value\":\"rill.example.com\"}");
        assertThat(decision.request().path("headers").has("x-rill-domain-secret"))
                .isFalse();
        assertThat(header(decision, "host")).isEqualTo("{\"value\":\"rill.example.com\"}");
    }

    @Test
    void codeFitsIntoAFunctionOfCloudFront() {
        assertThat(DomainFixture.edgeCode().getBytes(StandardCharsets.UTF_8))
                .hasSizeLessThanOrEqualTo(EdgeFunction.CODE_BYTES);
        assertThat(DomainFixture.edgeCode()).startsWith("import cf from 'cloudfront';\n");
    }

    @Test
    void brokenCodeIsReported() {
        assertThatThrownBy(() -> EdgeFunction.compile("function handler(event) {"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the edge function's code does not run: ");
        assertThatThrownBy(() -> EdgeFunction.compile("var x = 1;"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the edge function's code has no function named handler");
        assertThatThrownBy(() -> EdgeFunction.compile("function handler(event) { return event.nothing.at; }")
                        .run(event("GET", "/", "\"a\":{\"value\":\"b\"}")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("the edge function failed: ");
    }

    /** The code is not the operator's alone: a template may come from anywhere. */
    @Test
    void codeReachesNothingOfTheMachine() {
        assertThatThrownBy(() -> EdgeFunction.compile("var s = java.lang.System; function handler(e) { return e; }"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static String header(EdgeFunction.Decision decision, String name) {
        return decision.request().path("headers").path(name).toString();
    }

    private static ObjectNode event(String method, String path, String headers) throws Exception {
        JsonNode event = Json.MAPPER.readTree("""
                {"version":"1.0",
                 "context":{"distributionDomainName":"d111111abcdef8.cloudfront.net","distributionId":"EDFDVBD6EXAMPLE",
                            "eventType":"viewer-request","requestId":"EXAMPLE"},
                 "viewer":{"ip":"198.51.100.11"},
                 "request":{"method":"%s","uri":"%s","querystring":{},"cookies":{},
                            "headers":{"host":{"value":"rill.example.com"},%s}}}
                """.formatted(method, path, headers));
        return (ObjectNode) event;
    }
}
