package dev.rill.stream;

import static dev.rill.chat.memory.ScriptedModel.accept;
import static dev.rill.chat.memory.ScriptedModel.answer;
import static dev.rill.chat.memory.ScriptedModel.completed;
import static dev.rill.chat.memory.ScriptedModel.delta;
import static dev.rill.chat.memory.ScriptedModel.pause;
import static dev.rill.chat.memory.ScriptedModel.refuse;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.auth.TicketIssuer;
import dev.rill.auth.memory.InMemoryTickets;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.chat.Chat;
import dev.rill.chat.log.ChatKey;
import dev.rill.chat.log.CurrentResponse;
import dev.rill.chat.log.CurrentResponses;
import dev.rill.chat.memory.InMemoryCurrentResponses;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.queue.Task;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Subject;
import dev.rill.streaming.StreamingHandler;
import dev.rill.streaming.StreamingRuntime;
import dev.rill.streaming.testing.FakeRuntimeApi;
import dev.rill.streaming.testing.FunctionUrlEvent;
import dev.rill.streaming.testing.ReceivedResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The routes of {@code useChat}. The encoding itself has vectors in core/chat. */
@Timeout(20)
class UiChatTest {

    private static final String HI = "{'role':'user','id':'m1','parts':[{'type':'text','text':'hi'}]}";

    /** The assistant's call and the page's answer to it. */
    private static final String ANSWERED = "{'role':'assistant','id':'m2','parts':[{'type':'step-start'},"
            + "{'type':'tool-f','toolCallId':'c1','state':'output-available','input':{'a':1},'output':'done'}]}";

    /** The address of {@link FunctionUrlEvent}. */
    private static final ChatKey CHAT = ChatKey.of(Subject.ANONYMOUS, Optional.of("192.0.2.7"), "c/1");

    private static final String PATH = "/api/chat/c%2F1";

    private final ManualTime time = new ManualTime(FakeRuntimeApi.DEADLINE.minusSeconds(30));
    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final AtomicInteger ids = new AtomicInteger();
    private final RecordingSockets sockets = new RecordingSockets();
    private final InMemoryCurrentResponses stored = new InMemoryCurrentResponses(time);
    private CurrentResponses chats = stored;
    private ManualTime.Sleep whileWaiting = time::advance;
    private ScriptedModel model = ScriptedModel.playing(answer("Hello"));
    private final Chat chat = TestChats.chat(
            log,
            new InMemoryQuota(time),
            () -> ResponseIds.of(ids.incrementAndGet()),
            time.sleepingBy(duration -> whileWaiting.sleep(duration)),
            TestChats.SETTINGS,
            _ -> {});

    @Test
    void answerIsAStreamOfChunks() throws Exception {
        var answered = ask(HI);

        assertThat(prelude(answered, "/statusCode")).isEqualTo("200");
        assertThat(prelude(answered, "/headers/content-type")).isEqualTo("text/event-stream; charset=utf-8");
        assertThat(prelude(answered, "/headers/x-vercel-ai-ui-message-stream")).isEqualTo("v1");
        assertThat(types(answered)).isEqualTo("start;start-step;text-start;text-delta;text-end;finish-step;finish");
        assertThat(answered.body()).endsWith("\n\ndata: [DONE]\n\n");
        assertThat(chunks(answered).getFirst().path("messageId").textValue())
                .isEqualTo(ResponseIds.of(1).value());
    }

    @Test
    void modelIsAskedForWhatThePageAsks() throws Exception {
        ask(HI, ",'temperature':0.5,'sessionId':'s'");

        var asked = model.requests().getFirst();
        assertThat(asked.at("/input/0/content").textValue()).isEqualTo("hi");
        assertThat(asked.path("model").textValue()).isEqualTo("default-model");
        assertThat(asked.path("temperature").doubleValue()).isEqualTo(0.5);
        assertThat(asked.has("sessionId")).isFalse();
        assertThat(asked.has("messages")).isFalse();
        assertThat(asked.has("id")).isFalse();
    }

    /** The page shows the whole body. */
    @Test
    void failureBeforeTheAnswerIsTextForAPerson() throws Exception {
        model = ScriptedModel.playing(refuse(ModelFailure.RATE_LIMITED));

        var refused = ask(HI);

        assertThat(prelude(refused, "/statusCode")).isEqualTo("429");
        assertThat(prelude(refused, "/headers/content-type")).isEqualTo("text/plain; charset=utf-8");
        assertThat(prelude(refused, "/headers/retry-after")).isEqualTo("5");
        assertThat(refused.body()).isEqualTo("the model refuses\n");
    }

    @Test
    void failureAmidTheAnswerIsAnErrorChunk() throws Exception {
        model = ScriptedModel.playing(accept(delta("Hel"), ScriptedModel.fail(ModelFailure.DISCONNECTED)));

        var answered = ask(HI);

        assertThat(prelude(answered, "/statusCode")).isEqualTo("200");
        assertThat(types(answered))
                .isEqualTo("start;start-step;text-start;text-delta;text-end;error;finish-step;finish");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "null",
            value = {
                "POST | /api/chat               | {'id':'c'}                                      | 400 | 'messages'",
                "POST | /api/chat               | {'messages':[{'role':'user','parts':[{}]}]}      | 400 | 'messages[0].parts[0].type'",
                "POST | /api/chat               | {                                               | 400 | JSON",
                "GET  | /api/chat               | null                                            | 405 | GET",
                "POST | /api/chat/c/stream      | null                                            | 405 | POST",
                "GET  | /api/chat/c/elsewhere   | null                                            | 404 | /api/chat/c/elsewhere"
            })
    void refusalIsTextThatNamesTheFault(String method, String path, @Nullable String body, int status, String named)
            throws Exception {
        var event = FunctionUrlEvent.of(method, path).header("content-type", "application/json");

        var refused = send(body == null ? event : event.body(body.replace('\'', '"')));

        assertThat(prelude(refused, "/statusCode")).isEqualTo(String.valueOf(status));
        assertThat(prelude(refused, "/headers/content-type")).isEqualTo("text/plain; charset=utf-8");
        assertThat(refused.body()).contains(named).doesNotStartWith("{");
    }

    @Test
    void pathsOfTheOtherProtocolsHaveNoSuchChat() throws Exception {
        assertThat(prelude(send(FunctionUrlEvent.get("/v1" + PATH + "/stream")), "/statusCode"))
                .isEqualTo("404");
    }

    @Test
    void chatIsAtItsResponseBeforeTheModelAnswers() throws Exception {
        var put = new CompletableFuture<CurrentResponse>();
        chats = new CurrentResponses() {
            @Override
            public void put(ChatKey key, CurrentResponse response, Instant expiresAt) {
                stored.put(key, response, expiresAt);
                put.complete(response);
            }

            @Override
            public Optional<CurrentResponse> find(ChatKey key) {
                return stored.find(key);
            }
        };
        // The model says nothing before that.
        var output = accept(pause(() -> put.orTimeout(10, TimeUnit.SECONDS).join()), delta("Hi"), completed("Hi"));
        model = ScriptedModel.playing(output);

        ask(HI + "," + ANSWERED);

        assertThat(put).isCompletedWithValue(new CurrentResponse(ResponseIds.of(1), Optional.of("m2")));
        assertThat(ask(HI).body()).contains(ResponseIds.of(2).value());
        assertThat(stored.find(CHAT)).contains(new CurrentResponse(ResponseIds.of(2), Optional.empty()));
        time.advance(Duration.ofDays(2));
        assertThat(stored.find(CHAT)).isEmpty();
    }

    @Test
    void answerNeedsNoStoreOfChats() throws Exception {
        chats = new CurrentResponses() {
            @Override
            public void put(ChatKey key, CurrentResponse response, Instant expiresAt) {
                throw new IllegalStateException("the store fails");
            }

            @Override
            public Optional<CurrentResponse> find(ChatKey key) {
                throw new IllegalStateException("the store fails");
            }
        };

        assertThat(types(ask(HI))).endsWith(";finish");
    }

    @Test
    void stopCancelsTheRunningResponse() throws Exception {
        var stopped = new CompletableFuture<ReceivedResponse>();
        model = ScriptedModel.playing(accept(
                delta("Hel"),
                pause(() -> stopped.completeAsync(() -> sendUnchecked(FunctionUrlEvent.post(PATH + "/stop")))),
                ScriptedModel.stayOpen()));

        var answered = ask(HI);

        assertThat(prelude(stopped.get(10, TimeUnit.SECONDS), "/statusCode")).isEqualTo("204");
        assertThat(types(answered)).isEqualTo("start;start-step;text-start;text-delta;text-end;abort");
        assertThat(answered.body()).endsWith("data: [DONE]\n\n");
    }

    @Test
    void stopOfAChatAtRestDoesNothing() throws Exception {
        var unknown = send(FunctionUrlEvent.post(PATH + "/stop"));
        ask(HI);
        var ended = send(FunctionUrlEvent.post(PATH + "/stop"));

        assertThat(prelude(unknown, "/statusCode")).isEqualTo("204");
        assertThat(prelude(ended, "/statusCode")).isEqualTo("204");
    }

    @Test
    void resumedStreamHasTheWholeAnswer() throws Exception {
        var asked = ask(HI).body()
                .replace(ResponseIds.of(1).value(), ResponseIds.of(2).value());
        runInChat("{'input':'hi','background':true}", Optional.empty());
        whileWaiting = this::answerOnce;

        var resumed = send(FunctionUrlEvent.get(PATH + "/stream"));

        assertThat(prelude(resumed, "/statusCode")).isEqualTo("200");
        assertThat(prelude(resumed, "/headers/x-vercel-ai-ui-message-stream")).isEqualTo("v1");
        assertThat(resumed.body()).isEqualTo(asked);
    }

    /** The page drops what it has of the message when it resumes. */
    @Test
    void resumedStreamHasTheEarlierStepsOfItsMessage() throws Exception {
        runInChat(
                "{'background':true,'input':[{'role':'user','content':'hi'},{'type':'function_call','call_id':'c1',"
                        + "'name':'f','arguments':'{}'},{'type':'function_call_output','call_id':'c1','output':'done'}]}",
                Optional.of("m2"));
        whileWaiting = this::answerOnce;

        var resumed = send(FunctionUrlEvent.get(PATH + "/stream"));

        assertThat(types(resumed))
                .startsWith("start;start-step;tool-input-start;tool-input-delta;tool-output-available;finish-step;"
                        + "start-step;text-start;")
                .endsWith(";finish");
        assertThat(chunks(resumed).getFirst().path("messageId").textValue()).isEqualTo("m2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"c/2", "", "long"})
    void chatAtRestHasNothingToResume(String id) throws Exception {
        ask(HI, ",'store':true");
        var chatId = id.equals("long") ? "x".repeat(300) : id.isEmpty() ? "c%2F1" : "c%2F2";

        var nothing = send(FunctionUrlEvent.get("/api/chat/" + chatId + "/stream"));

        assertThat(prelude(nothing, "/statusCode")).isEqualTo("204");
        assertThat(nothing.body()).isEmpty();
    }

    /** Without an error the page would take half an answer for a whole one. */
    @Test
    void streamThatEndsBeforeItsResponseEndsWithAnError() throws Exception {
        runInChat("{'input':'hi','background':true}", Optional.empty());

        var resumed = send(FunctionUrlEvent.get(PATH + "/stream"));

        assertThat(chunks(resumed).getLast().path("type").textValue()).isEqualTo("error");
        assertThat(resumed.body()).endsWith("data: [DONE]\n\n");
    }

    @Test
    void answerGoesOnWithoutItsReader() throws Exception {
        var delivered = new ArrayList<Long>();
        var recorded = new ArrayList<String>();
        var sink = new RecordedSink(
                (event, _) -> {
                    delivered.add(event.sequenceNumber());
                    return SendResult.GONE;
                },
                id -> recorded.add(id.value()));
        var created = new Event(
                0,
                "response.created",
                "{\"response\":{\"id\":\"" + ResponseIds.of(1).value() + "\"}}");

        assertThat(sink.deliver(created, LeaseCheck.ALWAYS)).isEqualTo(SendResult.DELIVERED);
        assertThat(sink.deliver(new Event(1, "x", "{}"), LeaseCheck.ALWAYS)).isEqualTo(SendResult.DELIVERED);
        assertThat(sink.keepAlive()).isEqualTo(SendResult.DELIVERED);

        assertThat(delivered).containsExactly(0L);
        assertThat(recorded).containsExactly(ResponseIds.of(1).value());
    }

    // ---------------------------------------------------------------------------------------------------------------

    /** Queues a response of the chat. */
    private void runInChat(String request, Optional<String> continuedMessage) throws Exception {
        var created = send(FunctionUrlEvent.post("/v1/responses")
                .header("content-type", "application/json")
                .body(request.replace('\'', '"')));
        assertThat(prelude(created, "/statusCode")).isEqualTo("200");
        var current = new CurrentResponse(ResponseIds.of(ids.get()), continuedMessage);
        stored.put(CHAT, current, FakeRuntimeApi.DEADLINE.plusSeconds(9));
    }

    /** A worker answers while the follower sleeps for the first time. */
    private void answerOnce(Duration duration) throws InterruptedException {
        whileWaiting = time::advance;
        time.advance(duration);
        var task = queue.poll();
        while (task.isPresent()) {
            if (task.get().kind() == Task.Kind.ANSWER) {
                var _ = chat.answer(task.get(), FakeRuntimeApi.DEADLINE, model, sockets, queue);
            }
            task = queue.poll();
        }
    }

    private ReceivedResponse ask(String messages) throws Exception {
        return ask(messages, "");
    }

    /** Single quotes stand for double quotes. */
    private ReceivedResponse ask(String messages, String more) throws Exception {
        var body = "{'id':'c/1','trigger':'submit-message','messages':[" + messages + "]" + more + "}";
        return send(FunctionUrlEvent.post("/api/chat")
                .header("content-type", "application/json")
                .body(body.replace('\'', '"')));
    }

    private ReceivedResponse sendUnchecked(FunctionUrlEvent event) {
        try {
            return send(event);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private ReceivedResponse send(FunctionUrlEvent event) throws Exception {
        var routes = new Routes(
                chat,
                new Ports(model, sockets, queue, chats),
                new Entrance(() -> AccessPolicy.OPEN),
                new TicketIssuer(new InMemoryTickets(time), new Random(1), time),
                TestPage.page());
        try (var api = FakeRuntimeApi.start()) {
            api.willInvoke("r1", event.bytes());
            api.willStop();
            new StreamingRuntime(api.environment(), Clock.systemUTC(), _ -> {}).run(_ -> StreamingHandler.http(routes));
            return api.response("r1").await();
        }
    }

    private static List<JsonNode> chunks(ReceivedResponse answered) throws Exception {
        return answered.body()
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> Json.find(line.substring("data: ".length())).orElseThrow())
                .toList();
    }

    private static String types(ReceivedResponse answered) throws Exception {
        return chunks(answered).stream()
                .map(chunk -> chunk.path("type").textValue())
                .collect(Collectors.joining(";"));
    }

    private static String prelude(ReceivedResponse answered, String pointer) throws Exception {
        return Json.findObject(answered.prelude()).orElseThrow().at(pointer).asText();
    }
}
