package dev.rill.tests.stack;

import static dev.rill.tests.stack.ClosedStack.bearer;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.tests.browser.BrowserScenarios;
import dev.rill.tests.browser.Chromium;
import dev.rill.tests.browser.PageServer;
import dev.rill.tests.scenario.Json;
import dev.rill.tests.scenario.Transcript;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestClassOrder;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Keys, tickets and tokens on the wire, on one stack with {@code --auth keys,oidc} that all tests share. The last one
 * looks for credentials in all that the stack has written.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestClassOrder(ClassOrderer.OrderAnnotation.class)
@Timeout(180)
class AuthenticatedStackTest {

    private static final Instant FAR_FUTURE = Instant.parse("2100-01-01T00:00:00Z");

    private final PageServer pages = PageServer.start("credentials.html");
    private ClosedStack stack;

    AuthenticatedStackTest() throws IOException {}

    @BeforeAll
    void start() throws IOException, InterruptedException {
        stack = ClosedStack.start(pages.origin(BrowserScenarios.OUR_HOST), pages.origin(BrowserScenarios.FOREIGN_HOST));
    }

    @AfterAll
    void stop() {
        stack.close();
        pages.close();
    }

    @Nested
    @Order(1)
    class OverHttp {

        @Test
        void requestWithoutACredentialIsRefused() throws Exception {
            for (var path : new String[] {"/", "/v1/responses", "/v1/tickets", "/nowhere"}) {
                var refused = stack.send(stack.request(path).POST(BodyPublishers.ofString("hi")));

                assertThat(refused.statusCode()).as(path).isEqualTo(401);
                assertThat(refused.headers().firstValue("www-authenticate")).contains("Bearer");
                assertThat(code(refused)).isEqualTo("missing_credentials");
            }
            assertThat(code(stack.ask(ClosedStack.UNKNOWN_KEY, "hi"))).isEqualTo("invalid_credentials");
        }

        @Test
        void firstKeyIsTaken() throws Exception {
            var answer = stack.ask(stack.firstKey(), "/fast /echo hello");

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("hello\n");
            assertThat(OperatorCommand.run(stack.work(), "list")).containsPattern(" {2}key:first +first");
        }

        @Test
        void keyOfTheOperatorIsTaken() throws Exception {
            var created = stack.operatorKey("alice");
            var id = created.path("id").textValue();
            assertThat(stack.ask(created.path("key").textValue(), "/fast /echo hello")
                            .body())
                    .isEqualTo("hello\n");
            assertThat(OperatorCommand.run(stack.work(), "list")).contains(id + "  valid ");
        }

        @Test
        void keyThatWasRevokedIsRefused() throws Exception {
            var revoked = stack.operatorKey("mallory");
            assertThat(OperatorCommand.run(
                            stack.work(), "revoke", revoked.path("id").textValue()))
                    .contains("is revoked");

            var refused = stack.ask(revoked.path("key").textValue(), "hi");

            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(code(refused)).isEqualTo("invalid_credentials");
        }

        @Test
        void responseOfAnotherSubjectIsUnknown() throws Exception {
            var key = stack.key("alice").key().secret();
            var created = stack.send(bearer(key, stack.request("/v1/responses"))
                    .header("content-type", "application/json")
                    .POST(BodyPublishers.ofString("{\"input\":\"/fast hi\"}")));
            var path = "/v1/responses/" + Json.read(created.body()).path("id").textValue();

            assertThat(stack.send(bearer(key, stack.request(path))).statusCode())
                    .isEqualTo(200);
            for (var other : new String[] {stack.firstKey(), stack.token("carol", FAR_FUTURE)}) {
                var refused = stack.send(bearer(other, stack.request(path)));
                assertThat(refused.statusCode()).isEqualTo(404);
                assertThat(code(refused)).isEqualTo("not_found");
            }
        }

        @Test
        void tokenOfTheIssuerIsTaken() throws Exception {
            var token = stack.token("carol", FAR_FUTURE);

            assertThat(stack.ask(token, "/fast /echo hello").body()).isEqualTo("hello\n");
            assertThat(code(stack.ask(token + "x", "hi"))).isEqualTo("invalid_credentials");
        }

        @Test
        void ticketOpensOneSocket() throws Exception {
            var key = stack.key("alice").key().secret();
            var answer = stack.send(bearer(key, stack.request("/v1/tickets")).POST(BodyPublishers.noBody()));

            assertThat(answer.statusCode()).isEqualTo(200);
            var json = Json.read(answer.body());
            var ticket = stack.noted(json.path("ticket").textValue());
            assertThat(ticket).matches("ticket_[A-Za-z0-9_-]{43}");
            assertThat(Instant.ofEpochSecond(json.path("expires_at").longValue()))
                    .isBetween(Instant.now(), Instant.now().plusSeconds(60));

            var address = URI.create(stack.local().address("WebSocket") + "?ticket=" + ticket);
            try (var socket = WireSocket.connect(stack.client(), address, List.of("rill.v1"))) {
                socket.send("/fast /echo hello");
                assertThat(Transcript.of(socket).text()).isEqualTo("hello");
            }
            assertThatThrownBy(() -> WireSocket.connect(stack.client(), address, List.of("rill.v1")))
                    .hasCauseInstanceOf(WebSocketHandshakeException.class);
        }

        @Test
        void credentialInAUrlIsRefused() throws Exception {
            var key = stack.key("alice").key().secret();

            assertThat(code(stack.send(stack.request("/v1/responses?api_key=" + key))))
                    .isEqualTo("credentials_in_url");
        }

        @Test
        void preflightNeedsNoCredential() throws Exception {
            var preflight = stack.send(stack.request("/v1/responses")
                    .method("OPTIONS", BodyPublishers.noBody())
                    .header("Origin", ClosedStack.OUR_PAGE)
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
    }

    @Nested
    @Order(2)
    class OnSockets implements SocketCredentialScenarios {
        @Override
        public ClosedStack stack() {
            return stack;
        }
    }

    @Nested
    @Order(3)
    class WithinBudgets implements BudgetScenarios {
        @Override
        public ClosedStack stack() {
            return stack;
        }
    }

    @Nested
    @Order(4)
    class ForClients implements ClientScenarios {
        @Override
        public ClosedStack stack() {
            return stack;
        }
    }

    @Nested
    @Order(4)
    class ThroughTheDomain implements DomainScenarios {
        @Override
        public ClosedStack stack() {
            return stack;
        }
    }

    @Nested
    @Order(5)
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class InChromium implements BrowserScenarios {

        private Optional<Chromium> browser = Optional.empty();

        @BeforeAll
        void open(@TempDir Path folder) throws IOException {
            pages.serve(Map.of(
                    "http",
                    stack.local().address("HTTP").resolve("/").toString().replaceFirst("/$", ""),
                    "webSocket",
                    stack.local().address("WebSocket").toString(),
                    "key",
                    stack.key("erika").key().secret(),
                    "unknownKey",
                    ClosedStack.UNKNOWN_KEY,
                    "foreignHost",
                    FOREIGN_HOST));
            var opened = Chromium.open(folder, pages.origin(OUR_HOST), "localhost", FOREIGN_HOST);
            browser = Optional.of(opened);
            pages.breakWith(opened.end());
        }

        @AfterAll
        void close() {
            browser.ifPresent(Chromium::close);
        }

        @Override
        public PageServer pages() {
            return pages;
        }
    }

    /** A key is read once in 30 s by each process of a function; each function has one process here. */
    @Nested
    @Order(6)
    class InDynamoDb {

        private static final String UNKNOWN_RESPONSE = "/v1/responses/resp_00000000000000000000000000000000";

        @Test
        void keyIsReadOnceInThirtySecondsOverHttp() throws Exception {
            startFunctions();
            var key = stack.key("frida").key().secret();

            assertThat(readsOfKeys(() -> get(key))).isEqualTo(1);
            assertThat(readsOfKeys(() -> get(key))).isZero();
        }

        /** {@code connect-fn} and {@code message-fn} read it. */
        @Test
        void keyIsReadOnceInThirtySecondsForSockets() throws Exception {
            startFunctions();
            var key = stack.key("frida").key().secret();

            assertThat(readsOfKeys(() -> answerOnSocket(key))).isEqualTo(2);
            assertThat(readsOfKeys(() -> answerOnSocket(key))).isZero();
        }

        /** A process reads the table when it starts. */
        private void startFunctions() throws Exception {
            var other = stack.key("gerda").key().secret();
            get(other);
            answerOnSocket(other);
        }

        private void get(String key) throws Exception {
            assertThat(stack.send(bearer(key, stack.request(UNKNOWN_RESPONSE))).statusCode())
                    .isEqualTo(404);
        }

        private void answerOnSocket(String key) throws Exception {
            try (var socket = SocketCredentialScenarios.connect(stack, SocketCredentialScenarios.bearer(key), "")) {
                socket.send("/fast /echo hello");
                socket.last("response.completed");
            }
        }

        /** The number of requests for the table of credentials, of some that the action causes. */
        private int readsOfKeys(Action action) throws Exception {
            stack.takeRequestsByTable();
            action.run();
            var requests = stack.takeRequestsByTable();
            assertThat(requests).isNotEmpty();
            return requests.path(ClosedStack.TABLE).asInt();
        }

        private interface Action {
            void run() throws Exception;
        }
    }

    @Nested
    @Order(Integer.MAX_VALUE)
    class AtTheEnd {

        /** The banner alone shows the first key. */
        @Test
        void nothingThatTheStackWroteHoldsACredential() throws Exception {
            var firstKey = stack.firstKey();
            var banner = stack.local()
                    .output()
                    .lines()
                    .filter(line -> line.contains(firstKey))
                    .toList();
            assertThat(banner).hasSize(2).containsExactlyElementsOf(stack.linesWithFirstKey());
            assertThat(stack.local().logs().values())
                    .anyMatch(log -> log.contains("stream-fn") && log.contains("refused"));
            var secrets = stack.secrets();
            assertThat(secrets).hasSizeGreaterThan(10);

            try (var files = Files.walk(stack.work())) {
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
    }

    private static String code(HttpResponse<String> refused) {
        return Json.read(refused.body()).at("/error/code").asText();
    }
}
