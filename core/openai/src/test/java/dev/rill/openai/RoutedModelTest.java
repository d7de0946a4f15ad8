package dev.rill.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.Endpoint;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.ModelStream;
import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Json;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A list of models on two servers, over real sockets. */
@Timeout(20)
class RoutedModelTest {

    private static final String CREATED =
            "{\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"model\":\"real\"}}";
    private static final String DELTA = "{\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}";
    private static final String COMPLETED =
            "{\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\",\"model\":\"real\"}}";

    private ScriptedServer first;
    private ScriptedServer second;
    private RoutedModel model;
    private final AtomicReference<String> secret = new AtomicReference<>("");
    private final List<String> fallbacks = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        first = new ScriptedServer();
        second = new ScriptedServer();
        model = new RoutedModel(
                OpenAiSettings.of(first.url(), secret::get, "main", Duration.ofSeconds(10)),
                Clock.systemUTC(),
                (name, server, failure) -> fallbacks.add(name + " " + server + " " + failure));
        secret.set("""
        {"models": {
          "main": [{"url": "FIRST", "key": "sk-first", "name": "real"},
                   {"url": "SECOND", "key": "sk-second", "api": "chat", "name": "other"}],
          "plain": {"key": "sk-plain"}
        }}""".replace("FIRST", first.url().toString())
                .replace("SECOND", second.url().toString()));
    }

    @AfterEach
    void stop() {
        model.close();
        first.close();
        second.close();
    }

    @Test
    void theFirstServerAnswersUnderTheClientsName() throws Exception {
        first.respondWithEvents(CREATED, DELTA, COMPLETED);

        assertThat(trace("main")).isEqualTo("created main;output_text.delta;completed main");

        var request = first.nextRequest();
        assertThat(request.headers()).containsEntry("authorization", "Bearer sk-first");
        assertThat(body(request).path("model").asText()).isEqualTo("real");
        assertThat(fallbacks).isEmpty();
    }

    @Test
    void otherModelsOfAClientAreNotPassedOn() throws Exception {
        first.respondWithEvents(CREATED, COMPLETED);
        first.respondWith(200, Map.of("Content-Type", "application/json"), "{\"input_tokens\":7}");
        var request = request("main");
        request.putArray("models").add("gpt-9");
        request.putArray("fallbacks").add("gpt-9");

        model.open(request).close();
        model.ask(Endpoint.INPUT_TOKENS, request, Duration.ofSeconds(10));

        assertThat(first.nextRequest().body()).doesNotContain("gpt-9").contains("real");
        assertThat(first.nextRequest().body()).doesNotContain("gpt-9").contains("real");
        assertThat(request.has("models")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"models\":{\"main\":{\"key\":\"sk-hush\"}},}", "{"})
    void wrongCatalogIsSentToNoServer(String wrong) throws Exception {
        secret.set(wrong);

        assertThat(model.models()).isEmpty();

        try (var alone = new OpenAiModel(
                OpenAiSettings.of(first.url(), secret::get, "main", Duration.ofSeconds(10)), Clock.systemUTC())) {
            assertThat(alone.models()).isEmpty();
            var refused = catchThrowableOfType(ModelException.class, () -> alone.open(request("main")));
            assertThat(refused.failure()).isEqualTo(ModelFailure.UNAUTHORIZED);
        }
        assertThat(first.hasRequest()).isFalse();
    }

    @Test
    void unreadableSecretListsNoModels() {
        var settings = OpenAiSettings.of(
                first.url(),
                () -> {
                    throw new IllegalStateException("no secret");
                },
                "main",
                Duration.ofSeconds(10));
        try (var alone = new OpenAiModel(settings, Clock.systemUTC());
                var routed = new RoutedModel(settings, Clock.systemUTC(), (name, server, failure) -> {})) {
            assertThat(alone.models()).isEmpty();
            assertThat(routed.models()).isEmpty();
        }
    }

    @Test
    void foreignEventBeforeAFailureIsNoOutput() throws Exception {
        first.respondWithEventsThenBreakOff(CREATED, "{\"type\":\"ping\"}");
        second.respondWithEvents(chat("Hello"), chatStop());

        assertThat(trace("main")).endsWith("completed main");
        assertThat(fallbacks).containsExactly("main 0 DISCONNECTED");
    }

    @Test
    void entryWithoutUrlAndNameHasTheDefaults() throws Exception {
        first.respondWithEvents(CREATED, COMPLETED);

        trace("plain");

        var request = first.nextRequest();
        assertThat(request.headers()).containsEntry("authorization", "Bearer sk-plain");
        assertThat(body(request).path("model").asText()).isEqualTo("plain");
    }

    @Test
    void requestWithoutAModelGetsTheDefault() throws Exception {
        first.respondWithEvents(CREATED, COMPLETED);

        try (var stream = model.open(Json.object().put("input", "Hi"))) {
            assertThat(stream.next()
                            .orElseThrow()
                            .payload()
                            .at("/response/model")
                            .asText())
                    .isEqualTo("main");
        }
        assertThat(body(first.nextRequest()).path("model").asText()).isEqualTo("real");
    }

    @ParameterizedTest
    @CsvSource({
        "401,UNAUTHORIZED",
        "402,OUT_OF_QUOTA",
        "403,UNAUTHORIZED",
        "429,RATE_LIMITED",
        "500,SERVER_ERROR",
        "503,SERVER_ERROR"
    })
    void serverThatRefusesIsFollowedByTheNext(int status, ModelFailure failure) throws Exception {
        first.respondWith(status, Map.of("Content-Type", "application/json"), "{\"error\":{\"message\":\"no\"}}");
        second.respondWithEvents(chat("Hello"), chatStop());

        assertThat(trace("main"))
                .startsWith("created")
                .endsWith("completed main")
                .contains("output_text.delta");

        var request = second.nextRequest();
        assertThat(request.line()).contains("/chat/completions");
        assertThat(request.headers()).containsEntry("authorization", "Bearer sk-second");
        assertThat(body(request).path("model").asText()).isEqualTo("other");
        assertThat(fallbacks).containsExactly("main 0 " + failure);
    }

    @Test
    void requestThatIsRefusedIsNotSentOn() throws Exception {
        first.respondWith(
                400,
                Map.of("Content-Type", "application/json"),
                "{\"error\":{\"message\":\"too long\",\"code\":\"context_length_exceeded\"}}");

        assertThat(failure("main").code()).isEqualTo("context_length_exceeded");
        assertThat(second.hasRequest()).isFalse();
    }

    @Test
    void streamThatBreaksBeforeOutputIsFollowedByTheNext() throws Exception {
        first.respondWithEventsThenBreakOff(CREATED);
        second.respondWithEvents(chat("Hello"), chatStop());

        assertThat(trace("main")).endsWith("completed main");
        assertThat(fallbacks).containsExactly("main 0 DISCONNECTED");
    }

    @Test
    void streamThatEndsBeforeOutputIsFollowedByTheNext() throws Exception {
        first.respondWithEvents(CREATED);
        second.respondWithEvents(chat("Hello"), chatStop());

        assertThat(trace("main")).endsWith("completed main");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"slow down\"}",
                "{\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\",\"message\":\"no\"}}}"
            })
    void failureAsTheFirstEventIsFollowedByTheNext(String failure) throws Exception {
        first.respondWithEvents(CREATED, failure);
        second.respondWithEvents(chat("Hello"), chatStop());

        assertThat(trace("main")).endsWith("completed main");
    }

    @Test
    void silenceBeforeOutputIsFollowedByTheNext() throws Exception {
        var hasty = new RoutedModel(
                OpenAiSettings.of(first.url(), secret::get, "main", Duration.ofMillis(150)),
                Clock.systemUTC(),
                (name, server, failure) -> fallbacks.add(name + " " + server + " " + failure));
        first.respondWithEventsThenStayOpen(CREATED);
        second.respondWithEvents(chat("Hello"), chatStop());

        assertThat(trace(hasty, "main")).endsWith("completed main");
        assertThat(fallbacks).containsExactly("main 0 STALLED");
        first.awaitConnectionEnd();
    }

    @Test
    void nothingFollowsOnceOutputWasSent() throws Exception {
        first.respondWithEventsThenBreakOff(CREATED, DELTA);

        assertThat(failure("main").failure()).isEqualTo(ModelFailure.DISCONNECTED);
        assertThat(second.hasRequest()).isFalse();
        assertThat(fallbacks).isEmpty();
    }

    @Test
    void listThatAllowsItRestartsAfterOutput() throws Exception {
        allowRestart();
        first.respondWithEventsThenBreakOff(CREATED, DELTA);
        second.respondWithEvents(chat("Hello"), chatStop());

        assertThat(traceOfRestart()).endsWith("completed main");
        assertThat(fallbacks).containsExactly("main 0 DISCONNECTED");
    }

    @ParameterizedTest
    @CsvSource({"server_error,SERVER_ERROR", "rate_limit_exceeded,RATE_LIMITED"})
    void failedResponseOfTheServerIsRestarted(String code, ModelFailure failure) throws Exception {
        allowRestart();
        first.respondWithEvents(CREATED, DELTA, failed(code));
        second.respondWithEvents(chat("Hello"), chatStop());

        assertThat(traceOfRestart()).endsWith("completed main");
        assertThat(fallbacks).containsExactly("main 0 " + failure);
    }

    @ParameterizedTest
    @ValueSource(strings = {"invalid_prompt", "content_policy_violation", "image_content_policy"})
    void refusalOfContentAfterOutputIsFinal(String code) throws Exception {
        allowRestart();
        first.respondWithEvents(CREATED, DELTA, failed(code));

        assertThat(trace("main")).endsWith("failed");
        assertThat(second.hasRequest()).isFalse();
    }

    @Test
    void restartFailsIfTheNextServerRefuses() throws Exception {
        allowRestart();
        first.respondWithEventsThenBreakOff(CREATED, DELTA);
        second.respondWith(503, Map.of(), "{}");

        try (var stream = model.open(request("main"))) {
            var failure = failureAfterOutput(stream);
            assertThat(stream.restart(failure)).isFalse();
        }
    }

    private void allowRestart() {
        secret.set(secret.get().replace("\"name\": \"real\"", "\"name\": \"real\", \"restart_after_output\": true"));
    }

    private String traceOfRestart() throws Exception {
        try (var stream = model.open(request("main"))) {
            assertThat(stream.restart(failureAfterOutput(stream))).isTrue();
            return rest(stream);
        }
    }

    private static ModelException failureAfterOutput(ModelStream stream) {
        return catchThrowableOfType(ModelException.class, () -> rest(stream));
    }

    private static String failed(String code) {
        return "{\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"" + code + "\",\"message\":\"no\"}}}";
    }

    @Test
    void failureThatCanBeRetriedIsTheOneThatIsTold() throws Exception {
        first.respondWith(429, Map.of("Retry-After", "7"), "{}");
        second.respondWith(401, Map.of(), "{}");

        var failure = failure("main");

        assertThat(failure.failure()).isEqualTo(ModelFailure.RATE_LIMITED);
        assertThat(failure.retryAfter()).contains(Duration.ofSeconds(7));
    }

    @Test
    void noErrorContainsAKeyOrAnAddress() throws Exception {
        first.respondWith(
                500,
                Map.of("Content-Type", "application/json"),
                "{\"error\":{\"message\":\"sk-first at FIRST\"}}"
                        .replace("FIRST", first.url().toString()));
        second.respondWith(
                500,
                Map.of("Content-Type", "application/json"),
                "{\"error\":{\"message\":\"sk-second at SECOND\"}}"
                        .replace("SECOND", second.url().getAuthority()));

        assertThat(failure("main").getMessage()).isEqualTo("… at …");
        var catalog = ModelCatalog.parse(secret.get(), defaults());
        assertThat(String.valueOf(catalog.find("main"))).doesNotContain("sk-");
    }

    @Test
    void nameThatIsNotListedIsRefusedUnasked() throws Exception {
        var failure = failure("gpt-9");

        assertThat(failure.code()).isEqualTo("model_not_allowed");
        assertThat(failure.details().status()).hasValue(403);
        assertThat(first.hasRequest()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":\"gpt-9\"}",
                "{\"model\":\"\"}",
                "{\"preset\":\"fast\"}",
                "{\"model\":\"plain\",\"provider\":{\"order\":[\"x\"]}}"
            })
    void refusalIsThatOfAFunctionThatKnowsTheList(String fields) {
        var request = Json.findObject(fields).orElseThrow().put("input", "Hi");
        var told = catchThrowableOfType(
                        ApiException.class,
                        () -> model.restrict(RequestPolicy.UNRESTRICTED).check(CreateRequest.of(request), "main"))
                .error();

        var failed = catchThrowableOfType(ModelException.class, () -> model.open(request));

        assertThat(failed.getMessage()).isEqualTo(told.message());
        assertThat(failed.code()).isEqualTo(told.code());
        assertThat(failed.details().param()).contains(String.valueOf(told.param()));
        assertThat(first.hasRequest()).isFalse();
    }

    @Test
    void checkNamesTheEntryOfAWrongList() {
        assertThatNoException().isThrownBy(() -> RoutedModel.check(secret.get() + "\n", defaults()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RoutedModel.check("{\"models\":{\"main\":{\"urls\":\"http://a/v1\"}}}", defaults()))
                .withMessageStartingWith("Models: 'main' has a field");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RoutedModel.check("sk-hush", defaults()))
                .withMessage("Models: the text is not JSON, or has a name twice in an object");
    }

    @Test
    void aStarTakesEveryOtherName() throws Exception {
        secret.set("{\"models\":{\"main\":{\"key\":\"a\"},\"*\":{\"key\":\"sk-any\"}}}");
        first.respondWithEvents(CREATED, COMPLETED);

        assertThat(trace("gpt-9")).endsWith("completed gpt-9");

        var request = first.nextRequest();
        assertThat(request.headers()).containsEntry("authorization", "Bearer sk-any");
        assertThat(body(request).path("model").asText()).isEqualTo("gpt-9");
        assertThat(model.models()).extracting(it -> it.path("id").asText()).containsExactly("main");
    }

    @Test
    void modelsAreThoseOfTheCatalog() {
        assertThat(model.models()).extracting(it -> it.path("id").asText()).containsExactly("main", "plain");
        assertThat(first.hasRequest()).isFalse();
    }

    @Test
    void policyAllowsTheNamesOfTheCatalogAlone() throws Exception {
        var policy = model.restrict(RequestPolicy.UNRESTRICTED);

        policy.check(CreateRequest.of(request("plain")), "main");
        var refused = catchThrowableOfType(
                ApiException.class, () -> policy.check(CreateRequest.of(request("gpt-9")), "main"));
        assertThat(refused.error().code()).isEqualTo("model_not_allowed");

        secret.set("sk-a-key");
        assertThat(model.restrict(RequestPolicy.DEFAULT)).isEqualTo(RequestPolicy.DEFAULT);
    }

    @Test
    void aSecretThatIsAKeyIsTheKeyOfTheOneServer() throws Exception {
        secret.set("sk-one");
        first.respondWithEvents(CREATED, COMPLETED);

        assertThat(trace("gpt-9")).endsWith("completed real");

        assertThat(first.nextRequest().headers()).containsEntry("authorization", "Bearer sk-one");
    }

    @Test
    void aChangedCatalogIsUsed() throws Exception {
        first.respondWithEvents(CREATED, COMPLETED);
        trace("plain");
        secret.set(secret.get().replace("sk-plain", "sk-new"));
        first.respondWithEvents(CREATED, COMPLETED);
        trace("plain");

        first.nextRequest();
        assertThat(first.nextRequest().headers()).containsEntry("authorization", "Bearer sk-new");
    }

    @Test
    void closingEndsTheWaitForTheNextServer() throws Exception {
        first.respondWithEventsThenBreakOff(CREATED);
        second.takeAndStaySilent();
        var stream = model.open(request("main"));
        stream.next();
        var read = CompletableFuture.supplyAsync(
                () -> catchThrowableOfType(ModelException.class, stream::next), Thread::startVirtualThread);
        second.nextRequest();

        stream.close();

        assertThat(read.get(5, TimeUnit.SECONDS).failure()).isEqualTo(ModelFailure.DISCONNECTED);
        second.awaitConnectionEnd();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      {"models"                                             | the text is not JSON, or has a name twice in an object
      {"models":{"main":{}},"x":1}                          | the text has a field that is none of models
      {"models":{}}                                         | 'models' must be an object with 1 to 200 names of models
      {"models":{"fast":{}}}                                | 'models' has no 'main', the model of requests that name none
      {"models":{"main":{}," ":{}}}                         | 'models' has a name that is blank or longer than 128 characters
      {"models":{"main":"sk-hush"}}                         | 'main' must be an object, or an array of objects
      {"models":{"main":[]}}                                | 'main' must have 1 to 5 servers
      {"models":{"main":[{},7]}}                            | 'main'[1] must be an object, or an array of objects
      {"models":{"main":{"sk-hush":1}}}                     | 'main' has a field that is none of api, idle_seconds, key, name, restart_after_output, url
      {"models":{"main":{"url":"ftp://sk-hush"}}}           | 'main' 'url' must be an http or https URL without a slash at its end
      {"models":{"main":{"url":"http://a/"}}}               | 'main' 'url' must be an http or https URL without a slash at its end
      {"models":{"main":{"url":"http://sk hush"}}}          | 'main' 'url' must be an http or https URL without a slash at its end
      {"models":{"main":{"url":"http://a_b"}}}              | 'main' 'url' is not a URL with a host
      {"models":{"main":{"key":{"sk-hush":1}}}}             | 'main' 'key' must be a text
      {"models":{"main":{"key":"sk-hush\\nX: 1"}}}           | 'main' 'key' must be ASCII characters without white space
      {"models":{"main":{"key":"sk-h\\u00fcsh"}}}            | 'main' 'key' must be ASCII characters without white space
      {"models":{"main":{"name":""}}}                       | 'main' 'name' must be a text
      {"models":{"main":{"api":"sk-hush"}}}                 | 'main' 'api' must be responses or chat
      {"models":{"main":[{},{"idle_seconds":0}]}}           | 'main'[1] 'idle_seconds' must be a whole number from 1 to 600
      {"models":{"main":{"restart_after_output":"sk-hush"}}} | 'main' 'restart_after_output' must be true or false
      """)
    void wrongCatalogIsNamedInOneLine(String catalog, String problem) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelCatalog.parse(catalog, defaults()))
                .withMessage("Models: " + problem)
                .satisfies(
                        e -> assertThat(e.getMessage()).doesNotContain("hush").doesNotContain("\n"));
    }

    private OpenAiSettings defaults() {
        return OpenAiSettings.of(URI.create("http://model.test/v1"), () -> "", "main", Duration.ofSeconds(10));
    }

    private static ObjectNode request(String name) {
        return Json.object().put("model", name).put("input", "Hi");
    }

    private ModelException failure(String name) {
        return catchThrowableOfType(ModelException.class, () -> trace(name));
    }

    private String trace(String name) throws Exception {
        return trace(model, name);
    }

    private static String trace(RoutedModel model, String name) throws Exception {
        try (var stream = model.open(request(name))) {
            return rest(stream);
        }
    }

    private static String rest(ModelStream stream) throws ModelException {
        var steps = new ArrayList<String>();
        for (var next = stream.next(); next.isPresent(); next = stream.next()) {
            var event = next.get();
            steps.add(
                    (event.type() + " " + event.payload().at("/response/model").asText())
                            .replace("response.", "")
                            .strip());
        }
        return String.join(";", steps);
    }

    private static ObjectNode body(ScriptedServer.Request request) {
        return Json.findObject(request.body()).orElseThrow();
    }

    private static String chat(String text) {
        return "{\"model\":\"other-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text + "\"}}]}";
    }

    private static String chatStop() {
        return "{\"model\":\"other-1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}";
    }
}
