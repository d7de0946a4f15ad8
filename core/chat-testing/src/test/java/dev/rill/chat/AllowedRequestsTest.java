package dev.rill.chat;

import static dev.rill.chat.memory.ScriptedModel.accept;
import static dev.rill.chat.memory.ScriptedModel.say;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.simulation.SimulatedTime;
import dev.rill.chat.simulation.SimulatedTimeExtension;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Subject;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of what happens to a request before and after the operator's policy has let it through. */
@Timeout(20)
class AllowedRequestsTest {

    private static final ConnectionId SOCKET = new ConnectionId("socket-1");
    private static final RequestPolicy LIMITED = RequestPolicy.of(Map.of("MaxOutputTokens", "4096"));

    private final SimulatedTime time = SimulatedTime.inOrder();

    @RegisterExtension
    final SimulatedTimeExtension simulation = new SimulatedTimeExtension(time);

    private final List<String> calls = new ArrayList<>();
    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final RecordingSockets sockets = new RecordingSockets(time);
    private final AtomicInteger issued = new AtomicInteger();
    private RequestPolicy policy = RequestPolicy.DEFAULT;
    private final Chat chat = chat();

    /** A worker, a function that answers itself, a warm-up, and each of them as a repeat with an idempotency key. */
    @ParameterizedTest
    @ValueSource(strings = {"", ",'generate':false"})
    void refusedRequestReachesNoPort(String warmUp) throws Exception {
        for (var key : List.of(Optional.<IdempotencyKey>empty(), key())) {
            var submission = submission("{'input':'hi','model':'gpt-5-pro'" + warmUp + "}", key);

            assertRefused("model_not_allowed", () -> chat.submit(submission, sockets, queue));
            assertRefused("model_not_allowed", () -> respond(submission, ScriptedModel.playing()));
        }

        assertThat(calls).isEmpty();
        assertThat(queue.waiting()).isEmpty();
        assertThat(sockets.received(SOCKET)).isEmpty();
        assertThat(issued).as("issued ids").hasValue(0);
    }

    @Test
    void repeatIsRefusedOnceThePolicyForbidsIt() throws Exception {
        policy = RequestPolicy.UNRESTRICTED;
        var submission = submission("{'input':'hi','model':'gpt-5-pro'}", key());
        var id = chat.submit(submission, sockets, queue);
        policy = RequestPolicy.DEFAULT;
        calls.clear();

        assertRefused("model_not_allowed", () -> chat.submit(submission, sockets, queue));
        assertThat(calls).isEmpty();

        policy = RequestPolicy.UNRESTRICTED;
        assertThat(chat.submit(submission, sockets, queue)).isEqualTo(id);
    }

    @Test
    void changedLimitMakesNoRepeatASecondResponse() throws Exception {
        policy = LIMITED;
        var submission = submission("{'input':'hi'}", key());
        var id = chat.submit(submission, sockets, queue);

        policy = RequestPolicy.of(Map.of("MaxOutputTokens", "100"));

        assertThat(chat.submit(submission, sockets, queue)).isEqualTo(id);
    }

    @Test
    void modelOfAWorkerIsGivenTheLimitAndTheClientIsNotShownIt() throws Exception {
        policy = LIMITED;
        var model = ScriptedModel.playing(answerThatRepeatsTheLimit(4096));

        var id = chat.submit(submission("{'input':'hi'}", Optional.empty()), sockets, queue);
        policy = RequestPolicy.DEFAULT;
        chat.answer(queue.poll().orElseThrow(), deadline(), model, sockets, queue);

        assertThat(model.requests())
                .singleElement()
                .satisfies(request ->
                        assertThat(request.path("max_output_tokens").asInt()).isEqualTo(4096));
        assertThat(log.read(id, -1))
                .filteredOn(event -> event.payload().has("response"))
                .hasSizeGreaterThanOrEqualTo(4)
                .allSatisfy(event -> assertThat(event.payload()
                                .at("/response/max_output_tokens")
                                .isNull())
                        .as(event.type())
                        .isTrue());
        assertThat(chat.retrieve(id, Subject.ANONYMOUS)
                        .path("max_output_tokens")
                        .isNull())
                .isTrue();
    }

    @Test
    void modelOverHttpIsGivenTheLimit() throws Exception {
        policy = LIMITED;
        var model = ScriptedModel.playing(answerThatRepeatsTheLimit(4096));

        respond(submission("{'input':'hi','max_output_tokens':null}", Optional.empty()), model);

        assertThat(model.requests().getFirst().path("max_output_tokens").asInt())
                .isEqualTo(4096);
    }

    @Test
    void modelIsGivenTheLimitOfTheClientIfThereIsOne() throws Exception {
        policy = LIMITED;
        var model = ScriptedModel.playing(answerThatRepeatsTheLimit(7));

        var id = chat.submit(submission("{'input':'hi','max_output_tokens':7}", Optional.empty()), sockets, queue);
        chat.answer(queue.poll().orElseThrow(), deadline(), model, sockets, queue);

        assertThat(model.requests().getFirst().path("max_output_tokens").asInt())
                .isEqualTo(7);
        assertThat(chat.retrieve(id, Subject.ANONYMOUS)
                        .path("max_output_tokens")
                        .asInt())
                .isEqualTo(7);
    }

    @Test
    void modelIsGivenNoLimitWhereThereIsNone() throws Exception {
        var model = ScriptedModel.playing(answerThatRepeatsTheLimit(9));

        respond(submission("{'input':'hi'}", Optional.empty()), model);

        assertThat(model.requests().getFirst().has("max_output_tokens")).isFalse();
    }

    @Test
    void requestIsRefusedWhileThePolicyIsNotKnown() {
        var intake = new Intake(
                log,
                new InMemoryQuota(time),
                this::nextId,
                time,
                IntakeSettings.of("default-model", Duration.ofDays(1)).with(() -> {
                    throw ApiException.of(503, "authentication_unavailable", "Ask again.", null);
                }),
                _ -> {});

        assertRefused(
                "authentication_unavailable",
                () -> intake.submit(submission("{'input':'hi'}", Optional.empty()), sockets, queue));
    }

    /** A model's server repeats the request in its response. */
    private static ScriptedModel.Script answerThatRepeatsTheLimit(int limit) {
        var response = "{'response':{'id':'m','status':'%s','output':[],'max_output_tokens':" + limit + "}}";
        return accept(
                say("response.created", quoted(response.formatted("in_progress"))),
                say("response.in_progress", quoted(response.formatted("in_progress"))),
                say("response.completed", quoted(response.formatted("completed"))));
    }

    private Chat chat() {
        var recordedLog = recording(ResponseLog.class, log);
        var quota = recording(Quota.class, new InMemoryQuota(time));
        var settings = IntakeSettings.of("default-model", Duration.ofDays(1)).with(() -> this.policy);
        return new Chat(
                new Intake(recordedLog, quota, this::nextId, time, settings, _ -> {}),
                new Answerer(recordedLog, quota, time, TestChats.SETTINGS, _ -> {}));
    }

    private ResponseId nextId() {
        return new ResponseId("resp_%032x".formatted(issued.incrementAndGet()));
    }

    private <T> T recording(Class<T> port, T real) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(), new Class<?>[] {port}, (_, method, arguments) -> {
                    calls.add(method.getName());
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    private void respond(Submission submission, ScriptedModel model) throws Exception {
        var _ = chat.respond(submission, deadline(), model, sockets, queue, (_, _) -> SendResult.DELIVERED);
    }

    private Instant deadline() {
        return time.instant().plus(Duration.ofMinutes(10));
    }

    private static Optional<IdempotencyKey> key() {
        return Optional.of(IdempotencyKey.of(Subject.ANONYMOUS, Optional.empty(), "key"));
    }

    private static Submission submission(String request, Optional<IdempotencyKey> key) throws ApiException {
        ObjectNode body = Json.findObjectFromClient(quoted(request)).orElseThrow();
        return new Submission(
                CreateRequest.of(body),
                Subject.ANONYMOUS,
                Optional.of(ClientSocket.of(SOCKET)),
                new QuotaKey("g"),
                key);
    }

    private static String quoted(String json) {
        return json.replace('\'', '"');
    }

    private static void assertRefused(String code, ThrowingCallable call) {
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(call)
                .satisfies(refusal -> assertThat(refusal.error().code()).isEqualTo(code));
    }
}
