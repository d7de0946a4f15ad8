package dev.rill.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.rill.aws.BedrockSigner;
import dev.rill.aws.BedrockSigner.Scope;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.Json;
import dev.rill.openai.ModelApi;
import dev.rill.openai.ModelAuth;
import dev.rill.openai.OpenAiModel;
import dev.rill.openai.OpenAiSettings;
import dev.rill.openai.RequestSigner;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Requests that the function's role signs, to a server that verifies signatures by AWS's own description of them.
 *
 * @see <a href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html">Create a
 *     signed AWS API request</a>
 */
@Timeout(20)
class BedrockTest {

    private static final Instant NOW = Instant.parse("2026-08-30T12:36:00Z");
    private static final Scope RUNTIME = new Scope("bedrock", "eu-central-1");
    private static final AwsSessionCredentials ROLE =
            AwsSessionCredentials.create("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "token/1+2==");

    private VerifyingServer server;

    @BeforeEach
    void start() throws IOException {
        server = new VerifyingServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource(ModelApi.class)
    void aSignedRequestIsAccepted(ModelApi api) throws Exception {
        try (var model = model(signer(ROLE, RUNTIME, NOW), api)) {
            model.open(Json.object().put("input", "Grüße 👋").put("model", "m")).close();
        }

        assertThat(server.refusals).isEmpty();
        assertThat(server.bodies)
                .singleElement()
                .asString()
                .contains("Grüße 👋")
                .contains("\"stream\":true");
    }

    @Test
    void mantleIsAServiceOfItsOwn() throws Exception {
        var mantle = new Scope("bedrock-mantle", "us-east-1");
        server.expected.set(mantle);

        try (var model = model(signer(ROLE, mantle, NOW), ModelApi.RESPONSES)) {
            model.open(Json.object().put("input", "Hi")).close();
        }
        try (var model = model(signer(ROLE, RUNTIME, NOW), ModelApi.RESPONSES)) {
            assertThat(failure(model).failure()).isEqualTo(ModelFailure.UNAUTHORIZED);
        }

        assertThat(server.refusals).containsExactly("credential scope");
    }

    @Test
    void anotherKeyIsRefused() {
        var other = AwsSessionCredentials.create(ROLE.accessKeyId(), "another", ROLE.sessionToken());

        assertThat(failure(model(signer(other, RUNTIME, NOW), ModelApi.RESPONSES)))
                .hasMessage("The model's server does not accept the key that it was given.")
                .returns(ModelFailure.UNAUTHORIZED, ModelException::failure);
        assertThat(server.refusals).containsExactly("signature");
    }

    @ParameterizedTest
    @ValueSource(longs = {-301, 301})
    void aClockThatIsOffIsRefused(long seconds) {
        assertThat(failure(model(signer(ROLE, RUNTIME, NOW.plusSeconds(seconds)), ModelApi.RESPONSES))
                        .failure())
                .isEqualTo(ModelFailure.UNAUTHORIZED);
        assertThat(server.refusals).containsExactly("clock");
    }

    @Test
    void aBodyThatIsNotTheSignedOneIsRefused() {
        var signer = signer(ROLE, RUNTIME, NOW);

        failure(model((method, url, body) -> signer.sign(method, url, "{}".getBytes(UTF_8)), ModelApi.RESPONSES));

        assertThat(server.refusals).containsExactly("signature");
    }

    @Test
    void renewedCredentialsAreUsed() throws Exception {
        var role =
                new AtomicReference<AwsCredentials>(AwsSessionCredentials.create("AKIDOLD", "old", "token of the old"));
        var signer = new BedrockSigner(role::get, RUNTIME, () -> NOW);
        try (var model = model(signer::sign, ModelApi.RESPONSES)) {
            failure(model);
            role.set(ROLE);
            model.open(Json.object().put("input", "Hi")).close();
        }

        assertThat(server.refusals).hasSize(1);
        assertThat(server.bodies).hasSize(1);
    }

    @Test
    void aRoleWithoutCredentialsIsUnauthorized() {
        var signer = new BedrockSigner(
                () -> {
                    throw SdkClientException.create("no credentials of arn:aws:iam::1:role/secret");
                },
                RUNTIME,
                () -> NOW);

        var failure = failure(model(signer::sign, ModelApi.RESPONSES));

        assertThat(failure.failure()).isEqualTo(ModelFailure.UNAUTHORIZED);
        assertThat(failure.getMessage()).doesNotContain("arn:");
    }

    @Test
    void theListOfModelsIsAskedForWithASignature() throws Exception {
        try (var model = model(signer(ROLE, RUNTIME, NOW), ModelApi.RESPONSES)) {
            assertThat(model.models()).extracting(it -> it.path("id").asText()).containsExactly("m");
        }
        assertThat(server.refusals).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1,bedrock,us-east-1",
        "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/openai/v1,bedrock,us-gov-west-1",
        "https://bedrock-runtime.cn-north-1.amazonaws.com.cn/openai/v1,bedrock,cn-north-1",
        "https://bedrock-mantle.ap-southeast-4.api.aws/v1,bedrock-mantle,ap-southeast-4"
    })
    void hostDeterminesTheScope(URI baseUrl, String service, String region) {
        assertThat(Scope.of(baseUrl)).isEqualTo(new Scope(service, region));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://api.openai.com/v1",
                "http://bedrock-runtime.us-east-1.amazonaws.com/openai/v1",
                "https://bedrock-runtime.us-east-1.amazonaws.com.evil.example/openai/v1",
                "https://evil.example/bedrock-runtime.us-east-1.amazonaws.com"
            })
    void noOtherHostIsSentASignature(URI baseUrl) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Scope.of(baseUrl))
                .withMessageStartingWith("OpenAiBaseUrl: with ModelAuth=bedrock give https://bedrock-runtime.");
    }

    private static ModelException failure(OpenAiModel model) {
        return catchThrowableOfType(
                ModelException.class,
                () -> model.open(Json.object().put("input", "Hi")).close());
    }

    private static RequestSigner signer(AwsCredentials role, Scope scope, Instant now) {
        return new BedrockSigner(() -> role, scope, () -> now)::sign;
    }

    private OpenAiModel model(RequestSigner signer, ModelApi api) {
        return new OpenAiModel(
                new OpenAiSettings(
                        server.url(),
                        new ModelAuth.Signature(signer),
                        "m",
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(5),
                        api),
                () -> NOW);
    }

    /** Verifies each signature, and answers with an empty response. */
    private static final class VerifyingServer implements AutoCloseable {
        private static final Pattern AUTHORIZATION = Pattern.compile(
                "AWS4-HMAC-SHA256 Credential=([^/]+)/(\\d{8})/([^/]+)/([^/]+)/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})");
        private static final DateTimeFormatter TIME =
                DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

        private final HttpServer http;
        private final AtomicReference<Scope> expected = new AtomicReference<>(RUNTIME);
        private final List<String> refusals = new CopyOnWriteArrayList<>();
        private final List<String> bodies = new CopyOnWriteArrayList<>();

        VerifyingServer() throws IOException {
            http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            http.createContext("/", this::handle);
            http.start();
        }

        URI url() {
            return URI.create("http://127.0.0.1:" + http.getAddress().getPort() + "/openai/v1");
        }

        @Override
        public void close() {
            http.stop(0);
        }

        private void handle(HttpExchange exchange) throws IOException {
            var body = exchange.getRequestBody().readAllBytes();
            var problem = problem(exchange, body);
            if (!problem.isEmpty()) {
                refusals.add(problem);
                send(exchange, 403, "application/json", "{\"message\":\"" + problem + " of AKIDEXAMPLE\"}");
            } else if (exchange.getRequestMethod().equals("GET")) {
                send(exchange, 200, "application/json", "{\"data\":[{\"id\":\"m\"}]}");
            } else {
                bodies.add(new String(body, UTF_8));
                send(exchange, 200, "text/event-stream", "data: [DONE]\n\n");
            }
        }

        private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
            var bytes = text.getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        }

        /** What is wrong with the signature; empty if nothing is. */
        private String problem(HttpExchange exchange, byte[] body) {
            var headers = new TreeMap<String, String>();
            exchange.getRequestHeaders()
                    .forEach((name, values) -> headers.put(
                            name.toLowerCase(Locale.ROOT),
                            values.stream().map(String::strip).collect(Collectors.joining(","))));
            var given = AUTHORIZATION.matcher(headers.getOrDefault("authorization", ""));
            if (!given.matches()) {
                return "authorization";
            }
            var date = headers.getOrDefault("x-amz-date", "");
            var scope = new Scope(given.group(4), given.group(3));
            if (!scope.equals(expected.get()) || !date.startsWith(given.group(2))) {
                return "credential scope";
            }
            if (Duration.between(Instant.from(TIME.parse(date)), NOW).abs().compareTo(Duration.ofMinutes(5)) > 0) {
                return "clock";
            }
            var signed = List.of(given.group(5).split(";"));
            if (!signed.contains("host")
                    || !signed.contains("x-amz-date")
                    || !signed.contains("x-amz-security-token")
                    || !headers.getOrDefault("x-amz-security-token", "").equals(ROLE.sessionToken())) {
                return "signed headers";
            }
            var canonical = String.join(
                    "\n",
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getRawPath(),
                    "",
                    signed.stream()
                            .map(name -> name + ":" + headers.get(name) + "\n")
                            .collect(Collectors.joining()),
                    given.group(5),
                    hex(sha256(body)));
            var credentialScope = String.join("/", given.group(2), scope.region(), scope.service(), "aws4_request");
            var toSign = String.join(
                    "\n", "AWS4-HMAC-SHA256", date, credentialScope, hex(sha256(canonical.getBytes(UTF_8))));
            var key = hmac(("AWS4" + ROLE.secretAccessKey()).getBytes(UTF_8), given.group(2));
            for (var part : List.of(scope.region(), scope.service(), "aws4_request")) {
                key = hmac(key, part);
            }
            return hex(hmac(key, toSign)).equals(given.group(6)) ? "" : "signature";
        }

        private static byte[] hmac(byte[] key, String text) {
            try {
                var mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(key, "HmacSHA256"));
                return mac.doFinal(text.getBytes(UTF_8));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        private static byte[] sha256(byte[] bytes) {
            try {
                return MessageDigest.getInstance("SHA-256").digest(bytes);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        private static String hex(byte[] bytes) {
            return HexFormat.of().formatHex(bytes);
        }
    }
}
