package dev.rill.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.Chat;
import dev.rill.chat.IdempotencyKey;
import dev.rill.chat.Ids;
import dev.rill.chat.Submission;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.log.AcceptedRequest;
import dev.rill.chat.log.ConversationSize;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.Lease;
import dev.rill.chat.log.Owner;
import dev.rill.chat.log.Progress;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.Retries;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Subject;
import dev.rill.streaming.StreamingHandler;
import dev.rill.streaming.StreamingRuntime;
import dev.rill.streaming.testing.FakeRuntimeApi;
import dev.rill.streaming.testing.FunctionUrlEvent;
import dev.rill.streaming.testing.ReceivedResponse;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses that take several requests. The clock advances whenever the function sleeps. */
@Timeout(20)
class ResponsesTest {

    private static final String BACKGROUND = "{\"input\":\"hi\",\"background\":true}";

    private static final ResponseId ID = ResponseIds.of(1);

    private final ManualTime time = new ManualTime(FakeRuntimeApi.DEADLINE.minusSeconds(30));
    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final RecordingSockets sockets = new RecordingSockets();
    private final AtomicInteger ids = new AtomicInteger();
    private final ScriptedModel model = ScriptedModel.playing(ScriptedModel.answer("Hello"));
    private final Chat chat = chat(log);
    private final StreamingHandler handler =
            StreamingHandler.http(TestRoutes.limited(Limits.ofPlaces(1, 2), chat, model, sockets, queue));

    @Test
    void backgroundResponseIsQueuedAndReadLater() throws Exception {
        var queued = body(post(BACKGROUND));
        assertThat(queued.path("id").textValue()).isEqualTo(ID.value());
        assertThat(queued.path("status").textValue()).isEqualTo("queued");
        assertThat(queued.path("background").booleanValue()).isTrue();
        assertThat(model.requests()).isEmpty();
        assertThat(body(get("/v1/responses/" + ID)).path("status").textValue()).isEqualTo("queued");

        answerNext(model);

        var completed = body(get("/responses/" + ID));
        assertThat(completed.path("status").textValue()).isEqualTo("completed");
        assertThat(completed.at("/output/0/content/0/text").textValue()).isEqualTo("Hello");
    }

    @Test
    void eventsAreStreamedFromStartingAfterOn() throws Exception {
        post(BACKGROUND);
        answerNext(model);
        var all = get("/v1/responses/" + ID + "?stream=true");
        assertThat(prelude(all, "/headers/content-type")).isEqualTo("text/event-stream; charset=utf-8");
        assertThat(types(all))
                .startsWith("response.created;response.queued;response.in_progress;")
                .endsWith(";response.completed");
        var rest = get("/v1/responses/" + ID + "?stream=true&starting_after=2");
        assertThat(all.body()).endsWith(rest.body());
        assertThat(types(rest)).startsWith("response.output_item.added;").endsWith(";response.completed");
        assertThat(rest.body()).endsWith("\n\ndata: [DONE]\n\n");
    }

    /** The numbers of a {@code GET} are ids; those of a {@code POST} are not, since nothing can repeat it. */
    @Test
    void eventsOfAGetHaveTheirNumberAsId() throws Exception {
        var posted = post("{\"input\":\"hi\",\"stream\":true}");
        var read = get("/v1/responses/" + ID + "?stream=true");

        assertThat(posted.body()).doesNotContain("\nid:").doesNotStartWith("id:");
        assertThat(read.body()).startsWith("id: 0\nevent: response.created\ndata: {");
        assertThat(read.body()).endsWith("\n\ndata: [DONE]\n\n");
        assertThat(read.body().replaceAll("(?m)^id: \\d+\n", "")).isEqualTo(posted.body());
        var events =
                read.body().lines().filter(line -> line.startsWith("event: ")).count();
        assertThat(read.body().lines().filter(line -> line.startsWith("id: ")))
                .containsExactlyElementsOf(LongStream.range(0, events)
                        .mapToObj(number -> "id: " + number)
                        .toList());
    }

    @Test
    void lastEventIdContinuesTheStream() throws Exception {
        post(BACKGROUND);
        answerNext(model);
        var path = "/v1/responses/" + ID;
        var rest = get(path + "?stream=true&starting_after=2").body();

        assertThat(read(path, "stream=true", "2").body()).isEqualTo(rest).startsWith("id: 3\n");
        assertThat(read(path, "stream=true&starting_after=2", "3").body())
                .as("the query wins")
                .isEqualTo(rest);
        assertThat(read(path, "stream=true", "").body()).startsWith("id: 0\n");
        assertThat(read(path, "stream=true&starting_after=2", "x").body()).isEqualTo(rest);
        assertError(read(path, "stream=true", "x"), 400, "invalid_value", "Last-Event-ID");
    }

    /** An EventSource reconnects after every end of a stream but this one. */
    @Test
    void lastEventIdOfTheTerminalEventGetsNoContent() throws Exception {
        post(BACKGROUND);
        answerNext(model);
        var path = "/v1/responses/" + ID;
        var all = get(path + "?stream=true").body();
        var last = all.substring(all.lastIndexOf("\nid: ") + "\nid: ".length()).split("\n", 2)[0];

        var ended = read(path, "stream=true", last);

        assertThat(prelude(ended, "/statusCode")).isEqualTo("204");
        assertThat(Json.findObject(ended.prelude()).orElseThrow().at("/headers").has("content-type"))
                .isFalse();
        assertThat(ended.body()).isEmpty();
        assertThat(ended.ending()).isEqualTo("complete");
        assertThat(types(get(path + "?stream=true&starting_after=" + last))).isEqualTo("response.completed");
        assertThat(types(read(path, "stream=true", "99"))).isEqualTo("response.completed");
        assertError(read("/v1/responses/" + ResponseIds.of(9), "stream=true", last), 404, "not_found", "response_id");
    }

    @Test
    void streamedBackgroundResponseShowsCreatedAndQueuedAtOnce() throws Exception {
        var streamed = post("{\"input\":\"hi\",\"background\":true,\"stream\":true}");
        assertThat(types(streamed)).as("until time runs out").isEqualTo("response.created;response.queued");
        assertThat(streamed.ending()).isEqualTo("complete");
        assertThat(streamed.body()).doesNotContain("[DONE]");
    }

    @Test
    void readerWithAllEventsGetsOnlyCommentsUntilTheDeadline() throws Exception {
        post(BACKGROUND);
        var nothing = get("/v1/responses/" + ID + "?stream=true&starting_after=1");
        assertThat(prelude(nothing, "/statusCode")).isEqualTo("200");
        assertThat(nothing.body()).isEqualTo(": keep-alive\n");
    }

    @Test
    void failureIsAnEventInAFollowedStream() throws Exception {
        post(BACKGROUND);
        answerNext(ScriptedModel.playing(ScriptedModel.refuse(ModelFailure.REJECTED)));
        for (var after : new String[] {"", "&starting_after=1", "&starting_after=99"}) {
            var followed = get("/v1/responses/" + ID + "?stream=true" + after);
            assertThat(prelude(followed, "/statusCode")).isEqualTo("200");
            assertThat(types(followed)).endsWith("response.failed");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "-2", "1.5", "99999999999999999999"})
    void invalidStartingAfterIsRefused(String after) throws Exception {
        post(BACKGROUND);
        assertError(
                get("/v1/responses/" + ID + "?stream=true&starting_after=" + after),
                400,
                "invalid_value",
                "starting_after");
    }

    @Test
    void queuedResponseIsCancelledAndDeleted() throws Exception {
        post(BACKGROUND);
        assertError(request("DELETE", "/v1/responses/" + ID), 409, "response_in_progress", "response_id");

        var stopped = body(request("POST", "/v1/responses/" + ID + "/cancel"));
        assertThat(stopped.path("status").textValue()).isEqualTo("cancelled");
        assertThat(stopped.path("incomplete_details").isNull()).isTrue();

        assertThat(body(request("DELETE", "/v1/responses/" + ID)))
                .hasToString("{\"id\":\"" + ID + "\",\"object\":\"response\",\"deleted\":true}");
        assertError(get("/v1/responses/" + ID), 404, "not_found", "response_id");
        assertError(request("DELETE", "/v1/responses/" + ID), 404, "not_found", "response_id");
        assertError(request("POST", "/v1/responses/" + ID + "/cancel"), 404, "not_found", "response_id");
    }

    /** Such a build ended it as incomplete, with a reason. */
    @Test
    void responseThatAnEarlierBuildCancelledIsRead() throws Exception {
        var now = time.instant();
        log.create(
                new ResponseHeader(
                        ID,
                        new Owner(Subject.ANONYMOUS, new QuotaKey("g"), Optional.empty()),
                        new AcceptedRequest(
                                Json.object().put("input", "hi"), Execution.QUEUED, now, now.plusSeconds(3600)),
                        new Progress(Status.INCOMPLETE, new Lease(1, now, 16), 1),
                        Directives.of(Subscriptions.none()),
                        ConversationSize.ZERO),
                List.of(new Event(0, "response.created", "{}"), new Event(1, "response.incomplete", """
                        {"type":"response.incomplete","sequence_number":1,"response":{"id":"x","status":"incomplete",\
                        "incomplete_details":{"reason":"cancelled"},"output":[]}}""")));

        for (var response : List.of(get("/v1/responses/" + ID), request("POST", "/v1/responses/" + ID + "/cancel"))) {
            assertThat(body(response).path("status").textValue()).isEqualTo("incomplete");
            assertThat(body(response).at("/incomplete_details/reason").textValue())
                    .isEqualTo("cancelled");
        }
        assertThat(types(get("/v1/responses/" + ID + "?stream=true"))).endsWith("response.incomplete");
    }

    @Test
    void cancelReturnsTheEndOfAnUnstoredResponse() throws Exception {
        var unstored = CreateRequest.of(
                Json.findObject("{\"input\":\"hi\",\"store\":false}").orElseThrow());
        chat.submit(
                new Submission(
                        unstored,
                        Subject.ANONYMOUS,
                        Optional.of(ClientSocket.of(new ConnectionId("socket"))),
                        new QuotaKey("g"),
                        Optional.empty()),
                sockets,
                queue);
        assertThat(body(request("POST", "/v1/responses/" + ID + "/cancel"))
                        .path("status")
                        .textValue())
                .isEqualTo("cancelled");
        assertError(get("/v1/responses/" + ID), 404, "not_found", "response_id");
        assertError(request("POST", "/v1/responses/" + ID + "/cancel"), 404, "not_found", "response_id");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "group#anonymous",
                "group%23anonymous",
                "resp_1",
                "resp_rehearsal",
                "%zz",
                "resp_%00",
                "resp_0123456789abcdef0123456789abcdeF",
                "resp_0123456789abcdef0123456789abcdef0"
            })
    void malformedResponseIdIsNotLookedUp(String id) throws Exception {
        // If the log were read, the status would be 500.
        var routes = TestRoutes.open(chat(brokenLog()), model, sockets, queue);
        for (var path : List.of("/v1/responses/" + id, "/responses/" + id)) {
            assertError(send(FunctionUrlEvent.get(path), routes), 404, "not_found", "response_id");
            assertError(send(FunctionUrlEvent.get(path).query("stream=true"), routes), 404, "not_found", "response_id");
            assertError(send(FunctionUrlEvent.of("DELETE", path), routes), 404, "not_found", "response_id");
            assertError(send(FunctionUrlEvent.post(path + "/cancel"), routes), 404, "not_found", "response_id");
        }
        var body = "{\"input\":\"hi\",\"previous_response_id\":\"" + id + "\"}";
        assertError(send(json(body), routes), 400, "previous_response_not_found", "previous_response_id");
    }

    /** The attempt may be slow to notice the cancel; the client that cancels waits at most three seconds. */
    @Test
    void cancelOfARunningResponseWaitsForALimitedTime() throws Exception {
        post(BACKGROUND);
        log.claim(
                ID,
                Optional.of(Task.Kind.ANSWER),
                time.instant(),
                time.instant().plusSeconds(20));
        assertThat(body(request("POST", "/v1/responses/" + ID + "/cancel"))
                        .path("status")
                        .textValue())
                .isEqualTo("in_progress");
        assertThat(log.find(ID).orElseThrow().directives().cancelRequested()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PUT    | /v1/responses/resp_1        | GET, DELETE",
                "POST   | /v1/responses/resp_1        | GET, DELETE",
                "GET    | /v1/responses/resp_1/cancel | POST",
                "DELETE | /responses                  | POST",
                "GET    | /                           | POST"
            })
    void methodThatIsNotAllowedGetsTheAllowHeader(String method, String path, String allowed) throws Exception {
        var refused = request(method, path);
        assertError(refused, 405, "method_not_allowed", "null");
        assertThat(prelude(refused, "/headers/allow")).isEqualTo(allowed);
    }

    @Test
    void repeatedIdempotencyKeyGetsTheSameResponse() throws Exception {
        var first = send(json("{\"input\":\"hi\"}").header("idempotency-key", "k1"));
        var second = send(json("{\"input\":\"hi\"}").header("Idempotency-Key", "k1"));
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(model.requests()).hasSize(1);

        var other = send(json("{\"input\":\"hi\"}").header("idempotency-key", "k2"));
        assertThat(body(other).path("id")).isNotEqualTo(body(first).path("id"));
    }

    @Test
    void repeatedStreamGetsTheSameEvents() throws Exception {
        var asked = json("{\"input\":\"hi\",\"stream\":true}").header("idempotency-key", "k1");
        assertThat(send(asked).body()).isEqualTo(send(asked).body()).endsWith("data: [DONE]\n\n");
        assertThat(model.requests()).hasSize(1);
    }

    @Test
    void repeatOfAnUnfinishedResponseIs504AtTheDeadline() throws Exception {
        var body = Json.findObject("{\"input\":\"hi\",\"model\":\"default-model\"}")
                .orElseThrow();
        var id = Ids.ofKey(IdempotencyKey.of(Subject.ANONYMOUS, Optional.of("192.0.2.7"), "k1"), 0, body);
        var never = time.instant().plusSeconds(9999);
        log.create(
                new ResponseHeader(
                        id,
                        new Owner(Subject.ANONYMOUS, new QuotaKey("g"), Optional.empty()),
                        new AcceptedRequest(body, Execution.INLINE, time.instant(), never),
                        new Progress(Status.IN_PROGRESS, new Lease(1, never, 16), 0),
                        Directives.of(Subscriptions.none()),
                        ConversationSize.ZERO),
                List.of(new Event(0, "response.created", "{}")));
        assertError(
                send(json("{\"input\":\"hi\"}").header("idempotency-key", "k1")), 504, "response_unfinished", "null");
        assertThat(model.requests()).isEmpty();
    }

    @Test
    void repeatedBackgroundRequestGetsTheSameResponse() throws Exception {
        var asked = json(BACKGROUND).header("idempotency-key", "k1");
        var id = body(send(asked)).path("id").textValue();
        assertThat(body(send(asked)).path("id").textValue()).isEqualTo(id);
        assertThat(queue.waiting().stream()
                        .map(task -> task.task().responseId().value())
                        .distinct())
                .containsExactly(id);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 256})
    void idempotencyKeyOfTheWrongLengthIsRefused(int length) throws Exception {
        assertError(
                send(json("{\"input\":\"hi\"}").header("idempotency-key", "k".repeat(length))),
                400,
                "invalid_value",
                "Idempotency-Key");
        assertThat(model.requests()).isEmpty();
    }

    @Test
    void subjectAtItsLimitIsRefused() throws Exception {
        post(BACKGROUND);
        post(BACKGROUND);
        var refused = post(BACKGROUND);
        assertError(refused, 429, "too_many_requests", "null");
        assertThat(prelude(refused, "/headers/retry-after")).matches("[1-9]\\d*");

        chat.answer(queue.poll().orElseThrow(), FakeRuntimeApi.DEADLINE, model, sockets, queue);
        assertThat(body(post(BACKGROUND)).path("status").textValue()).isEqualTo("queued");
    }

    private void answerNext(ScriptedModel worker) throws InterruptedException {
        var task = queue.poll().filter(it -> it.kind() == Task.Kind.ANSWER).orElseThrow();
        var _ = chat.answer(task, FakeRuntimeApi.DEADLINE, worker, sockets, queue);
    }

    private Chat chat(ResponseLog responses) {
        return TestChats.chat(
                responses,
                new InMemoryQuota(time),
                () -> ResponseIds.of(ids.incrementAndGet()),
                time.sleepingBy(time::advance),
                AnswerSettings.of(Duration.ZERO, Retries.NONE, Duration.ZERO),
                _ -> {});
    }

    private static ResponseLog brokenLog() {
        return (ResponseLog) Proxy.newProxyInstance(
                ResponseLog.class.getClassLoader(), new Class<?>[] {ResponseLog.class}, (_, _, _) -> {
                    throw new IllegalStateException("the log was read");
                });
    }

    private static FunctionUrlEvent json(String body) {
        return FunctionUrlEvent.post("/v1/responses")
                .header("content-type", "application/json")
                .body(body);
    }

    private ReceivedResponse post(String body) throws Exception {
        return send(json(body));
    }

    private ReceivedResponse get(String pathAndQuery) throws Exception {
        var parts = pathAndQuery.split("\\?", 2);
        return send(FunctionUrlEvent.get(parts[0]).query(parts.length == 1 ? "" : parts[1]));
    }

    private ReceivedResponse read(String path, String query, String lastEventId) throws Exception {
        return send(FunctionUrlEvent.get(path).query(query).header("last-event-id", lastEventId));
    }

    private ReceivedResponse request(String method, String path) throws Exception {
        return send(FunctionUrlEvent.of(method, path));
    }

    private ReceivedResponse send(FunctionUrlEvent event) throws Exception {
        return send(event, handler);
    }

    private ReceivedResponse send(FunctionUrlEvent event, Routes routes) throws Exception {
        return send(event, StreamingHandler.http(routes));
    }

    private ReceivedResponse send(FunctionUrlEvent event, StreamingHandler handled) throws Exception {
        try (var api = FakeRuntimeApi.start()) {
            api.willInvoke("r1", event.bytes());
            api.willStop();
            new StreamingRuntime(api.environment(), Clock.systemUTC(), _ -> {}).run(_ -> new LoggedHandler(handled));
            return api.response("r1").await();
        }
    }

    private static void assertError(ReceivedResponse answered, int status, String code, String param) throws Exception {
        assertThat(prelude(answered, "/statusCode")).isEqualTo(String.valueOf(status));
        assertThat(body(answered).at("/error/code").asText()).isEqualTo(code);
        assertThat(body(answered).at("/error/param").asText()).isEqualTo(param);
    }

    private static ObjectNode body(ReceivedResponse answered) throws Exception {
        return Json.findObject(answered.body().strip()).orElseThrow();
    }

    private static String types(ReceivedResponse answered) throws Exception {
        return answered.body()
                .lines()
                .filter(line -> line.startsWith("event: "))
                .map(line -> line.substring("event: ".length()))
                .collect(Collectors.joining(";"));
    }

    private static String prelude(ReceivedResponse answered, String pointer) throws Exception {
        return Json.findObject(answered.prelude()).orElseThrow().at(pointer).asText();
    }
}
