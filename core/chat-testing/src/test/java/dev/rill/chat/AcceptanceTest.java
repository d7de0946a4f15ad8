package dev.rill.chat;

import static dev.rill.chat.memory.ScriptedModel.answer;
import static dev.rill.chat.memory.ScriptedModel.refuse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.answer.LogIntervals;
import dev.rill.chat.history.HistorySettings;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.memory.Gate;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.Retries;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.ClientMessage;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.quota.Admission;
import dev.rill.chat.quota.Candidate;
import dev.rill.chat.quota.Demand;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.simulation.SimulatedCall;
import dev.rill.chat.simulation.SimulatedTime;
import dev.rill.chat.simulation.SimulatedTimeExtension;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sockets;
import dev.rill.chat.socket.Subject;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests of acceptance: quota, failed posts and writes, repeats, {@code store: false}, and warm-ups. */
@Timeout(20)
class AcceptanceTest {

    private static final QuotaKey QUOTA_KEY = new QuotaKey("g");
    private static final Limits LIMITS = Limits.ofPlaces(10, 2);
    private static final ConnectionId SOCKET = new ConnectionId("socket-1");
    private static final ConnectionId SECOND = new ConnectionId("socket-2");

    private final SimulatedTime time = SimulatedTime.inOrder();

    @RegisterExtension
    final SimulatedTimeExtension simulation = new SimulatedTimeExtension(time);

    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final InMemoryQuota quota = new InMemoryQuota(time);
    private final RecordingSockets sockets = new RecordingSockets(time);
    private final AtomicInteger issued = new AtomicInteger();
    private final Chat chat = chat(log);

    // ---- quota ----------------------------------------------------------------------------------------------------

    @Test
    void placeOfACrashedFunctionIsFreeSoon() throws Exception {
        var crashing = chat(replacing("create", () -> {
            throw new FunctionCrash();
        }));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> crashing.submit(submission("hi", Optional.empty()), sockets, queue))
                    .isInstanceOf(FunctionCrash.class);
        }
        assertRefused("too_many_requests", () -> chat.submit(submission("hi", Optional.empty()), sockets, queue));
        time.advance(Duration.ofMinutes(2));
        assertThat(log.find(chat.submit(submission("hi", Optional.empty()), sockets, queue)))
                .isPresent();
    }

    @Test
    void queuedResponseKeepsItsPlace() throws Exception {
        var _ = chat.submit(submission("1", Optional.empty()), sockets, queue);
        var _ = chat.submit(submission("2", Optional.empty()), sockets, queue);
        time.advance(Duration.ofHours(1));
        assertRefused("too_many_requests", () -> chat.submit(submission("3", Optional.empty()), sockets, queue));
    }

    @Test
    void placeOfAResponseThatRunsAlreadyIsNotTakenAgain() throws Exception {
        // A worker answers before the function that accepted the request continues.
        var id = chat.submit(submission("1", Optional.empty()), sockets, tasks -> {
            queue.send(tasks);
            if (tasks.getFirst().task().kind() == Task.Kind.ANSWER) {
                try {
                    chat.answer(
                            tasks.getFirst().task(), deadline(), ScriptedModel.playing(answer("x")), sockets, queue);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        assertThat(log.find(id).orElseThrow().status()).isEqualTo(Status.COMPLETED);
        for (int i = 0; i < 2; i++) {
            assertThat(quota.admitQueued(candidate(id("1" + i)))).isInstanceOf(Admission.Admitted.class);
        }
    }

    @Test
    void watchdogThatIsDueBeforeTheResponseExistsIsQueuedAgain() throws Exception {
        var id = chat.submit(submission("hi", Optional.empty()), sockets, this::sendAndFreeze);
        assertThat(queue.waiting())
                .extracting(TaskQueue.DelayedTask::task)
                .containsExactlyInAnyOrder(
                        new Task(id, QUOTA_KEY, Task.Kind.WATCHDOG, 10),
                        new Task(id, QUOTA_KEY, Task.Kind.WATCHDOG, 10),
                        new Task(id, QUOTA_KEY, Task.Kind.ANSWER, 10));
    }

    @Test
    void watchdogOfAnInlineAnswerIsQueuedAgainLikewise() throws Exception {
        var _ = chat.respond(
                submission("hi", Optional.empty()),
                time.instant().plusSeconds(60),
                ScriptedModel.playing(answer("x")),
                sockets,
                this::sendAndFreeze,
                (_, _) -> SendResult.DELIVERED);
        assertThat(queue.waiting())
                .extracting(waiting -> waiting.task().kind())
                .containsExactly(Task.Kind.WATCHDOG, Task.Kind.WATCHDOG);
    }

    /** Queues tasks, and then the function does nothing until a watchdog among them is due. */
    private void sendAndFreeze(List<TaskQueue.DelayedTask> tasks) {
        queue.send(tasks);
        if (queue.waiting().size() == 1) {
            try {
                time.sleep(QueuedTasks.WATCHDOG_DELAY);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    // ---- failed posts and writes ----------------------------------------------------------------------------------

    @Test
    void failedPostOfCreatedDoesNotStopTheTask() throws Exception {
        var id = chat.submit(submission("hi", Optional.empty()), new BrokenSockets(), queue);
        assertThat(queue.waiting())
                .extracting(TaskQueue.DelayedTask::task)
                .containsExactlyInAnyOrder(
                        new Task(id, QUOTA_KEY, Task.Kind.ANSWER, 10), new Task(id, QUOTA_KEY, Task.Kind.WATCHDOG, 10));
    }

    @Test
    void requestWhoseCreationIsUnconfirmedIsAccepted() throws Exception {
        var unconfirmed = chat((ResponseLog) Proxy.newProxyInstance(
                ResponseLog.class.getClassLoader(), new Class<?>[] {ResponseLog.class}, (_, method, arguments) -> {
                    var result = method.invoke(log, arguments);
                    if (method.getName().equals("create")) {
                        throw new IllegalStateException("no answer");
                    }
                    return result;
                }));
        var id = unconfirmed.submit(submission("hi", Optional.empty()), sockets, queue);
        assertThat(types(SOCKET)).containsExactly("response.created", "response.queued");
        assertThat(queue.waiting()).extracting(task -> task.task().kind()).contains(Task.Kind.ANSWER);
        assertThat(log.find(id)).isPresent();
    }

    @Test
    void failedQueueAndLogAfterAcceptanceAreNoError() throws Exception {
        var id = chat(replacing("claim", () -> {
                    throw new IllegalStateException("no table");
                }))
                .submit(submission("hi", Optional.empty()), sockets, _ -> {
                    throw new IllegalStateException("no queue");
                });
        assertThat(types(SOCKET)).containsExactly("response.created", "response.queued");
        assertThat(log.find(id).orElseThrow().status()).isEqualTo(Status.QUEUED);
    }

    // ---- repeats --------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(ModelFailure.class)
    void onlyATransientFailureFreesTheKey(ModelFailure failure) throws Exception {
        var first = chat.submit(submission("hi", Optional.of("k")), sockets, queue);
        answerTask(first, ScriptedModel.playing(refuse(failure)));
        var repeat = chat.submit(submission("hi", Optional.of("k")), sockets, queue);
        if (failure.isTransient()) {
            assertThat(repeat).isNotEqualTo(first);
            answerTask(repeat, ScriptedModel.playing(answer("Hello")));
            assertThat(log.find(repeat).orElseThrow().status()).isEqualTo(Status.COMPLETED);
            assertThat(chat.submit(submission("hi", Optional.of("k")), sockets, queue))
                    .isEqualTo(repeat);
        } else {
            assertThat(repeat).isEqualTo(first);
        }
    }

    @Test
    void keyIsFreedByEachFailure() throws Exception {
        var ids = new ArrayList<ResponseId>();
        for (int i = 0; i < 20; i++) {
            var id = chat.submit(submission("hi", Optional.of("k")), sockets, queue);
            assertThat(ids).doesNotContain(id);
            ids.add(id);
            answerTask(id, ScriptedModel.playing(refuse(ModelFailure.RATE_LIMITED)));
        }
        var last = chat.submit(submission("hi", Optional.of("k")), sockets, queue);
        answerTask(last, ScriptedModel.playing(answer("Hello")));
        assertThat(chat.submit(submission("hi", Optional.of("k")), sockets, queue))
                .isEqualTo(last);
    }

    @Test
    void concurrentRepeatsOfAFreedKeyAreOneResponse() throws Exception {
        var first = chat.submit(submission("hi", Optional.of("k")), sockets, queue);
        answerTask(first, ScriptedModel.playing(refuse(ModelFailure.RATE_LIMITED)));
        // Both threads read that the key is free before either takes it.
        var arrived = new AtomicInteger();
        var both = new Gate(time);
        var racing = chat((ResponseLog) Proxy.newProxyInstance(
                ResponseLog.class.getClassLoader(), new Class<?>[] {ResponseLog.class}, (_, method, arguments) -> {
                    if (method.getName().equals("create")) {
                        if (arrived.incrementAndGet() == 2) {
                            both.open();
                        }
                        both.await();
                    }
                    return method.invoke(log, arguments);
                }));
        var one = SimulatedCall.start(
                time, "intake", () -> racing.submit(submission("hi", Optional.of("k")), sockets, queue));
        var other = SimulatedCall.start(
                time, "intake", () -> racing.submit(submission("hi", Optional.of("k")), sockets, queue));
        assertThat(one.get()).isEqualTo(other.get()).isNotEqualTo(first);
    }

    @Test
    void transientFailureFreesTheKeyOverHttp() throws Exception {
        var model = ScriptedModel.playing(
                refuse(ModelFailure.UNREACHABLE),
                refuse(ModelFailure.UNREACHABLE),
                refuse(ModelFailure.UNREACHABLE),
                answer("Hello"));
        assertThat(respond("{\"input\":\"hi\"}", model)).last().isEqualTo("response.failed");
        assertThat(respond("{\"input\":\"hi\"}", model)).last().isEqualTo("response.completed");
        assertThat(respond("{\"input\":\"hi\"}", model)).last().isEqualTo("response.completed");
        assertThat(model.requests()).hasSize(4);
    }

    @Test
    void sameKeyOfAnotherAddressIsAnotherResponse() throws Exception {
        var one = chat.submit(keyed("192.0.2.1", SOCKET), sockets, queue);
        var other = chat.submit(keyed("192.0.2.2", SECOND), sockets, queue);
        assertThat(one).isNotEqualTo(other);
    }

    // ---- store: false ---------------------------------------------------------------------------------------------

    @Test
    void repeatOfAnEndedUnstoredRequestIsRefusedWithoutTheModel() throws Exception {
        var model = ScriptedModel.playing(answer("Hello"));
        var id = chat.submit(unstored(Optional.of(SOCKET)), sockets, queue);
        answerTask(id, model);
        assertRefused("response_not_stored", () -> chat.submit(unstored(Optional.of(SECOND)), sockets, queue));
        assertThat(sockets.received(SECOND)).isEmpty();
        assertRefused("response_not_stored", () -> respond("{\"input\":\"hi\",\"store\":false}", model));
        assertThat(model.requests()).hasSize(1);
    }

    @Test
    void endedUnstoredResponseIsReadByStartingAfter() throws Exception {
        var id = chat.submit(unstored(Optional.of(SOCKET)), sockets, queue);
        answerTask(id, ScriptedModel.playing(answer("Hello")));
        assertRefused("not_found", () -> follow(id, -1));
        assertRefused(
                "not_found", () -> chat.resume(id, Subject.ANONYMOUS, ClientSocket.of(SECOND), -1, sockets, queue));
        chat.resume(id, Subject.ANONYMOUS, ClientSocket.of(SECOND), 1, sockets, queue);
        assertThat(types(SECOND)).startsWith("response.in_progress").endsWith("response.completed");
        assertThat(follow(id, 1)).isEqualTo(types(SECOND));
        time.advance(Duration.ofHours(2));
        assertRefused("not_found", () -> follow(id, 1));
    }

    // ---- warm-ups -------------------------------------------------------------------------------------------------

    @Test
    void socketAcceptsFieldsThatOpenAiClientsAlwaysSend() throws Exception {
        var created = (ClientMessage.Create) ClientMessage.parse(
                "{\"type\":\"response.create\",\"input\":\"hi\","
                        + "\"stream\":true,\"stream_options\":{\"x\":1},\"background\":false,\"generate\":true}",
                1000);
        assertThat(created.request().body()).hasToString("{\"input\":\"hi\"}");
    }

    @Test
    void warmUpIsAnEmptyCompletedResponseThatCanBeContinued() throws Exception {
        var warmUp = (ClientMessage.Create) ClientMessage.parse(
                "{\"type\":\"response.create\",\"input\":[]," + "\"generate\":false,\"stream\":true}", 1000);
        var id = chat.submit(
                new Submission(
                        warmUp.request(),
                        Subject.ANONYMOUS,
                        Optional.of(ClientSocket.of(SOCKET)),
                        QUOTA_KEY,
                        LIMITS,
                        Optional.empty()),
                sockets,
                queue);
        assertThat(types(SOCKET))
                .containsExactly("response.created", "response.queued", "response.in_progress", "response.completed");
        assertThat(queue.waiting()).isEmpty();
        assertThat(chat.retrieve(id, Subject.ANONYMOUS).path("output")).isEmpty();

        var next = CreateRequest.of(Json.findObject("{\"input\":\"hi\",\"previous_response_id\":\"" + id + "\"}")
                .orElseThrow());
        var continued = chat.submit(
                new Submission(
                        next,
                        Subject.ANONYMOUS,
                        Optional.of(ClientSocket.of(SOCKET)),
                        QUOTA_KEY,
                        LIMITS,
                        Optional.empty()),
                sockets,
                queue);
        var model = ScriptedModel.playing(answer("Hello"));
        answerTask(continued, model);
        assertThat(model.requests().getFirst().path("input"))
                .hasToString("[{\"type\":\"message\",\"role\":\"user\",\"content\":\"hi\"}]");
    }

    @Test
    void repeatedWarmUpIsTheSameResponse() throws Exception {
        var body = Json.findObject("{\"generate\":false}").orElseThrow();
        var submission = new Submission(
                CreateRequest.of(body),
                Subject.ANONYMOUS,
                Optional.of(ClientSocket.of(SOCKET)),
                QUOTA_KEY,
                LIMITS,
                key("192.0.2.1", "k"));
        assertThat(chat.submit(submission, sockets, queue)).isEqualTo(chat.submit(submission, sockets, queue));
    }

    // ---------------------------------------------------------------------------------------------------------------

    @Test
    void responseThatIsDeletedWhileItIsReadIsNotFound() throws Exception {
        var id = chat.submit(submission("hi", Optional.empty()), sockets, queue);
        chat.answer(
                new Task(id, QUOTA_KEY, Task.Kind.ANSWER, 10),
                deadline(),
                ScriptedModel.playing(answer("x")),
                sockets,
                queue);
        var racing = chat(replacing("read", () -> log.delete(id)));
        assertRefused("not_found", () -> racing.retrieve(id, Subject.ANONYMOUS));
    }

    @Test
    void resumeOfAResponseThatIsDeletedMeanwhileIsNotFound() throws Exception {
        var id = chat.submit(submission("hi", Optional.empty()), sockets, queue);
        chat.answer(
                new Task(id, QUOTA_KEY, Task.Kind.ANSWER, 10),
                deadline(),
                ScriptedModel.playing(answer("x")),
                sockets,
                queue);
        var racing = chat(replacing("read", () -> log.delete(id)));
        assertRefused(
                "not_found", () -> racing.resume(id, Subject.ANONYMOUS, ClientSocket.of(SOCKET), -1, sockets, queue));
    }

    @Test
    void repeatOfAResponseThatIsDeletedMeanwhileIsNotFound() throws Exception {
        var id = chat.submit(submission("hi", Optional.of("k")), sockets, queue);
        var looked = new AtomicInteger();
        // The key is free when the repeat looks, taken when it creates, and deleted when it looks again.
        var racing = chat((ResponseLog) Proxy.newProxyInstance(
                ResponseLog.class.getClassLoader(),
                new Class<?>[] {ResponseLog.class},
                (_, method, arguments) -> method.getName().equals("find") && looked.getAndIncrement() < 9
                        ? Optional.empty()
                        : method.invoke(log, arguments)));
        assertRefused("not_found", () -> racing.submit(submission("hi", Optional.of("k")), sockets, queue));
        assertThat(log.find(id)).isPresent();
    }

    private List<String> respond(String body, Model model) throws Exception {
        var types = new ArrayList<String>();
        var request = CreateRequest.of(Json.findObject(body).orElseThrow());
        chat.respond(
                new Submission(request, Subject.ANONYMOUS, Optional.empty(), QUOTA_KEY, LIMITS, key("192.0.2.1", "k")),
                deadline(),
                model,
                sockets,
                queue,
                (event, _) -> {
                    types.add(event.type());
                    return SendResult.DELIVERED;
                });
        return types;
    }

    private List<String> follow(ResponseId id, long startingAfter) throws Exception {
        var types = new ArrayList<String>();
        chat.follow(
                id,
                Subject.ANONYMOUS,
                startingAfter,
                queue,
                (event, _) -> {
                    types.add(event.type());
                    return SendResult.DELIVERED;
                },
                deadline());
        return types;
    }

    private void answerTask(ResponseId id, Model model) throws Exception {
        assertThat(chat.answer(new Task(id, QUOTA_KEY, Task.Kind.ANSWER, 10), deadline(), model, sockets, queue))
                .isEqualTo(AnswerOutcome.DONE);
    }

    private static Submission unstored(Optional<ConnectionId> connection) throws ApiException {
        var request = CreateRequest.of(
                Json.findObject("{\"input\":\"hi\",\"store\":false}").orElseThrow());
        return new Submission(
                request, Subject.ANONYMOUS, connection.map(ClientSocket::of), QUOTA_KEY, LIMITS, key("192.0.2.1", "k"));
    }

    private static Submission submission(String prompt, Optional<String> key) throws ApiException {
        return new Submission(
                CreateRequest.ofText(prompt),
                Subject.ANONYMOUS,
                Optional.of(ClientSocket.of(SOCKET)),
                QUOTA_KEY,
                LIMITS,
                key.flatMap(it -> key("192.0.2.1", it)));
    }

    private static Submission keyed(String address, ConnectionId connection) throws ApiException {
        return new Submission(
                CreateRequest.ofText("hi"),
                Subject.ANONYMOUS,
                Optional.of(ClientSocket.of(connection)),
                QUOTA_KEY,
                LIMITS,
                key(address, "evt_1"));
    }

    private static Optional<IdempotencyKey> key(String address, String value) {
        return Optional.of(IdempotencyKey.of(Subject.ANONYMOUS, Optional.of(address), value));
    }

    private Chat chat(ResponseLog testedLog) {
        var settings = new AnswerSettings(
                Duration.ZERO,
                new Retries(3, Duration.ofMillis(100), Duration.ofSeconds(20), new Random(1)),
                Duration.ofMinutes(1),
                3,
                HistorySettings.DEFAULT,
                new LogIntervals(Duration.ZERO, Duration.ofMillis(1), Duration.ofSeconds(20)));
        return TestChats.chat(testedLog, quota, () -> id("a" + issued.incrementAndGet()), time, settings, _ -> {});
    }

    /** Returns a view of the log that runs an action before one method. */
    private ResponseLog replacing(String name, Runnable replacement) {
        return (ResponseLog) Proxy.newProxyInstance(
                ResponseLog.class.getClassLoader(), new Class<?>[] {ResponseLog.class}, (_, method, arguments) -> {
                    if (method.getName().equals(name)) {
                        replacement.run();
                    }
                    return method.invoke(log, arguments);
                });
    }

    private List<String> types(ConnectionId socket) {
        return sockets.received(socket).stream()
                .map(message -> Json.findObject(message).orElseThrow())
                .map((ObjectNode event) -> event.path("type").textValue())
                .toList();
    }

    private Instant deadline() {
        return time.instant().plus(Duration.ofMinutes(10));
    }

    /** Returns the id that ends with these hexadecimal digits. */
    private static ResponseId id(String digits) {
        return new ResponseId("resp_" + "0".repeat(32 - digits.length()) + digits);
    }

    private static void assertRefused(String code, ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refusal -> assertThat(refusal.error().code()).isEqualTo(code));
    }

    /** Ends a function as a crash does: no handler catches it. */
    private static final class FunctionCrash extends Error {
        private static final long serialVersionUID = 1;
    }

    /** A gateway that can't be reached. */
    private static final class BrokenSockets implements Sockets {
        @Override
        public SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck) {
            throw new IllegalStateException("no gateway");
        }

        @Override
        public void close(ConnectionId connection) {}
    }

    private Candidate candidate(ResponseId id) {
        return new Candidate(QUOTA_KEY, id, id.value(), deadline(), LIMITS, new Demand(1, OptionalLong.empty()));
    }
}
