package dev.rill.tests.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.RateLimitException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.models.Model;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseInputItem;
import dev.rill.tests.OpenAiBrowserClient;
import dev.rill.tests.Repository;
import dev.rill.tests.compliance.ComplianceScenarios;
import dev.rill.tests.examples.ExampleScenarios;
import dev.rill.tests.scenario.HttpScenarios;
import dev.rill.tests.scenario.HttpWorld;
import dev.rill.tests.scenario.SocketScenarios;
import dev.rill.tests.scenario.Transcript;
import dev.rill.tests.scenario.World;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestClassOrder;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.apigatewaymanagementapi.ApiGatewayManagementApiClient;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.GoneException;

/**
 * Runs the scenarios, and tests of the stack's processes, on one stack that all tests share. The last test ends the
 * stack.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestClassOrder(ClassOrderer.OrderAnnotation.class)
@Timeout(180)
class LocalStackTest {

    private LocalStack stack;

    @BeforeAll
    void start() throws IOException, InterruptedException {
        stack = LocalStack.start(
                Repository.root().resolve("tests/target/local-stack"),
                "--auth",
                "none",
                "--log",
                "info",
                "--environments",
                "2",
                "--parameter",
                "ModelIdleSeconds=3",
                "--allow-origin",
                "https://page.example");
    }

    @AfterAll
    void stop() {
        stack.close();
    }

    @Nested
    @Order(1)
    class OnSockets implements SocketScenarios {
        @Override
        public World world() {
            return stack;
        }
    }

    @Nested
    @Order(2)
    class OverHttp implements HttpScenarios {
        @Override
        public HttpWorld world() {
            return stack;
        }
    }

    /** The cases of the standard's own suite. */
    @Nested
    @Order(3)
    class WithTheStandard implements ComplianceScenarios {
        @Override
        public HttpWorld world() {
            return stack;
        }
    }

    /** Tests with OpenAI's Java client, unchanged. */
    @Nested
    @Order(4)
    class ForOpenAisClient {

        private OpenAIClient client;

        @BeforeEach
        void connect() {
            client = OpenAIOkHttpClient.builder()
                    .baseUrl(stack.address("HTTP").resolve("/v1").toString())
                    .apiKey("any")
                    .maxRetries(0)
                    .responseValidation(true)
                    .build();
        }

        @AfterEach
        void disconnect() {
            client.close();
        }

        @Test
        void streams() {
            assertThat(text(stream("/fast /count 5"))).isEqualTo("1 2 3 4 5");
        }

        @Test
        void streamsReasoningAndAToolCall() {
            var output = stream("/fast /reason /tool find_river the Rhine").output();

            assertThat(output.get(0).asReasoning().summary().getFirst().text()).contains("the Rhine");
            assertThat(output.get(1).asFunctionCall().arguments()).isEqualTo("{\"input\":\"the Rhine\"}");
        }

        @Test
        void toolLoopEndsInAnAnswer() {
            var called = stream(params("/fast find_river, please").toBuilder()
                    .addTool(river())
                    .build());
            var call = called.output().getFirst().asFunctionCall();
            var output = ResponseInputItem.FunctionCallOutput.builder()
                    .callId(call.callId())
                    .output("1230 km")
                    .build();
            var answer = stream(ResponseCreateParams.builder()
                    .model("simulated")
                    .previousResponseId(called.id())
                    .addTool(river())
                    .inputOfResponse(List.of(ResponseInputItem.ofFunctionCallOutput(output)))
                    .build());

            assertThat(call.name() + call.arguments()).isEqualTo("find_river{\"km\":7}");
            assertThat(text(answer)).startsWith("The tool answered: 1230 km");
        }

        @Test
        void answersWhole() {
            assertThat(text(client.responses().create(params("/fast /echo Grüße 👋"))))
                    .isEqualTo("Grüße 👋");
        }

        @Test
        void raisesItsTypedErrors() {
            assertThatThrownBy(() -> client.responses().create(params("/fail 429")))
                    .isInstanceOf(RateLimitException.class);
        }

        @Test
        void streamsAChatCompletion() {
            var completion = streamChat("/fast /count 5");

            assertThat(completion.choices().getFirst().message().content()).hasValue("1 2 3 4 5");
            assertThat(completion.choices().getFirst().finishReason())
                    .isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
            assertThat(completion.usage())
                    .hasValueSatisfying(
                            usage -> assertThat(usage.completionTokens()).isPositive());
        }

        @Test
        void streamsAToolCallOfAChatCompletion() {
            assertCalls(streamChat("/fast /reason /tool find_river the Rhine"));
        }

        @Test
        void answersAChatCompletionWhole() {
            var completion = client.chat().completions().create(chat("/fast /echo Grüße 👋"));

            assertThat(completion.validate().choices().getFirst().message().content())
                    .hasValue("Grüße 👋");
            assertCalls(client.chat().completions().create(chat("/fast /tool find_river the Rhine")));
        }

        @Test
        void chatCompletionRaisesItsTypedErrors() {
            assertThatThrownBy(() -> client.chat().completions().create(chat("/fail 429")))
                    .isInstanceOf(RateLimitException.class);
            assertThatThrownBy(() -> client.chat()
                            .completions()
                            .create(chat("hi").toBuilder().n(2).build()))
                    .isInstanceOf(BadRequestException.class)
                    .hasMessageContaining("'n'");
        }

        @Test
        void listsModels() {
            assertThat(client.models().list().data().stream().map(Model::id)).containsExactly("simulated");
            assertThat(client.models().retrieve("simulated").validate().id()).isEqualTo("simulated");
        }

        private static void assertCalls(ChatCompletion completion) {
            var choice = completion.validate().choices().getFirst();
            var call = choice.message().toolCalls().orElseThrow().getFirst().asFunction();
            assertThat(call.function().name()).isEqualTo("find_river");
            assertThat(call.function().arguments()).isEqualTo("{\"input\":\"the Rhine\"}");
            assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
        }

        private ChatCompletion streamChat(String prompt) {
            var accumulator = ChatCompletionAccumulator.create();
            var asked = chat(prompt).toBuilder()
                    .streamOptions(ChatCompletionStreamOptions.builder()
                            .includeUsage(true)
                            .build())
                    .build();
            try (var chunks = client.chat().completions().createStreaming(asked)) {
                chunks.stream().forEach(accumulator::accumulate);
            }
            return accumulator.chatCompletion();
        }

        private static ChatCompletionCreateParams chat(String prompt) {
            return ChatCompletionCreateParams.builder()
                    .model("simulated")
                    .addUserMessage(prompt)
                    .build();
        }

        private static FunctionTool river() {
            var parameters = FunctionTool.Parameters.builder()
                    .putAdditionalProperty("type", JsonValue.from("object"))
                    .putAdditionalProperty(
                            "properties", JsonValue.from(Map.of("km", Map.of("type", "integer", "minimum", 7))))
                    .putAdditionalProperty("required", JsonValue.from(List.of("km")))
                    .putAdditionalProperty("additionalProperties", JsonValue.from(false))
                    .build();
            return FunctionTool.builder()
                    .name("find_river")
                    .strict(true)
                    .parameters(parameters)
                    .build();
        }

        private Response stream(String prompt) {
            return stream(params(prompt));
        }

        private Response stream(ResponseCreateParams params) {
            var accumulator = ResponseAccumulator.create();
            try (var events = client.responses().createStreaming(params)) {
                events.stream().forEach(accumulator::accumulate);
            }
            return accumulator.response();
        }

        private static ResponseCreateParams params(String prompt) {
            return ResponseCreateParams.builder()
                    .model("simulated")
                    .input(prompt)
                    .build();
        }

        private static String text(Response response) {
            return response.output()
                    .getFirst()
                    .asMessage()
                    .content()
                    .getFirst()
                    .asOutputText()
                    .text();
        }
    }

    @Nested
    @Order(5)
    class ForAwsClient {

        @Test
        void unknownConnectionIsGone() {
            try (var client = ApiGatewayManagementApiClient.builder()
                    .endpointOverride(stack.address("@connections"))
                    .region(Region.US_EAST_1)
                    .httpClient(UrlConnectionHttpClient.create())
                    .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "any")))
                    .build()) {
                assertThatThrownBy(() -> client.postToConnection(
                                post -> post.connectionId("TXzPWdnOjoECGjA=").data(SdkBytes.fromUtf8String("hello"))))
                        .isInstanceOf(GoneException.class);
            }
        }
    }

    /** Tests of the CORS headers that a browser checks. */
    @Nested
    @Order(6)
    class ForBrowsers {

        @Test
        void pageOfAForeignOriginIsRefused() throws Exception {
            var request = HttpRequest.newBuilder(stack.address("HTTP"))
                    .timeout(Duration.ofSeconds(30))
                    .POST(BodyPublishers.ofString("hi"))
                    .header("Origin", "https://evil.example")
                    .build();
            try (var client = HttpClient.newHttpClient()) {
                var answer = client.send(request, BodyHandlers.ofString());

                assertThat(answer.statusCode()).isEqualTo(403);
                assertThat(answer.body()).contains("origin_not_allowed");
                assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
                        .isEmpty();
            }
        }

        @Test
        void pageComesWithItsFiles() throws Exception {
            try (var client = HttpClient.newHttpClient()) {
                var index = client.send(page("/").build(), BodyHandlers.ofString());
                assertThat(index.statusCode()).isEqualTo(200);
                assertThat(index.headers().firstValue("content-security-policy"))
                        .hasValueSatisfying(policy -> assertThat(policy).contains("; connect-src 'self'; "));
                var files = Pattern.compile("(?:src|href)=\"(/[^\"]+)\"")
                        .matcher(index.body())
                        .results()
                        .map(reference -> reference.group(1))
                        .toList();
                assertThat(files).anyMatch(file -> file.startsWith("/assets/"));

                for (var file : files) {
                    var request = page(file).header("Accept-Encoding", "gzip");
                    var got = client.send(request.build(), BodyHandlers.ofByteArray());
                    assertThat(got.statusCode()).as(file).isEqualTo(200);
                    assertThat(got.body()).isNotEmpty();
                    assertThat(got.headers().allValues("content-type")).hasSize(1);

                    var head = client.send(request.HEAD().build(), BodyHandlers.ofByteArray());
                    assertThat(head.statusCode()).isEqualTo(200);
                    assertThat(head.body()).isEmpty();
                    var tag = got.headers().firstValue("etag").orElseThrow();
                    assertThat(head.headers().firstValue("etag")).hasValue(tag);

                    var known = client.send(
                            request.GET().header("If-None-Match", tag).build(), BodyHandlers.ofByteArray());
                    assertThat(known.statusCode()).isEqualTo(304);
                    assertThat(known.body()).isEmpty();
                }
            }
        }

        /** The front port serves the socket too, by whichever host name the page was reached. */
        @Test
        void pageIsToldToConnectToItsOwnOrigin() throws Exception {
            try (var config = stack.get("/config.json");
                    var faults = stack.post("/local/faults/kill-worker", "application/json", "{}")) {
                assertThat(config.header("x-rill-faults")).isEmpty();
                assertThat(config.json())
                        .hasToString("{\"socket_url\":null,\"authentication\":[],\"model\":\"simulated\"}");
                assertThat(faults.status()).isEqualTo(404);
            }
        }

        private HttpRequest.Builder page(String path) {
            return HttpRequest.newBuilder(stack.address("HTTP").resolve(path))
                    .timeout(Duration.ofSeconds(30))
                    .header("Accept", "text/html,*/*;q=0.8");
        }

        @Test
        void everyHeaderOfOpenAisClientPasses() throws Exception {
            var headers = String.join(",", OpenAiBrowserClient.HEADERS);
            var preflight = HttpRequest.newBuilder(stack.address("HTTP"))
                    .timeout(Duration.ofSeconds(30))
                    .method("OPTIONS", BodyPublishers.noBody())
                    .header("Origin", "https://page.example")
                    .header("Access-Control-Request-Method", "POST")
                    .header("Access-Control-Request-Headers", headers)
                    .build();
            try (var client = HttpClient.newHttpClient()) {
                var answer = client.send(preflight, BodyHandlers.discarding());

                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
                        .hasValue("*");
                assertThat(answer.headers()
                                .firstValue("Access-Control-Allow-Headers")
                                .orElse("")
                                .split(",", -1))
                        .contains(headers.split(",", -1));
            }
        }
    }

    @Nested
    @Order(7)
    class InProcesses {

        @ParameterizedTest
        @ValueSource(strings = {"connect-fn", "message-fn", "worker-fn", "stream-fn"})
        void functionThatWasKilledIsStartedAgain(String module) throws Exception {
            askOnBothTransports("/fast /echo before");
            var killed = stack.processesOf(module);
            assertThat(killed).isNotEmpty();
            for (var process : killed) {
                process.destroyForcibly();
                process.onExit().get(30, TimeUnit.SECONDS);
            }

            askOnBothTransports("/fast /echo after");

            assertThat(stack.processesOf(module)).isNotEmpty().doesNotContainAnyElementsOf(killed);
        }

        @Test
        @EnabledOnOs(OS.LINUX)
        void nothingListensBeyondLoopback() throws Exception {
            var addresses = ListeningSockets.of(Stream.concat(Stream.of(stack.handle()), stack.children().stream())
                    .toList());

            // The process of the stack serves the front, @connections, Lambda, the Runtime APIs, secrets and the model.
            // DynamoDB and SQS have processes of their own.
            assertThat(addresses).hasSizeGreaterThan(6).allMatch(ListeningSockets::isLoopback);
        }

        @Test
        void logsHoldNothingThatWasSaid() throws Exception {
            askOnBothTransports("/fast /echo xyzzy-plugh");

            var logs = stack.logs();
            assertThat(logs.values())
                    .anyMatch(log -> log.contains("worker-fn"))
                    .anyMatch(log -> log.contains("stream-fn"));
            assertThat(logs)
                    .allSatisfy(
                            (file, log) -> assertThat(log).as(file.toString()).doesNotContain("xyzzy"));
        }

        private void askOnBothTransports(String prompt) throws Exception {
            var words = prompt.substring("/fast /echo ".length());
            try (var socket = stack.connect()) {
                socket.send(prompt);
                assertThat(Transcript.of(socket).text()).isEqualTo(words);
            }
            try (var answer = stack.post("/", "text/plain", prompt)) {
                assertThat(answer.text()).isEqualTo(words + "\n");
            }
        }
    }

    @Nested
    @Order(8)
    class ForExamples implements ExampleScenarios {
        @Override
        public URI webSocketAddress() {
            return stack.address("WebSocket");
        }

        @Override
        public URI httpAddress() {
            return stack.address("HTTP");
        }
    }

    @Nested
    @Order(Integer.MAX_VALUE)
    class AtTheEnd {

        /** On Unix, {@link Process#destroy} sends the signal TERM. */
        @Test
        void everyProcessEndsWithTheFirstOne() throws Exception {
            var children = stack.children();
            assertThat(children).hasSizeGreaterThanOrEqualTo(6);

            stack.handle().destroy();

            stack.handle().onExit().get(30, TimeUnit.SECONDS);
            for (var child : children) {
                child.onExit().get(30, TimeUnit.SECONDS);
            }
        }
    }
}
