package dev.rill.tests.stack;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jwt.JWTClaimsSet;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.ResponseCreateParams;
import dev.rill.testing.oidc.OidcServer;
import dev.rill.tests.Repository;
import dev.rill.tests.scenario.Json;
import dev.rill.tests.scenario.Transcript;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * Tests keys, tickets and tokens over the wire, on one stack with {@code --auth keys,oidc} that all tests share. The
 * last test searches the stack's output and logs for credentials.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(180)
class AuthenticatedStackTest {

    private static final Path WORK = Repository.root().resolve("tests/target/authenticated-stack");
    private static final Pattern KEY_OF_BANNER = Pattern.compile("-H 'Authorization: Bearer (rill_[^']+)'");
    private static final String UNKNOWN_KEY = "rill_" + "A".repeat(43);

    private final OidcServer issuer = OidcServer.start();
    private final HttpClient client = HttpClient.newHttpClient();
    private LocalStack stack;
    private String firstKey = "";
    private String key = "";
    private String keyId = "";
    private String ticket = "";

    AuthenticatedStackTest() throws IOException {}

    @BeforeAll
    void start() throws IOException, InterruptedException {
        stack = LocalStack.start(
                WORK,
                "--auth",
                "keys,oidc",
                "--parameter",
                "OidcIssuers=" + issuer.issuer(),
                "--parameter",
                "OidcAudience=rill",
                "--environments",
                "1",
                "--log",
                "debug");
        var shown = KEY_OF_BANNER.matcher(stack.output());
        assertThat(shown.find()).isTrue();
        firstKey = shown.group(1);
        var created = OperatorCommand.createKey(WORK, "alice");
        key = created.path("key").textValue();
        keyId = created.path("id").textValue();
    }

    @AfterAll
    void stop() {
        stack.close();
        issuer.close();
        client.close();
    }

    @Test
    @Order(1)
    void requestWithoutACredentialIsRefused() throws Exception {
        for (var path : new String[] {"/", "/v1/responses", "/v1/tickets", "/nowhere"}) {
            var refused = send(request(path).POST(BodyPublishers.ofString("hi")));

            assertThat(refused.statusCode()).as(path).isEqualTo(401);
            assertThat(refused.headers().firstValue("www-authenticate")).contains("Bearer");
            assertThat(code(refused)).isEqualTo("missing_credentials");
        }
        assertThat(code(ask(UNKNOWN_KEY, "hi"))).isEqualTo("invalid_credentials");
    }

    @Test
    @Order(2)
    void firstKeyIsTaken() throws Exception {
        var answer = ask(firstKey, "/fast /echo hello");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("hello\n");
        assertThat(OperatorCommand.run(WORK, "list")).contains("  key:first  first");
    }

    @Test
    @Order(3)
    void keyOfTheOperatorIsTaken() throws Exception {
        assertThat(ask(key, "/fast /echo hello").body()).isEqualTo("hello\n");
        assertThat(OperatorCommand.run(WORK, "list")).contains(keyId + "  valid ");
    }

    @Test
    @Order(4)
    void keyThatWasRevokedIsRefused() throws Exception {
        var revoked = OperatorCommand.createKey(WORK, "mallory");
        assertThat(OperatorCommand.run(WORK, "revoke", revoked.path("id").textValue()))
                .contains("is revoked");

        var refused = ask(revoked.path("key").textValue(), "hi");

        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(code(refused)).isEqualTo("invalid_credentials");
    }

    @Test
    @Order(5)
    void openAisClientIsAuthenticatedByItsKey() {
        var known = openAi(key);
        var unknown = openAi(UNKNOWN_KEY);
        try {
            var accumulator = ResponseAccumulator.create();
            try (var events = known.responses().createStreaming(params())) {
                events.stream().forEach(accumulator::accumulate);
            }
            assertThat(accumulator.response().output()).hasSize(1);
            assertThatThrownBy(() -> unknown.responses().create(params())).isInstanceOf(UnauthorizedException.class);
        } finally {
            known.close();
            unknown.close();
        }
    }

    @Test
    @Order(6)
    void responseOfAnotherSubjectIsUnknown() throws Exception {
        var created = send(bearer(key, request("/v1/responses"))
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString("{\"input\":\"/fast hi\"}")));
        var path = "/v1/responses/" + Json.read(created.body()).path("id").textValue();

        assertThat(send(bearer(key, request(path))).statusCode()).isEqualTo(200);
        for (var other : new String[] {firstKey, token()}) {
            var refused = send(bearer(other, request(path)));
            assertThat(refused.statusCode()).isEqualTo(404);
            assertThat(code(refused)).isEqualTo("not_found");
        }
    }

    @Test
    @Order(7)
    void tokenOfTheIssuerIsTaken() throws Exception {
        assertThat(ask(token(), "/fast /echo hello").body()).isEqualTo("hello\n");
        assertThat(code(ask(token() + "x", "hi"))).isEqualTo("invalid_credentials");
    }

    @Test
    @Order(8)
    void ticketOpensOneSocket() throws Exception {
        var answer = send(bearer(key, request("/v1/tickets")).POST(BodyPublishers.noBody()));

        assertThat(answer.statusCode()).isEqualTo(200);
        var json = Json.read(answer.body());
        ticket = json.path("ticket").textValue();
        assertThat(ticket).matches("ticket_[A-Za-z0-9_-]{43}");
        assertThat(Instant.ofEpochSecond(json.path("expires_at").longValue()))
                .isBetween(Instant.now(), Instant.now().plusSeconds(60));

        var address = URI.create(stack.address("WebSocket") + "?ticket=" + ticket);
        try (var socket = WireSocket.connect(client, address, List.of("rill.v1"))) {
            socket.send("/fast /echo hello");
            assertThat(Transcript.of(socket).text()).isEqualTo("hello");
        }
        assertThatThrownBy(() -> WireSocket.connect(client, address, List.of("rill.v1")))
                .hasCauseInstanceOf(WebSocketHandshakeException.class);
    }

    @Test
    @Order(9)
    void credentialInAUrlIsRefused() throws Exception {
        assertThat(code(send(request("/v1/responses?api_key=" + key)))).isEqualTo("credentials_in_url");
    }

    @Test
    @Order(10)
    void preflightNeedsNoCredential() throws Exception {
        var preflight = send(request("/v1/responses")
                .method("OPTIONS", BodyPublishers.noBody())
                .header("Origin", "http://localhost:8080")
                .header("Access-Control-Request-Method", "POST")
                .header("Access-Control-Request-Headers", "authorization"));

        assertThat(preflight.statusCode()).isEqualTo(200);
        assertThat(preflight
                        .headers()
                        .firstValue("Access-Control-Allow-Headers")
                        .orElse(""))
                .contains("authorization");
        assertThat(preflight
                        .headers()
                        .firstValue("Access-Control-Expose-Headers")
                        .orElse(""))
                .contains("retry-after");
    }

    /** Only the banner may show the first key. */
    @Test
    @Order(Integer.MAX_VALUE)
    void nothingThatTheStackWroteHoldsACredential() throws Exception {
        var banner =
                stack.output().lines().filter(line -> line.contains(firstKey)).toList();
        assertThat(banner)
                .hasSize(2)
                .allMatch(line -> KEY_OF_BANNER.matcher(line).find());
        assertThat(stack.logs().values()).anyMatch(log -> log.contains("stream-fn") && log.contains("refused"));
        // The claims are searched for once, because all tokens of the issuer have the same ones.
        var secrets = List.of(firstKey, key, UNKNOWN_KEY, ticket, token().split("\\.", -1)[1]);

        try (var files = Files.walk(WORK)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var text = new String(Files.readAllBytes(file), ISO_8859_1);
                for (var line : banner) {
                    text = text.replace(line, "");
                }
                assertThat(secrets.stream().filter(text::contains))
                        .as(file.toString())
                        .isEmpty();
            }
        }
    }

    private String token() {
        return issuer.sign(new JWTClaimsSet.Builder()
                .issuer(issuer.issuer())
                .audience("rill")
                .subject("carol")
                .expirationTime(Date.from(Instant.parse("2100-01-01T00:00:00Z")))
                .build());
    }

    private HttpResponse<String> ask(String credential, String prompt) throws Exception {
        return send(bearer(credential, request("/")).POST(BodyPublishers.ofString(prompt)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(stack.address("HTTP").resolve("/") + path.substring(1)))
                .timeout(Duration.ofSeconds(60));
    }

    private static HttpRequest.Builder bearer(String credential, HttpRequest.Builder request) {
        return request.header("Authorization", "Bearer " + credential);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private static String code(HttpResponse<String> refused) {
        return Json.read(refused.body()).at("/error/code").asText();
    }

    private OpenAIClient openAi(String apiKey) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(stack.address("HTTP").resolve("/v1").toString())
                .apiKey(apiKey)
                .maxRetries(0)
                .build();
    }

    private static ResponseCreateParams params() {
        return ResponseCreateParams.builder()
                .model("simulated")
                .input("/fast /count 3")
                .build();
    }
}
