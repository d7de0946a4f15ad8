package dev.rill.chat;

import static dev.rill.chat.memory.ScriptedModel.accept;
import static dev.rill.chat.memory.ScriptedModel.answer;
import static dev.rill.chat.memory.ScriptedModel.say;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.answer.LogIntervals;
import dev.rill.chat.history.HistorySettings;
import dev.rill.chat.history.HistorySettings.ModelStorage;
import dev.rill.chat.history.StoredItems;
import dev.rill.chat.log.ConversationSize;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.memory.Gate;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.Retries;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.simulation.SimulatedCall;
import dev.rill.chat.simulation.SimulatedTime;
import dev.rill.chat.simulation.SimulatedTimeExtension;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Subject;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests of conversations: their limits, the requests to the model, encrypted reasoning, and references to stored items.
 */
@Timeout(20)
class ConversationTest {

    private static final ConnectionId SOCKET = new ConnectionId("socket-1");
    private static final QuotaKey QUOTA_KEY = new QuotaKey("g");
    private static final String INCLUDE_REASONING = "'include':['reasoning.encrypted_content']";

    private final SimulatedTime time = SimulatedTime.inOrder();

    @RegisterExtension
    final SimulatedTimeExtension simulation = new SimulatedTimeExtension(time);

    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final RecordingSockets sockets = new RecordingSockets(time);
    private final List<Signal> signals = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger ids = new AtomicInteger();

    // ---- limits ---------------------------------------------------------------------------------------------------

    @Test
    void turnBeyondTheLimitOfBytesIsRefused() throws Exception {
        var chat = chat(limit(1000, 100));
        answerRequest(chat, "{'input':'" + "x".repeat(300) + "'}", answer("y".repeat(300)));
        assertRefused(
                "conversation_too_long",
                "previous_response_id",
                () -> submit(
                        chat,
                        "{'previous_response_id':'resp_00000000000000000000000000000001','input':'" + "z".repeat(300)
                                + "'}"));
        assertThat(queue.poll()).isEmpty();
        assertThat(log.find(ResponseIds.of(2))).isEmpty();
        assertThat(answerRequest(
                                chat,
                                "{'previous_response_id':'resp_00000000000000000000000000000001','input':'short'}",
                                answer("y"))
                        .path("status")
                        .textValue())
                .isEqualTo("completed");
    }

    @Test
    void turnBeyondTheLimitOfItemsIsRefused() throws Exception {
        var chat = chat(limit(100_000, 4));
        answerRequest(chat, "{'input':'1'}", answer("2"));
        answerRequest(
                chat, "{'previous_response_id':'resp_00000000000000000000000000000001','input':'3'}", answer("4"));
        assertRefused(
                "conversation_too_long",
                "previous_response_id",
                () -> submit(chat, "{'previous_response_id':'resp_00000000000000000000000000000002','input':'5'}"));
        // An earlier turn can still be continued in another way.
        answerRequest(
                chat, "{'previous_response_id':'resp_00000000000000000000000000000001','input':'3'}", answer("4"));
    }

    @Test
    void requestBeyondTheLimitByItselfIsRefused() throws Exception {
        var chat = chat(limit(1000, 2));
        assertRefused("conversation_too_long", "input", () -> submit(chat, "{'input':'" + "ö".repeat(500) + "'}"));
        assertRefused(
                "conversation_too_long",
                "input",
                () -> submit(
                        chat,
                        "{'input':[{'role':'user','content':'1'},{'role':'user','content':'2'},{'role':'user','content':'3'}]}"));
        assertThat(queue.poll()).isEmpty();
    }

    @Test
    void onlyThePreviousHeaderIsReadForTheSize() throws Exception {
        var chat = chat(HistorySettings.DEFAULT);
        for (int turn = 1; turn <= 5; turn++) {
            answerRequest(
                    chat,
                    turn == 1
                            ? "{'input':'x'}"
                            : "{'input':'x','previous_response_id':'" + ResponseIds.of(turn - 1) + "'}",
                    answer("y"));
        }
        var reads = new ArrayList<String>();
        submit(
                chat(recordingReads(log, reads), HistorySettings.DEFAULT),
                "{'input':'x','previous_response_id':'resp_00000000000000000000000000000005'}");
        assertThat(reads).containsExactly("find " + ResponseIds.of(5));
    }

    @Test
    void sizeIsThatOfTheItemsSentToTheModel() throws Exception {
        var chat = chat(HistorySettings.DEFAULT);
        answerRequest(chat, "{'input':'zoë \ud83d\ude00'}", answer("y"));
        answerRequest(
                chat,
                "{'previous_response_id':'resp_00000000000000000000000000000001','input':[{'id':'msg_x','role':'user','content':'1.50'}]}",
                answer("z"));
        var modelRequests = new ArrayList<ObjectNode>();
        answerRequest(
                chat,
                "{'previous_response_id':'resp_00000000000000000000000000000002','input':'last'}",
                answer("z"),
                modelRequests);
        var items = modelRequests.getFirst().path("input");
        var bytes = 0L;
        for (var item : items) {
            bytes += Json.write(item).getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        }
        var answer = Json.write(items.get(3)).length();
        assertThat(log.find(ResponseIds.of(3)).orElseThrow().conversation())
                .isEqualTo(new ConversationSize(bytes + answer, 6));
    }

    @Test
    void turnWithoutItemsCountsAsOneItem() throws Exception {
        var chat = chat(limit(100_000, 3));
        var empty = accept(say("response.completed", "{'response':{'output':[]}}"));
        answerRequest(chat, "{'input':'1'}", empty);
        assertThat(log.find(ResponseIds.of(1)).orElseThrow().conversation().items())
                .isOne();
        answerRequest(chat, "{'input':'2','previous_response_id':'resp_00000000000000000000000000000001'}", empty);
        answerRequest(chat, "{'input':'3','previous_response_id':'resp_00000000000000000000000000000002'}", empty);
        assertRefused(
                "conversation_too_long",
                "previous_response_id",
                () -> submit(chat, "{'input':'4','previous_response_id':'resp_00000000000000000000000000000003'}"));
    }

    @Test
    void loweredLimitFailsAnAcceptedResponse() throws Exception {
        answerRequest(chat(HistorySettings.DEFAULT), "{'input':'1'}", answer("2"));
        submit(
                chat(HistorySettings.DEFAULT),
                "{'previous_response_id':'resp_00000000000000000000000000000001','input':'3'}");
        var model = ScriptedModel.playing(answer("x"));
        answerNext(chat(limit(100_000, 2)), model);
        assertThat(finalResponse(ResponseIds.of(2)).at("/error/code").textValue())
                .isEqualTo("conversation_too_long");
        assertThat(model.requests()).isEmpty();
    }

    // ---- requests to the model ------------------------------------------------------------------------------------

    @Test
    void modelIsToldToStoreNothing() throws Exception {
        for (var store : List.of("", ",'store':true", ",'store':false")) {
            var modelRequests = new ArrayList<ObjectNode>();
            var response = answerRequest(
                    chat(HistorySettings.DEFAULT), "{'input':'1'" + store + "}", answer("2"), modelRequests);
            assertThat(modelRequests.getFirst().path("store")).hasToString("false");
            assertThat(response.path("store").isBoolean()).isTrue();
        }
    }

    @Test
    void storageAsAskedPassesTheClientsValue() throws Exception {
        var chat = chat(HistorySettings.of(8, 2000, ModelStorage.AS_ASKED));
        var modelRequests = new ArrayList<ObjectNode>();
        answerRequest(chat, "{'input':'1','store':true}", answer("2"), modelRequests);
        answerRequest(chat, "{'input':'1'}", answer("2"), modelRequests);
        answerRequest(chat, "{'input':'1','store':false}", answer("2"), modelRequests);
        assertThat(modelRequests)
                .extracting(request -> request.path("store").toString())
                .containsExactly("true", "", "false");
    }

    @Test
    void idsAreRemovedFromItemsForTheModel() throws Exception {
        var modelRequests = new ArrayList<ObjectNode>();
        answerRequest(chat(HistorySettings.DEFAULT), """
            {'input':[{'id':'msg_1','type':'message','role':'assistant','status':'completed','content':[{'type':'output_text',
            'text':'x','n':1.50}]},{'type':'function_call','call_id':'c','id':'fc_1','name':'f','arguments':'{}'},
            {'type':'function_call_output','call_id':'c','output':'1'},
            {'id':'mcpr_1','type':'mcp_approval_request','name':'f'},
            {'type':'mcp_approval_response','approval_request_id':'mcpr_1','approve':true}]}""", answer("2"), modelRequests);
        assertThat(modelRequests.getFirst().path("input")).isEqualTo(json("""
        {'i':[{'type':'message','role':'assistant','status':'completed','content':[{'type':'output_text',
        'text':'x','n':1.50}]},{'type':'function_call','call_id':'c','name':'f','arguments':'{}'},
        {'type':'function_call_output','call_id':'c','output':'1'},
        {'type':'mcp_approval_request','name':'f','id':'mcpr_1'},
        {'type':'mcp_approval_response','approval_request_id':'mcpr_1','approve':true}]}""").path("i"));
    }

    @Test
    void loneSurrogateIsReplacedForTheModel() throws Exception {
        var modelRequests = new ArrayList<ObjectNode>();
        answerRequest(
                chat(HistorySettings.DEFAULT),
                "{'input':[{'role':'user','content':'a\\ud83d'}]}",
                answer("2"),
                modelRequests);
        assertThat(modelRequests.getFirst().at("/input/0/content").textValue()).isEqualTo("a\uFFFD");
    }

    @Test
    void expiredEarlierResponseFailsAnAcceptedResponse() throws Exception {
        var chat = chat(HistorySettings.DEFAULT);
        answerRequest(chat, "{'input':'1'}", answer("2"));
        time.advance(Duration.ofHours(23));
        answerRequest(
                chat, "{'input':'1','previous_response_id':'resp_00000000000000000000000000000001'}", answer("2"));
        submit(chat, "{'input':'1','previous_response_id':'resp_00000000000000000000000000000002'}");
        time.advance(Duration.ofHours(2));
        var model = ScriptedModel.playing(answer("x"));
        answerNext(chat, model);
        assertThat(finalResponse(ResponseIds.of(3)).at("/error/code").textValue())
                .isEqualTo("previous_response_not_found");
        assertThat(model.requests()).isEmpty();
        assertThat(signals)
                .noneMatch(signal -> signal instanceof Signal.UnexpectedError || signal instanceof Signal.Retrying);
    }

    @Test
    void cancelWhileTheHistoryIsReadIsNoError() throws Exception {
        answerRequest(chat(HistorySettings.DEFAULT), "{'input':'1'}", answer("2"));
        submit(
                chat(HistorySettings.DEFAULT),
                "{'input':'1','previous_response_id':'resp_00000000000000000000000000000001'}");
        var reading = new Gate(time);
        var never = new Gate(time);
        var slow = (ResponseLog) Proxy.newProxyInstance(
                ResponseLog.class.getClassLoader(), new Class<?>[] {ResponseLog.class}, (_, method, arguments) -> {
                    if (method.getName().equals("turn")
                            || (method.getName().equals("find") && arguments[0].equals(ResponseIds.of(1)))) {
                        reading.open();
                        try {
                            never.await();
                        } catch (InterruptedException e) {
                            // AWS's SDK also throws an unchecked exception when it is interrupted.
                            Thread.currentThread().interrupt();
                            throw new IllegalStateException("aborted", e);
                        }
                    }
                    return method.invoke(log, arguments);
                });
        var chat = chat(slow, HistorySettings.DEFAULT);
        var answered = SimulatedCall.start(time, "worker", () -> answerNext(chat, ScriptedModel.playing(answer("x"))));
        reading.await();
        chat.cancel(ResponseIds.of(2), Subject.ANONYMOUS, Optional.empty(), sockets, queue);
        time.advance(Duration.ofSeconds(1));
        assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        assertThat(finalResponse(ResponseIds.of(2)).at("/status").textValue()).isEqualTo("cancelled");
        assertThat(signals).noneMatch(Signal.UnexpectedError.class::isInstance);
    }

    // ---- encrypted reasoning --------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"", ",'include':['message.output_text.logprobs']"})
    void encryptedReasoningIsStoredButNotSentByDefault(String include) throws Exception {
        var chat = chat(HistorySettings.DEFAULT);
        var modelRequests = new ArrayList<ObjectNode>();
        answerRequest(chat, "{'input':'1'" + include + "}", reasoning("rs_1", "sealed"), modelRequests);
        assertThat(modelRequests.getFirst().path("include").toString()).contains("\"reasoning.encrypted_content\"");
        assertThat(String.join("", sockets.received(SOCKET))).contains("rs_1").doesNotContain("encrypted_content");
        assertThat(log.read(ResponseIds.of(1), -1)).extracting(Event::json).isEqualTo(sockets.received(SOCKET));
        assertThat(Json.write(chat.retrieve(ResponseIds.of(1), Subject.ANONYMOUS)))
                .contains("rs_1")
                .doesNotContain("encrypted_content");
        answerRequest(
                chat,
                "{'input':'2','previous_response_id':'resp_00000000000000000000000000000001'}",
                answer("x"),
                modelRequests);
        assertThat(modelRequests.getLast().at("/input/1"))
                .isEqualTo(json("{'type':'reasoning','summary':[],'encrypted_content':'sealed'}"));
    }

    @Test
    void encryptedReasoningIsSentToAClientThatIncludesIt() throws Exception {
        var chat = chat(HistorySettings.DEFAULT);
        var modelRequests = new ArrayList<ObjectNode>();
        var response = answerRequest(
                chat, "{'input':'1'," + INCLUDE_REASONING + "}", reasoning("rs_1", "sealed"), modelRequests);
        assertThat(response.at("/output/0/encrypted_content").textValue()).isEqualTo("sealed");
        assertThat(sockets.received(SOCKET))
                .filteredOn(event -> event.contains("encrypted_content"))
                .hasSize(3);
        assertThat(modelRequests.getFirst().path("include")).hasSize(1);
    }

    @Test
    void unencryptedReasoningIsNotSentToTheModel() throws Exception {
        var chat = chat(HistorySettings.DEFAULT);
        answerRequest(
                chat,
                "{'input':'1'}",
                accept(say(
                        "response.completed",
                        "{'response':{'output':[{'type':'reasoning','id':'rs_1','summary':[],'encrypted_content':null},"
                                + "{'type':'message','id':'m','role':'assistant','content':'x'}]}}")));
        var modelRequests = new ArrayList<ObjectNode>();
        answerRequest(
                chat,
                "{'input':[{'type':'reasoning','id':'rs_9','summary':[]},{'role':'user','content':'2'}],"
                        + "'previous_response_id':'resp_00000000000000000000000000000001'}",
                answer("x"),
                modelRequests);
        assertThat(modelRequests.getFirst().path("input")).isEqualTo(json("""
        {'i':[{'type':'message','role':'user','content':'1'},{'type':'message','role':'assistant','content':'x'},
        {'role':'user','content':'2'}]}""").path("i"));
    }

    // ---- stored items ---------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"{'type':'item_reference','id':'msg_1'}", "{'id':'msg_1'}", "{'type':null,'id':'msg_1'}"})
    void referenceIsReplacedByTheStoredItem(String reference) throws Exception {
        var chat = chat(HistorySettings.DEFAULT);
        answerRequest(chat, "{'input':'1'}", answer("two"));
        var modelRequests = new ArrayList<ObjectNode>();
        answerRequest(
                chat,
                "{'input':[{'role':'user','content':'1'}," + reference + ",{'role':'user','content':'3'}]}",
                answer("4"),
                modelRequests);
        assertThat(modelRequests.getFirst().path("input")).hasSize(3);
        assertThat(modelRequests.getFirst().at("/input/1")).isEqualTo(json("""
        {'type':'message','role':'assistant','content':[{'type':'output_text','text':'two','annotations':[]}]}"""));
        // The next turn has the item as well, even after its response was deleted.
        chat.delete(ResponseIds.of(1), Subject.ANONYMOUS);
        answerRequest(
                chat,
                "{'input':'5','previous_response_id':'resp_00000000000000000000000000000002'}",
                answer("6"),
                modelRequests);
        assertThat(modelRequests.getLast().at("/input/1"))
                .isEqualTo(modelRequests.getFirst().at("/input/1"));
    }

    @Test
    void reasoningOfAClientGetsItsEncryptedContent() throws Exception {
        var chat = chat(HistorySettings.DEFAULT);
        answerRequest(chat, "{'input':'1'}", reasoning("rs_1", "sealed"));
        var modelRequests = new ArrayList<ObjectNode>();
        answerRequest(
                chat,
                "{'input':[{'role':'user','content':'1'},{'type':'reasoning','id':'rs_1','summary':[]}]}",
                answer("x"),
                modelRequests);
        assertThat(modelRequests.getFirst().at("/input/1/encrypted_content").textValue())
                .isEqualTo("sealed");
        assertThat(modelRequests.getFirst().at("/input/1").has("id")).isFalse();
    }

    @Test
    void referenceToAnUnknownItemIsRefused() throws Exception {
        var chat = chat(HistorySettings.DEFAULT);
        assertRefused(
                "item_not_found",
                "input[1].id",
                () -> submit(
                        chat, "{'input':[{'role':'user','content':'1'},{'type':'item_reference','id':'msg_none'}]}"));
        assertRefused(
                "missing_required_parameter",
                "input[0].id",
                () -> submit(chat, "{'input':[{'type':'item_reference'}]}"));
        assertThat(queue.poll()).isEmpty();
    }

    @Test
    void referenceToAnItemThatMayNotBeReadIsRefused() throws Exception {
        var chat = chat(HistorySettings.DEFAULT);
        answerRequest(chat, "{'input':'1','store':false}", answer("two"));
        var request = "{'input':[{'type':'item_reference','id':'msg_1'}]}";
        assertRefused(
                "item_not_found",
                "input[0].id",
                () -> chat.submit(
                        new Submission(
                                request(request),
                                new Subject("other"),
                                Optional.of(ClientSocket.of(SOCKET)),
                                QUOTA_KEY,
                                Optional.empty()),
                        sockets,
                        queue));
        assertRefused(
                "item_not_found",
                "input[0].id",
                () -> chat.submit(
                        new Submission(
                                request(request),
                                Subject.ANONYMOUS,
                                Optional.of(ClientSocket.of(new ConnectionId("socket-2"))),
                                QUOTA_KEY,
                                Optional.empty()),
                        sockets,
                        queue));
        submit(chat, request);
    }

    @Test
    void repeatedReferencesAreBoundByTheLimit() throws Exception {
        var chat = chat(limit(5000, 1000));
        answerRequest(chat, "{'input':'1'}", answer("x".repeat(1000)));
        assertRefused(
                "conversation_too_long",
                "input",
                () -> submit(
                        chat,
                        "{'input':["
                                + String.join(",", Collections.nCopies(900, "{'type':'item_reference','id':'msg_1'}"))
                                + "]}"));
    }

    @Test
    void itemsOfOneResponseAreReadOnce() throws Exception {
        answerRequest(chat(HistorySettings.DEFAULT), "{'input':'1'}", reasoning("rs_1", "sealed"));
        var reads = new ArrayList<String>();
        submit(
                chat(recordingReads(log, reads), HistorySettings.DEFAULT),
                "{'input':["
                        + String.join(
                                ",",
                                Collections.nCopies(
                                        50,
                                        "{'type':'item_reference','id':'rs_1'},{'type':'item_reference','id':'msg_2'}"))
                        + "]}");
        assertThat(reads)
                .containsExactly("findByItem " + QUOTA_KEY, "find " + ResponseIds.of(1), "turn " + ResponseIds.of(1));
    }

    @Test
    void itemsOfAnotherQuotaKeyAreNotFound() throws Exception {
        var chat = chat(HistorySettings.DEFAULT);
        answerRequest(chat, "{'input':'1'}", answer("two"));
        var request = request("{'input':[{'type':'item_reference','id':'msg_1'}]}");
        assertRefused(
                "item_not_found",
                "input[0].id",
                () -> chat.submit(
                        new Submission(
                                request,
                                Subject.ANONYMOUS,
                                Optional.of(ClientSocket.of(SOCKET)),
                                new QuotaKey("key 2"),
                                Optional.empty()),
                        sockets,
                        queue));
    }

    @Test
    void unknownItemIsLookedUpOnce() throws Exception {
        var reads = new ArrayList<String>();
        submit(
                chat(recordingReads(log, reads), HistorySettings.DEFAULT),
                "{'input':[" + String.join(",", Collections.nCopies(1000, "{'type':'reasoning','id':'rs_none'}"))
                        + "]}");
        assertThat(reads).hasSize(1);
    }

    @Test
    void requestBeyondTheLimitOfItemsIsNotLookedUp() throws Exception {
        var reads = new ArrayList<String>();
        var items = new ArrayList<String>();
        for (int i = 0; i <= 2000; i++) {
            items.add("{'type':'reasoning','id':'rs_" + i + "'}");
        }
        assertRefused(
                "conversation_too_long",
                "input",
                () -> submit(
                        chat(recordingReads(log, reads), HistorySettings.DEFAULT),
                        "{'input':[" + String.join(",", items) + "]}"));
        assertThat(reads).isEmpty();
    }

    @Test
    void requestBeyondTheLimitOfReferencesIsRefused() throws Exception {
        var chat = chat(HistorySettings.DEFAULT);
        var references = new ArrayList<String>();
        for (int i = 1; i <= StoredItems.MAX_LOOKUPS + 1; i++) {
            answerRequest(
                    chat,
                    "{'input':'1'}",
                    accept(say(
                            "response.completed",
                            "{'response':{'output':[{'type':'message','id':'msg_" + i
                                    + "','role':'assistant','content':'x'}]}}")));
            references.add("{'type':'item_reference','id':'msg_" + i + "'}");
        }
        assertRefused(
                "conversation_too_long",
                "input[" + StoredItems.MAX_LOOKUPS + "].id",
                () -> submit(chat, "{'input':[" + String.join(",", references) + "]}"));
        submit(chat, "{'input':[" + String.join(",", references.subList(1, references.size())) + "]}");
    }

    // ---------------------------------------------------------------------------------------------------------------

    private static HistorySettings limit(long bytes, int items) {
        return new HistorySettings(new ConversationSize(bytes, items), ModelStorage.NEVER);
    }

    private static ScriptedModel.Script reasoning(String id, String sealed) {
        var added = "{'type':'reasoning','id':'" + id + "','summary':[],'encrypted_content':'" + sealed + "'}";
        return accept(
                say("response.output_item.added", "{'output_index':0,'item':" + added + "}"),
                say("response.output_item.done", "{'output_index':0,'item':" + added + "}"),
                say(
                        "response.completed",
                        "{'response':{'output':[" + added
                                + ",{'type':'message','id':'msg_2','role':'assistant','content':'x'}]}}"));
    }

    // ---- eviction -------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"refused", "failed", "given up"})
    void failedContinuationEvictsAnUnstoredResponse(String way) throws Exception {
        var chat = chat(HistorySettings.DEFAULT);
        var first = submit(chat, "{'input':'1','store':false}");
        answerNext(chat, ScriptedModel.playing(answer("2")));
        var next = "{'input':'3','store':false,'previous_response_id':'" + first + "'}";
        switch (way) {
            case "refused" ->
                assertThatThrownBy(() -> submit(
                                chat,
                                "{'input':[{'type':'item_reference','id':'none'}],'previous_response_id':'" + first
                                        + "'}"))
                        .isInstanceOf(ApiException.class);
            case "failed" -> {
                submit(chat, next);
                answerNext(chat, ScriptedModel.playing(ScriptedModel.refuse(ModelFailure.REJECTED)));
            }
            default -> {
                submit(chat, next);
                chat.giveUp(queue.poll().orElseThrow(), sockets, queue);
            }
        }

        assertRefused("previous_response_not_found", "previous_response_id", () -> submit(chat, next));
    }

    @Test
    void continuationEvictsNothingUnlessItFails() throws Exception {
        var chat = chat(HistorySettings.DEFAULT);
        var first = submit(chat, "{'input':'1','store':false}");
        answerNext(chat, ScriptedModel.playing(answer("2")));
        var next = "{'input':'3','store':false,'previous_response_id':'" + first + "'}";
        for (int i = 0; i < 2; i++) {
            submit(chat, next);
            answerNext(chat, ScriptedModel.playing(answer("4")));
        }
    }

    @Test
    void failedContinuationLeavesAStoredResponse() throws Exception {
        var chat = chat(HistorySettings.DEFAULT);
        var first = submit(chat, "{'input':'1'}");
        answerNext(chat, ScriptedModel.playing(answer("2")));
        var next = "{'input':'3','previous_response_id':'" + first + "'}";
        submit(chat, next);
        answerNext(chat, ScriptedModel.playing(ScriptedModel.refuse(ModelFailure.REJECTED)));

        assertThat(submit(chat, next)).isNotNull();
    }

    private Chat chat(HistorySettings history) {
        return chat(log, history);
    }

    private Chat chat(ResponseLog testedLog, HistorySettings history) {
        var settings = new AnswerSettings(
                Duration.ZERO,
                new Retries(3, Duration.ZERO, Duration.ZERO, new Random(1)),
                Duration.ofMinutes(1),
                3,
                history,
                new LogIntervals(Duration.ZERO, Duration.ofMillis(1), Duration.ofSeconds(20)));
        return TestChats.chat(
                testedLog, Quota.UNLIMITED, () -> ResponseIds.of(ids.incrementAndGet()), time, settings, signals::add);
    }

    /** Returns a view of the log that records its reads. */
    private static ResponseLog recordingReads(ResponseLog log, List<String> reads) {
        return (ResponseLog) Proxy.newProxyInstance(
                ResponseLog.class.getClassLoader(), new Class<?>[] {ResponseLog.class}, (_, method, arguments) -> {
                    if (List.of("find", "turn", "findByItem", "read").contains(method.getName())) {
                        reads.add(method.getName() + " "
                                + (arguments[0] instanceof Subject(var value) ? value : arguments[0]));
                    }
                    try {
                        return method.invoke(log, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static JsonNode json(String text) {
        return Json.find(text.replace('\'', '"').replace("\n", "")).orElseThrow();
    }

    private static CreateRequest request(String text) throws ApiException {
        return CreateRequest.of((ObjectNode) json(text));
    }

    private ResponseId submit(Chat chat, String request) throws Exception {
        return chat.submit(
                new Submission(
                        request(request),
                        Subject.ANONYMOUS,
                        Optional.of(ClientSocket.of(SOCKET)),
                        QUOTA_KEY,
                        Optional.empty()),
                sockets,
                queue);
    }

    private AnswerOutcome answerNext(Chat chat, Model model) throws Exception {
        return chat.answer(
                queue.poll().orElseThrow(), time.instant().plus(Duration.ofMinutes(10)), model, sockets, queue);
    }

    private JsonNode answerRequest(Chat chat, String request, ScriptedModel.Script script) throws Exception {
        return answerRequest(chat, request, script, new ArrayList<>());
    }

    /** Submits and answers a request; returns the response of the terminal event. */
    private JsonNode answerRequest(
            Chat chat, String request, ScriptedModel.Script script, List<ObjectNode> modelRequests) throws Exception {
        var id = submit(chat, request);
        var model = ScriptedModel.playing(script);
        assertThat(answerNext(chat, model)).isEqualTo(AnswerOutcome.DONE);
        modelRequests.addAll(model.requests());
        return finalResponse(id);
    }

    private JsonNode finalResponse(ResponseId id) {
        var last = log.read(id, -1).getLast();
        assertThat(last.terminal()).isTrue();
        return Json.findObject(last.json()).orElseThrow().path("response");
    }

    private static void assertRefused(String code, String param, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ApiException.class, refusal -> {
            assertThat(refusal.error().status()).isEqualTo(400);
            assertThat(refusal.error().code()).isEqualTo(code);
            assertThat(refusal.error().param()).isEqualTo(param);
        });
    }
}
