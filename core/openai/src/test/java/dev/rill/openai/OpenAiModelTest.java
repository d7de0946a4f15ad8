package dev.rill.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.rill.chat.Submission;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.ModelStream;
import dev.rill.chat.model.Retries;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Subject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class OpenAiModelTest {

    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");
    private static final String DELTA = "{\"type\":\"response.output_text.delta\",\"delta\":\"Grüße 👋\"}";
    private static final String COMPLETED = "{\"type\":\"response.completed\",\"response\":{}}";

    private ScriptedServer server;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void requestsAnEventStreamWithTheCurrentKey() throws Exception {
        var key = new AtomicReference<>("sk-first");
        var model = model(key::get);
        server.respondWithEvents(COMPLETED);
        server.respondWithEvents(COMPLETED);

        model.open(prompt()).close();
        key.set("sk-second\n");
        model.open(prompt()).close();

        var first = server.nextRequest();
        assertThat(first.line()).isEqualTo("POST /v1/responses HTTP/1.1");
        assertThat(first.headers())
                .containsEntry("authorization", "Bearer sk-first")
                .containsEntry("accept", "text/event-stream")
                .containsEntry("content-type", "application/json");
        assertThat(server.nextRequest().headers()).containsEntry("authorization", "Bearer sk-second");
    }

    @Test
    void writesRawPartsOfTheRequestUnchanged() throws Exception {
        server.respondWithEvents(COMPLETED);
        var request = prompt().put("n", 1);
        request.putRawValue("input", new RawValue("[1.50 , {\"x\":\"Grüße 👋\"}]"));
        request.put("half", "\ud83d");

        model(() -> "sk-test").open(request).close();

        var body =
                "{\"input\":[1.50 , {\"x\":\"Grüße 👋\"}],\"n\":1,\"half\":\"\uFFFD\",\"stream\":true,\"model\":\"m\"}";
        var sent = server.nextRequest();
        assertThat(sent.body()).isEqualTo(body);
        assertThat(sent.headers()).containsEntry("content-length", String.valueOf(body.getBytes(UTF_8).length));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'error':{'message':'Encrypted content is not supported with this model.','param':'include','code':null}}",
                "{'error':{'message':'1 validation error: body.include.0: Input should be x','code':400}}"
            })
    void repeatsWithoutReasoningIfRefusedAndRemembers(String refusal) throws Exception {
        server.respondWith(400, JSON, refusal.replace('\'', '"'));
        server.respondWithEvents(COMPLETED);
        server.respondWithEvents(COMPLETED);
        server.respondWithEvents(COMPLETED);
        var model = model(() -> "sk-test");
        model.open(asking("plain")).close();
        model.open(asking("plain")).close();
        model.open(asking("thinker")).close();

        assertThat(included()).isEqualTo("[\"message.output_text.logprobs\",\"reasoning.encrypted_content\"]");
        assertThat(included()).isEqualTo("[\"message.output_text.logprobs\"]");
        assertThat(included()).isEqualTo("[\"message.output_text.logprobs\"]");
        assertThat(included()).isEqualTo("[\"message.output_text.logprobs\",\"reasoning.encrypted_content\"]");
        assertThat(server.hasRequest()).isFalse();
    }

    @Test
    void refusalForAnotherReasonIsNotRepeated() throws Exception {
        server.respondWith(400, JSON, "{\"error\":{\"message\":\"no such tool\"}}");

        assertThat(failureOf(() -> model(() -> "sk-test").open(asking("m"))).failure())
                .isEqualTo(ModelFailure.REJECTED);
        server.nextRequest();
        assertThat(server.hasRequest()).isFalse();
    }

    @Test
    void reportsTheRefusalOfTheRepeatedRequest() throws Exception {
        server.respondWith(400, JSON, "{\"error\":{\"message\":\"unknown: include\"}}");
        server.respondWith(400, JSON, "{\"error\":{\"message\":\"no such tool\"}}");

        assertThat(failureOf(() -> model(() -> "sk-test").open(asking("m")))).hasMessage("no such tool");
    }

    private static ObjectNode asking(String model) {
        var request = prompt().put("model", model);
        request.putArray("include").add("message.output_text.logprobs").add("reasoning.encrypted_content");
        return request;
    }

    private String included() throws InterruptedException {
        return Json.findObject(server.nextRequest().body())
                .orElseThrow()
                .path("include")
                .toString();
    }

    @Test
    void readsNoKeyBeforeTheFirstRequest() {
        model(() -> {
                    throw new AssertionError("read at construction");
                })
                .close();
    }

    @Test
    void supportsServersWithoutAKey() throws Exception {
        server.respondWithEvents(COMPLETED);

        assertThat(trace(model(() -> "").open(prompt()))).isEqualTo(COMPLETED + ";end");
    }

    @Test
    void refusesKeysThatAreNoHeaderValue() {
        var refusal = failureOf(() -> model(() -> "{\"key\": \"sk-1\"}").open(prompt()));

        assertThat(refusal.failure()).isEqualTo(ModelFailure.UNAUTHORIZED);
        assertThat(refusal).hasMessageNotContaining("sk-1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void readsTheSameAtEverySplitOfTheNetwork(String lineEnd) throws Exception {
        var stream = ": hi\nevent: response.output_text.delta\ndata: " + DELTA
                + "\n\ndata: {\"type\":\ndata: \"x\"}\n\ndata: "
                + COMPLETED + "\n\ndata: [DONE]\n\n";
        var bytes = stream.replace("\n", lineEnd).getBytes(UTF_8);
        try (var model = model(() -> "sk-test")) {
            for (int split = 0; split <= bytes.length; split++) {
                server.respondWithPieces(
                        Arrays.copyOfRange(bytes, 0, split), Arrays.copyOfRange(bytes, split, bytes.length));
                try (var answer = model.open(prompt())) {
                    assertThat(trace(answer))
                            .as("split at byte " + split)
                            .isEqualTo(DELTA + ";{\"type\":\"x\"};" + COMPLETED + ";end");
                }
            }
        }
    }

    @Test
    void reusesAConnectionAfterATerminalEvent() throws Exception {
        try (var model = model(() -> "sk-test")) {
            for (int i = 0; i < 5; i++) {
                server.respondWithEvents(DELTA, COMPLETED);
                try (var answer = model.open(prompt())) {
                    answer.next();
                    answer.next();
                }
            }
        }
        assertThat(server.acceptedConnections()).isEqualTo(1);
        server.awaitConnectionEnd();
        assertThat(server.openConnections()).isZero();
    }

    @Test
    void closesTheConnectionOfEveryFailedResponse() throws Exception {
        try (var model = model(() -> "sk-test")) {
            server.respondWithEventsThenStayOpen(DELTA);
            model.open(prompt()).close();
            server.awaitConnectionEnd();

            server.respondWithEventsThenStayOpen(DELTA, "nonsense");
            assertThat(trace(model.open(prompt()))).isEqualTo(DELTA + ";INVALID_OUTPUT");
            server.awaitConnectionEnd();

            server.respondWithEventsThenReset(DELTA);
            // A TCP reset may overtake the event.
            assertThat(trace(model.open(prompt()))).endsWith("DISCONNECTED");
            server.awaitConnectionEnd();

            server.respondWithEventsThenStayOpen(
                    DELTA, "{\"type\":\"error\",\"code\":\"server_error\",\"message\":\"no\"}");
            assertThat(trace(model.open(prompt()))).isEqualTo(DELTA + ";SERVER_ERROR");
            server.awaitConnectionEnd();

            server.takeAndHangUp();
            assertThat(failureOf(() -> model.open(prompt())).failure()).isEqualTo(ModelFailure.DISCONNECTED);
            server.awaitConnectionEnd();

            server.respondWithEventsThenStayOpen(DELTA, COMPLETED);
            model.open(prompt()).close();
            server.awaitConnectionEnd();
        }
        assertThat(server.openConnections()).isZero();
    }

    @Test
    void theEndOfTheConnectionEndsTheStream() throws Exception {
        server.respondWithoutLengthAndClose("data: " + DELTA + "\n\ndata: {\"type\":\"respo");

        assertThat(trace(model(() -> "sk-test").open(prompt()))).isEqualTo(DELTA + ";end");
    }

    @Test
    void refusesAResponseThatIsNoStream() {
        server.respondWith(200, JSON, "{\"id\":\"resp_1\"}");
        server.respondWith(200, Map.of("Content-Type", "text/html"), "<html>Welcome!</html>");
        server.respondWith(301, Map.of("Location", server.url().toString()), "");
        var model = model(() -> "sk-test");

        for (int i = 0; i < 3; i++) {
            assertThat(failureOf(() -> model.open(prompt())).failure()).isEqualTo(ModelFailure.INVALID_OUTPUT);
        }
    }

    @Test
    void refusesAStreamWithoutEvents() throws Exception {
        server.respondWithPieces("<html>Welcome!</html>\n\n");

        assertThat(trace(model(() -> "sk-test").open(prompt()))).isEqualTo("INVALID_OUTPUT");
    }

    @Test
    void reportsAnUnreachableServer() throws Exception {
        int closedPort;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closedPort = socket.getLocalPort();
        }
        var model = model(URI.create("http://127.0.0.1:" + closedPort + "/v1"));

        var refusal = failureOf(() -> model.open(prompt()));

        assertThat(refusal.failure()).isEqualTo(ModelFailure.UNREACHABLE);
        assertThat(refusal).hasMessageNotContaining(String.valueOf(closedPort));
    }

    @Test
    void reportsAnUnknownHost() {
        assertThat(failureOf(() -> model(URI.create("http://rill.invalid/v1")).open(prompt()))
                        .failure())
                .isEqualTo(ModelFailure.UNREACHABLE);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
      429 | {"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"m"}} | OUT_OF_QUOTA
      429 | {"error":{"type":"insufficient_quota","code":null,"message":"m"}}                 | OUT_OF_QUOTA
      429 | {"error":{"type":"tokens","code":"rate_limit_exceeded","message":"m"}}            | RATE_LIMITED
      429 | {"error":"m"}                                                                     | RATE_LIMITED
      429 | slow down                                                                         | RATE_LIMITED
      400 | {"error":{"message":"m"}}                                                         | REJECTED
      500 | <html>                                                                            | SERVER_ERROR
      """)
    void mapsRefusals(int status, String body, ModelFailure failure) {
        server.respondWith(status, JSON, body);

        assertThat(failureOf(() -> model(() -> "sk-test").open(prompt())).failure())
                .isEqualTo(failure);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
      {"type":"error","code":"server_error","message":"m","param":null,"sequence_number":3}      | SERVER_ERROR
      {"type":"error","error":{"type":"invalid_request_error","code":null,"message":"m"}}        | REJECTED
      {"type":"error","error":{"type":"tokens","code":"rate_limit_exceeded","message":"m"}}      | RATE_LIMITED
      {"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"m"}}          | OUT_OF_QUOTA
      {"error":{"code":401,"message":"m"}}                                                       | UNAUTHORIZED
      {"error":{"code":529,"message":"m"}}                                                       | SERVER_ERROR
      {"error":"m"}                                                                              | SERVER_ERROR
      {"type":"error"}                                                                           | SERVER_ERROR
      """)
    void mapsErrorEvents(String event, ModelFailure failure) throws Exception {
        server.respondWithEvents(event);

        assertThat(trace(model(() -> "sk-test").open(prompt()))).isEqualTo(failure.name());
    }

    @Test
    void mapsAnErrorByTheNameOfItsEvent() throws Exception {
        server.respondWithPieces("event: error\ndata: {\"code\":\"model_not_found\",\"message\":\"m\"}\n\n");

        assertThat(trace(model(() -> "sk-test").open(prompt()))).isEqualTo("NOT_FOUND");
    }

    /** As OpenAI, Azure, vLLM, llama.cpp, Ollama, FastAPI and Google say what is wrong with a request. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "null", textBlock = """
      400 | {"error":{"message":"m","type":"invalid_request_error","param":"input","code":"context_length_exceeded"}} | context_length_exceeded | input | 400
      413 | {"error":{"message":"m","type":"x","param":null,"code":"too_large"}}                             | too_large                   | null | 413
      422 | {"message":"m","code":"content_filter","param":"input[0].content"}                              | content_filter              | input[0].content | 422
      400 | {"detail":{"error":{"message":"m","code":"context_length_exceeded"}}}                           | context_length_exceeded     | null | 400
      400 | {"detail":{"message":"m","code":"context_length_exceeded","param":"p"}}                         | context_length_exceeded     | p    | 400
      400 | {"errors":[{"message":"m","code":"bad_tool","param":"tools"}]}                                  | bad_tool                    | tools | 400
      422 | {"detail":[{"type":"missing","loc":["body","tools",0,"name"],"msg":"m"}]}                      | invalid_prompt              | tools.0.name | 422
      400 | {"error":{"code":400,"message":"m","type":"exceed_context_size_error","n_ctx":4096}}            | context_length_exceeded     | null | 400
      400 | {"object":"error","message":"m","type":"BadRequestError","param":null,"code":400}               | invalid_prompt              | null | 400
      400 | {"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT","errors":[{"code":"x"}]}}        | invalid_prompt              | null | 400
      400 | {"error":{"message":"m","type":"invalid_request_error","code":"invalid_request_error"}}         | invalid_prompt              | null | 400
      400 | {"error":{"message":"m","code":"server_error","param":"a b"}}                                   | invalid_prompt              | null | 400
      400 | {"error":{"message":"m","code":"400","param":7}}                                                | invalid_prompt              | null | 400
      400 | {"error":{"message":"m","code":"see http://h/","param":"sk-secret"}}                            | invalid_prompt              | null | 400
      400 | {"error":{"message":"m","code":"my-secret-key","param":"sk-secret-1"}}                          | invalid_prompt              | null | 400
      400 | {"error":{"message":"m","type":"x","code":"model_not_found","param":"model"}}                   | model_not_found             | model | 400
      404 | {"error":{"message":"m","type":"x","code":"model_not_found"}}                                   | model_not_found             | null | 404
      404 | {"error":{"message":"model `a` not found, try pulling it first","type":"api_error"}}        | model_not_found             | null | 404
      404 | {"object":"error","message":"The model `a` does not exist.","type":"NotFoundError","code":404}  | model_not_found             | null | 404
      404 | {"error":{"message":"m","type":"x","param":"model","code":null}}                                | model_not_found             | model | 404
      404 | {"error":{"message":"m","code":"DeploymentNotFound"}}                                           | DeploymentNotFound          | null | 404
      404 | {"error":{"message":"m","param":"input[1].id"}}                                                 | invalid_prompt              | input[1].id | 404
      404 | {"detail":"Not Found"}                                                                          | model_invalid_output        | null | null
      404 | {"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}                      | model_invalid_output        | null | null
      404 | {"error":{"message":"Invalid URL (POST /v2)","type":"invalid_request_error","code":null}}       | model_invalid_output        | null | null
      404 | <html>                                                                                          | model_invalid_output        | null | null
      401 | {"error":{"message":"m","code":"who_are_you","param":"key"}}                                    | model_unauthorized          | null | null
      429 | {"error":{"message":"m","code":"slow_down","param":"key"}}                                      | rate_limit_exceeded         | null | null
      503 | {"error":{"message":"m","code":"overloaded","param":"key"}}                                     | server_error                | null | null
      """)
    void tellsWhatTheServerSays(int status, String body, String code, @Nullable String param, @Nullable Integer sent) {
        server.respondWith(status, JSON, body);

        var refusal = failureOf(() -> model(() -> "my-secret-key").open(prompt()));

        assertThat(refusal.code()).isEqualTo(code);
        assertThat(refusal.details().param()).isEqualTo(Optional.ofNullable(param));
        assertThat(refusal.details().status()).isEqualTo(sent == null ? OptionalInt.empty() : OptionalInt.of(sent));
    }

    @Test
    void namesThePathThatIsUnknown() {
        server.respondWith(404, JSON, "{\"detail\":\"Not Found at http://10.0.0.7/v1\"}");

        assertThat(failureOf(() -> model(() -> "sk-test").open(prompt())))
                .hasMessage("The model's server does not speak the Responses API: Not Found at …");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
      {"error":{"message":"why","type":"x","code":"context_length_exceeded"}} | context_length_exceeded | why
      {"error":{"message":"why","code":"429"}}                                | rate_limit_exceeded     | why
      {"object":"error","message":"why","type":"BadRequestError","code":400}  | invalid_prompt          | why
      {"object":"response","error":{"code":"x","message":"why"}}              | server_error            | why
      {"error":"why my-secret-key"}                                           | server_error            | why …
      {"detail":"why"}                                                        | server_error            | why
      {"object":"response","error":null,"output":[]}                          | model_invalid_output    | The model's server sent something that is no stream of events.
      {"object":"chat.completion","message":"why"}                            | model_invalid_output    | The model's server sent something that is no stream of events.
      {"id":1}                                                                | model_invalid_output    | The model's server sent something that is no stream of events.
      nonsense                                                                | model_invalid_output    | The model's server sent something that is no stream of events.
      """)
    void findsTheErrorInABodyWithStatus200(String body, String code, String message) {
        server.respondWith(200, JSON, body);

        var refusal = failureOf(() -> model(() -> "my-secret-key").open(prompt()));

        assertThat(refusal.code()).isEqualTo(code);
        assertThat(refusal).hasMessage(message);
    }

    @Test
    void codeOfAnErrorEventReachesTheClient() throws Exception {
        server.respondWithEvents("""
            {"type":"error","error":{"message":"m","type":"invalid_request_error","code":"context_length_exceeded","param":"input"}}\
            """);

        try (var stream = model(() -> "sk-test").open(prompt())) {
            assertThatThrownBy(stream::next).isInstanceOfSatisfying(ModelException.class, e -> {
                assertThat(e.failure()).isEqualTo(ModelFailure.REJECTED);
                assertThat(e.code()).isEqualTo("context_length_exceeded");
                assertThat(e.details().param()).contains("input");
            });
        }
    }

    @Test
    void redactsTheMessageOfAFailedResponse() throws Exception {
        server.respondWithEvents("""
            {"type":"response.failed","response":{"error":{"code":"x","message":"my-secret-key at https://h/ is bad"}}}\
            """);

        try (var stream = model(() -> "my-secret-key").open(prompt())) {
            assertThat(stream.next()
                            .orElseThrow()
                            .payload()
                            .at("/response/error/message")
                            .textValue())
                    .isEqualTo("… at … is bad");
        }
    }

    @Test
    void redactsTheServersMessage() {
        server.respondWith(400, JSON, """
            {"error":{"message":"Unknown parameter: 'mood'. Key my-secret-key of org-AbC123, see https://h.example/x?y=1 now."}}
            """);

        assertThat(failureOf(() -> model(() -> "my-secret-key").open(prompt())))
                .hasMessage("Unknown parameter: 'mood'. Key … of …, see … now.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
      {"error":{"message":"why","type":"invalid_request_error","param":null,"code":null}}           | why
      {"object":"error","message":"why","type":"BadRequestError","param":null,"code":400}           | why
      {"error":"why"}                                                                                | why
      {"error":"Bad Request","message":"why","statusCode":400}                                       | why
      {"error":null,"message":"why"}                                                                 | why
      {"detail":"why"}                                                                               | why
      {"detail":{"error":{"message":"why"}}}                                                         | why
      {"detail":[{"type":"missing","loc":["body","tools",0,"name"],"msg":"why","input":"SECRET"}]}   | tools.0.name: why
      {"detail":[{"msg":"a"},{"msg":"b"},{"msg":""},{"loc":"x","msg":"c"},{"msg":"d"}]}              | a; b; c
      {"errors":[{"code":1001,"message":"why"}]}                                                     | why
      [{"error":{"code":400,"message":"why","status":"INVALID_ARGUMENT"}}]                           | why
      {"type":"https://errors.example/1","title":"Bad","status":400,"detail":"why"}                  | why
      {"title":"why"}                                                                                | why
      {"message":{"text":1}}                                                                         | The model refused the request.
      {"message":7}                                                                                  | The model refused the request.
      {"detail":["x                                                                                  | The model refused the request.
      [[[[[[[[[[[["why"]]]]]]]]]]]]                                                                  | The model refused the request.
      """)
    void findsTheServersMessageInEachForm(String body, String reason) {
        server.respondWith(422, JSON, body);

        var refusal = failureOf(() -> model(() -> "sk-test").open(prompt()));
        assertThat(refusal.failure()).isEqualTo(ModelFailure.REJECTED);
        assertThat(refusal).hasMessage(reason);
    }

    @Test
    void showsAPlainTextMessage() {
        var text = Map.of("Content-Type", "text/plain; charset=utf-8");
        server.respondWith(422, text, "missing field `model` at line 1");
        server.respondWith(503, text, "upstream 10.0.0.7:8080 is down");
        server.respondWith(400, text, "no route to 10.0.0.7:8080");
        server.respondWith(400, Map.of("Content-Type", "text/html"), "<html>no</html>");
        var model = model(() -> "sk-test");

        assertThat(failureOf(() -> model.open(prompt()))).hasMessage("missing field `model` at line 1");
        assertThat(failureOf(() -> model.open(prompt()))).hasMessage("The model's server failed.");
        assertThat(failureOf(() -> model.open(prompt()))).hasMessage("no route to …");
        assertThat(failureOf(() -> model.open(prompt()))).hasMessage("The model refused the request.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
      {"detail":"why"}                                                                     | SERVER_ERROR
      {"message":"why"}                                                                    | SERVER_ERROR
      {"object":"error","message":"why","type":"BadRequestError","param":null,"code":400}  | REJECTED
      {"error":{"message":"why","type":"x","code":"429"}}                                  | RATE_LIMITED
      {"type":"error","error":{"message":"why","code":0}}                                  | SERVER_ERROR
      {"type":"error","error":{"message":"why","code":1e999}}                              | SERVER_ERROR
      """)
    void showsTheMessageOfAnErrorEvent(String event, ModelFailure failure) throws Exception {
        server.respondWithEvents(event);

        try (var stream = model(() -> "sk-test").open(prompt())) {
            assertThatThrownBy(stream::next)
                    .isInstanceOfSatisfying(
                            ModelException.class, e -> assertThat(e.failure()).isEqualTo(failure))
                    .hasMessage("why");
        }
    }

    @Test
    void limitsTheSizeOfErrorBodies() throws Exception {
        var model = model(() -> "sk-test");
        server.respondWithoutEnd(400, "application/json", "[".repeat(8000));
        server.respondWithoutEnd(429, "text/plain", "no ".repeat(3000));

        assertThat(failureOf(() -> model.open(prompt()))).hasMessage("The model refused the request.");
        assertThat(failureOf(() -> model.open(prompt())))
                .hasMessageStartingWith("no no ")
                .message()
                .hasSizeLessThan(600);
        server.awaitConnectionEnd();
        server.awaitConnectionEnd();
    }

    @Test
    void limitsTheSizeOfHeaders() {
        server.respondWith(200, Map.of("Content-Type", "text/event-stream", "X-Big", "x".repeat(1024 * 1024)), "");

        assertThat(failureOf(() -> model(() -> "sk-test").open(prompt())).failure())
                .isEqualTo(ModelFailure.DISCONNECTED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"data: xxxxxxxxxxxxxxx", "data:\n", ":xxxxxxxxxxxxxxxxxxxx"})
    void limitsTheSizeOfEvents(String piece) throws Exception {
        server.respondWithoutEnd(200, "text/event-stream", piece.repeat(3000));

        assertThat(trace(model(() -> "sk-test").open(prompt()))).isEqualTo("INVALID_OUTPUT");
        server.awaitConnectionEnd();
    }

    @ParameterizedTest
    @ValueSource(strings = {": still here\n\n", "\n", "event: x\n\n", "data: \n\n", "retry: 1\n"})
    void canBeClosedWhileOnlyCommentsArrive(String piece) throws Exception {
        server.respondWithoutEnd(200, "text/event-stream", piece);
        var stream = model(() -> "sk-test").open(prompt());
        var outcome = CompletableFuture.supplyAsync(() -> trace(stream), Thread::startVirtualThread);

        stream.close();

        assertThat(outcome.get(10, TimeUnit.SECONDS)).isEqualTo("DISCONNECTED");
        server.awaitConnectionEnd();
    }

    @Test
    void endlessCommentsStopAtTheTimeLimit() throws Exception {
        server.respondWithoutEnd(200, "text/event-stream", ": still here\n\n");
        var time = new ManualTime();
        var settings = AnswerSettings.of(Duration.ZERO, Retries.NONE, Duration.ofMinutes(1));
        var chat = TestChats.chat(
                new InMemoryResponseLog(time), Quota.UNLIMITED, () -> ResponseIds.of(1), time, settings, _ -> {});
        var submission = new Submission(
                CreateRequest.ofText("hi"), Subject.ANONYMOUS, Optional.empty(), new QuotaKey("g"), Optional.empty());
        var told = new ArrayList<Event>();

        chat.respond(
                submission,
                time.instant().plusSeconds(5),
                model(() -> "sk-test"),
                new RecordingSockets(),
                new InMemoryTaskQueue(),
                (event, _) -> {
                    told.add(event);
                    return SendResult.DELIVERED;
                });

        assertThat(told.getLast().json()).contains("\"reason\":\"time_limit\"");
        server.awaitConnectionEnd();
    }

    @Test
    void neverShowsTheKeyToTheClient() {
        server.respondWith(401, JSON, "{\"error\":{\"message\":\"Incorrect API key provided: sk-ab**yz.\"}}");

        assertThat(failureOf(() -> model(() -> "sk-test").open(prompt())))
                .hasMessage("The model's server does not accept the key that it was given.");
    }

    @Test
    void sendsEachRequestOnce() throws Exception {
        server.respondWith(500, JSON, "{}");
        // Failures after which OkHttp would repeat a request by default.
        server.respondWith(503, Map.of("Retry-After", "0"), "{}");
        server.respondWith(408, JSON, "{}");
        server.takeAndHangUp();
        var model = model(() -> "sk-test");

        for (int i = 0; i < 4; i++) {
            failureOf(() -> model.open(prompt()));
        }
        server.respondWithEvents(COMPLETED);
        model.open(prompt()).close();

        for (int i = 0; i < 5; i++) {
            server.nextRequest();
        }
        assertThat(server.hasRequest()).isFalse();
    }

    @Test
    void checksItsSettings() {
        assertThatThrownBy(() -> model(URI.create("api.openai.com/v1"))).hasMessageContaining("https");
        assertThatThrownBy(() -> model(URI.create("ftp://host/v1"))).hasMessageContaining("https");
    }

    private OpenAiModel model(Supplier<String> apiKey) {
        return model(server.url(), apiKey);
    }

    private static OpenAiModel model(URI url) {
        return model(url, () -> "sk-test");
    }

    private static OpenAiModel model(URI url, Supplier<String> apiKey) {
        return new OpenAiModel(
                new OpenAiSettings(url, apiKey, "m", Duration.ofSeconds(10), Duration.ofSeconds(5)),
                InstantSource.system());
    }

    private interface Opening {
        ModelStream open() throws Exception;
    }

    private static ModelException failureOf(Opening opening) {
        return catchThrowableOfType(ModelException.class, () -> opening.open().close());
    }

    private static String trace(ModelStream stream) {
        var trace = new StringBuilder();
        try {
            for (var event = stream.next(); event.isPresent(); event = stream.next()) {
                trace.append(Json.write(event.get().payload())).append(';');
            }
            return trace.append("end").toString();
        } catch (ModelException e) {
            return trace.append(e.failure().name()).toString();
        }
    }

    private static ObjectNode prompt() {
        return Json.object().put("input", "hello");
    }
}
