package dev.rill.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.auth.AuthenticationException;
import dev.rill.auth.Authenticator;
import dev.rill.auth.OidcSettings;
import dev.rill.auth.OidcVerifier;
import dev.rill.auth.Origins;
import dev.rill.auth.TicketRedeemer;
import dev.rill.auth.memory.InMemoryApiKeys;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.aws.function.AccessPolicySource;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.protocol.Json;
import dev.rill.streaming.Invocation;
import dev.rill.streaming.Request;
import dev.rill.streaming.ResponseHead;
import dev.rill.streaming.ResponseStream;
import dev.rill.streaming.testing.FakeRuntimeApi;
import dev.rill.streaming.testing.FunctionUrlEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The web page as clients get it, and what it is told of the deployment. */
@Timeout(20)
class WebPageTest {

    private static final String BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    private static final Optional<URI> SOCKET =
            Optional.of(URI.create("wss://a1.execute-api.eu-west-1.amazonaws.com/prod"));

    private final Routes routes = routes(SOCKET, () -> AccessPolicy.OPEN);

    @ParameterizedTest
    @ValueSource(strings = {BROWSER, "text/html", "application/json, TEXT/HTML;q=0.1", "text/html;charset=utf-8;q=1"})
    void clientThatNamesHtmlGetsThePage(String accept) throws Exception {
        var answered = send(FunctionUrlEvent.get("/").header("accept", accept));

        assertThat(answered.status()).isEqualTo(200);
        assertThat(answered.text()).isEqualTo(TestPage.INDEX);
        assertThat(answered.header("content-type")).isEqualTo("text/html; charset=utf-8");
        assertThat(answered.header("cache-control")).isEqualTo("no-cache");
        assertThat(answered.header("vary")).isEqualTo("Accept, Accept-Encoding");
        assertThat(answered.header("x-request-id")).isEqualTo("r1");
    }

    /** {@code curl} sends a star, and OpenAI's clients JSON. */
    @ParameterizedTest
    @ValueSource(
            strings = {"", "*/*", "text/*", "application/json", "text/html;q=0", "text/html; q=0.000, */*", "text/htmlx"
            })
    void otherClientIsToldToPost(String accept) throws Exception {
        var event = FunctionUrlEvent.get("/");
        var answered = send(accept.isEmpty() ? event : event.header("accept", accept));

        assertThat(answered.status()).isEqualTo(405);
        assertThat(answered.header("allow")).isEqualTo("POST");
        assertThat(answered.error()).isEqualTo("method_not_allowed");
    }

    @Test
    void textOfABrowserIsStillAnswered() throws Exception {
        var answered = send(FunctionUrlEvent.post("/").header("accept", BROWSER).body("hi"));

        assertThat(answered.text()).isEqualTo("Hello\n");
    }

    @Test
    void otherMethodsOfThePageAreNamed() throws Exception {
        var put = send(FunctionUrlEvent.of("PUT", "/").header("accept", BROWSER));
        var post = send(FunctionUrlEvent.post("/assets/page-B2.js"));

        assertThat(put.header("allow")).isEqualTo("POST, GET, HEAD");
        assertThat(post.header("allow")).isEqualTo("GET, HEAD");
    }

    @Test
    void hashedFileIsCachedForAYear() throws Exception {
        var answered = send(FunctionUrlEvent.get("/assets/page-B2.js"));

        assertThat(answered.text()).isEqualTo(TestPage.SCRIPT);
        assertThat(answered.header("content-type")).isEqualTo("text/javascript; charset=utf-8");
        assertThat(answered.header("cache-control")).isEqualTo("public, max-age=31536000, immutable");
        assertThat(answered.header("vary")).isEqualTo("Accept-Encoding");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gzip              | gzip",
                "br, GZIP;q=0.5    | gzip",
                "deflate, gzip, br | gzip",
                "br                | ''",
                "gzip;q=0, *       | ''",
                "*                 | ''",
                "identity          | ''"
            })
    void gzipIsSentToAClientThatTakesIt(String accepted, String coding) throws Exception {
        var answered = send(FunctionUrlEvent.get("/assets/page-B2.js").header("accept-encoding", accepted));

        assertThat(answered.header("content-encoding")).isEqualTo(coding);
        assertThat(answered.header("etag")).isEqualTo(coding.isEmpty() ? "\"22\"" : "\"22-gzip\"");
        assertThat(coding.isEmpty() ? answered.text() : unpacked(answered.body()))
                .isEqualTo(TestPage.SCRIPT);
    }

    @Test
    void pictureIsSentAsItIs() throws Exception {
        var answered = send(FunctionUrlEvent.get("/icon-192.png").header("accept-encoding", "gzip"));

        assertThat(answered.body()).isEqualTo(TestPage.picture());
        assertThat(answered.header("content-encoding")).isEmpty();
        assertThat(answered.header("etag")).isEqualTo("\"33\"");
        assertThat(answered.header("content-type")).isEqualTo("image/png");
        assertThat(answered.header("cache-control")).isEqualTo("no-cache");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"22-gzip\"              | gzip | 304",
                "W/\"22-gzip\"            | gzip | 304",
                "\"99\", \"22-gzip\"      | gzip | 304",
                "*                        | gzip | 304",
                "\"22\"                   | br   | 304",
                "\"22\"                   | gzip | 200",
                "\"22-gzip\"              | br   | 200",
                "\"2\"                    | br   | 200",
                "22                       | br   | 200"
            })
    void knownContentIsNotSentAgain(String known, String coding, int status) throws Exception {
        var answered = send(FunctionUrlEvent.get("/assets/page-B2.js")
                .header("accept-encoding", coding)
                .header("if-none-match", known));

        assertThat(answered.status()).isEqualTo(status);
        assertThat(answered.body().length == 0).isEqualTo(status == 304);
        assertThat(answered.header("etag")).isEqualTo(coding.equals("gzip") ? "\"22-gzip\"" : "\"22\"");
        assertThat(answered.header("cache-control")).contains("immutable");
        assertThat(answered.header("vary")).isEqualTo("Accept-Encoding");
        assertThat(answered.header("content-encoding")).isEqualTo(status == 200 && coding.equals("gzip") ? "gzip" : "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/assets/page-B2.js", "/icon-192.png", "/config.json"})
    void headHasTheHeadersOfGetAndNoBody(String path) throws Exception {
        var get = send(FunctionUrlEvent.get(path).header("accept", BROWSER).header("accept-encoding", "gzip"));
        var head =
                send(FunctionUrlEvent.of("HEAD", path).header("accept", BROWSER).header("accept-encoding", "gzip"));

        assertThat(get.body()).isNotEmpty();
        assertThat(head.body()).isEmpty();
        assertThat(head.head()).isEqualTo(get.head());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/assets/none.js",
                "/assets/page-B2.js/",
                "/assets/",
                "/assets/../index.html",
                "/assets/%2e%2e/index.html",
                "/assets/..%2findex.html",
                "/assets/../../dev/rill/stream/WebPage.class",
                "/assets//page-B2.js",
                "/assets/page-B2.js%00",
                "/robots.txt",
                "/index.html",
                "/index",
                "/page/index",
                "/v1/assets/page-B2.js",
                "/configXjson"
            })
    void pathThatIsNoFileIsAnErrorOfTheApi(String path) throws Exception {
        var answered = send(FunctionUrlEvent.get(path).header("accept", BROWSER));

        assertThat(answered.status()).isEqualTo(404);
        assertThat(answered.header("content-type")).isEqualTo("application/json");
        assertThat(answered.header("cache-control")).isEqualTo("no-store");
        assertThat(answered.error()).isEqualTo("not_found");
    }

    @Test
    void browserIsToldToTrustThePageAlone() throws Exception {
        for (var path : List.of("/", "/assets/page-B2.js", "/icon-192.png")) {
            var answered = send(FunctionUrlEvent.get(path).header("accept", BROWSER));

            assertThat(answered.header("content-security-policy"))
                    .isEqualTo("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                            + "font-src 'self'; "
                            + "connect-src 'self' wss://a1.execute-api.eu-west-1.amazonaws.com; "
                            + "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
            assertThat(answered.header("x-content-type-options")).isEqualTo("nosniff");
            assertThat(answered.header("referrer-policy")).isEqualTo("no-referrer");
            assertThat(answered.header("permissions-policy")).contains("camera=()", "microphone=()");
            assertThat(answered.header("cross-origin-opener-policy")).isEqualTo("same-origin");
        }
    }

    @Test
    void pageWithItsOwnSocketConnectsToItsOriginAlone() throws Exception {
        var sameOrigin = routes(Optional.empty(), () -> AccessPolicy.OPEN);

        assertThat(send(FunctionUrlEvent.get("/").header("accept", BROWSER), sameOrigin)
                        .header("content-security-policy"))
                .contains("; connect-src 'self'; ");
        assertThat(send(FunctionUrlEvent.get("/config.json"), sameOrigin)
                        .json()
                        .path("socket_url")
                        .isNull())
                .isTrue();
    }

    @Test
    void httpsAloneIsToBeKept() throws Exception {
        var event = FunctionUrlEvent.get("/").header("accept", BROWSER);

        assertThat(send(event).header("strict-transport-security")).isEmpty();
        assertThat(send(event.header("x-forwarded-proto", "http")).header("strict-transport-security"))
                .isEmpty();
        assertThat(send(event.header("x-forwarded-proto", "https")).header("strict-transport-security"))
                .isEqualTo("max-age=31536000");
    }

    @Test
    void pageIsToldOfSocketModelAndCredentials() throws Exception {
        var open = send(FunctionUrlEvent.get("/config.json"));

        assertThat(open.header("cache-control")).isEqualTo("no-store");
        assertThat(open.json())
                .isEqualTo(Json.findObject("{\"socket_url\":\"" + SOCKET.orElseThrow()
                                + "\",\"authentication\":[],\"model\":\"default-model\"}")
                        .orElseThrow());
        assertThat(modes(true, false)).isEqualTo("[\"keys\"]");
        assertThat(modes(false, true)).isEqualTo("[\"oidc\"]");
        assertThat(modes(true, true)).isEqualTo("[\"keys\",\"oidc\"]");
    }

    @Test
    void pageIsToldThatTheSettingsCantBeRead() throws Exception {
        var failing = routes(SOCKET, () -> {
            throw AuthenticationException.unavailable(new IllegalStateException("no secret"));
        });

        assertThat(send(FunctionUrlEvent.get("/config.json"), failing).status()).isEqualTo(503);
        assertThat(send(FunctionUrlEvent.get("/").header("accept", BROWSER), failing)
                        .status())
                .isEqualTo(200);
    }

    /** Otherwise the build has packed a file that no client can reach. */
    @Test
    void everyFileOfTheBuildIsServed() throws Exception {
        var packed = TestRoutes.showing(WebPage.packed(SOCKET, "default-model"), () -> AccessPolicy.OPEN);

        assertThat(PageFiles.packed().byPath()).containsKey("/index.html");
        for (var file : PageFiles.packed().byPath().values()) {
            var path = file.path().equals("/index.html") ? "/" : file.path();
            var answered = send(
                    FunctionUrlEvent.get(path).header("accept", BROWSER).header("accept-encoding", "gzip"), packed);
            assertThat(answered.status()).as(path).isEqualTo(200);
            assertThat(answered.header("content-type")).isEqualTo(file.mediaType());
            assertThat(answered.body()).isNotEmpty();
        }
    }

    private static String modes(boolean keys, boolean oidc) throws Exception {
        var time = new ManualTime();
        var issuers = new OidcSettings(List.of("https://issuer.example"), Set.of("app"), "sub", Optional.empty());
        try (var background = Executors.newVirtualThreadPerTaskExecutor()) {
            var authenticator = Authenticator.closed(
                    keys ? Optional.of(new InMemoryApiKeys(time)) : Optional.empty(),
                    oidc ? Optional.of(new OidcVerifier(issuers, time, background)) : Optional.empty(),
                    TicketRedeemer.NONE,
                    time);
            var policy = new AccessPolicy(authenticator, Origins.parse("*"));
            return send(FunctionUrlEvent.get("/config.json"), routes(SOCKET, () -> policy))
                    .json()
                    .path("authentication")
                    .toString();
        }
    }

    private static Routes routes(Optional<URI> socketUrl, AccessPolicySource access) {
        return TestRoutes.showing(new WebPage(TestPage.FILES, socketUrl, "default-model"), access);
    }

    private static String unpacked(byte[] packed) throws IOException {
        try (var in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    private Answered send(FunctionUrlEvent event) throws Exception {
        return send(event, routes);
    }

    private static Answered send(FunctionUrlEvent event, Routes routes) throws Exception {
        var deadline = Long.toString(FakeRuntimeApi.DEADLINE.toEpochMilli());
        var headers = Map.of("Lambda-Runtime-Aws-Request-Id", "r1", "Lambda-Runtime-Deadline-Ms", deadline);
        var answered = new Answered();
        routes.handle(Request.of(new Invocation(event.bytes(), headers, Clock.systemUTC())), answered);
        return answered;
    }

    /** Keeps the response. */
    private static final class Answered implements ResponseStream {

        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private @Nullable ResponseHead head;

        @Override
        public OutputStream open(ResponseHead opened) {
            assertThat(head).isNull();
            head = opened;
            return body;
        }

        @Override
        public OutputStream openRaw(String contentType) {
            throw new AssertionError("a response without a status");
        }

        @Override
        public boolean isOpen() {
            return head != null;
        }

        ResponseHead head() {
            if (head == null) {
                throw new AssertionError("no response");
            }
            return head;
        }

        int status() {
            return head().status();
        }

        String header(String name) {
            return String.join(", ", head().headers().getOrDefault(name, List.of()));
        }

        byte[] body() {
            return body.toByteArray();
        }

        String text() {
            return body.toString(UTF_8);
        }

        JsonNode json() {
            return Json.findObject(text().strip()).orElseThrow();
        }

        String error() {
            return json().at("/error/code").asText();
        }
    }
}
