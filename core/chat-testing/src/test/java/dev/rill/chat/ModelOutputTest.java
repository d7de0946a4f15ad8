package dev.rill.chat;

import static dev.rill.chat.memory.ScriptedModel.accept;
import static dev.rill.chat.memory.ScriptedModel.completed;
import static dev.rill.chat.memory.ScriptedModel.fail;
import static dev.rill.chat.memory.ScriptedModel.repeat;
import static dev.rill.chat.memory.ScriptedModel.say;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.answer.LogIntervals;
import dev.rill.chat.answer.OutputAccumulator;
import dev.rill.chat.answer.ResponseRun;
import dev.rill.chat.history.HistorySettings;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.ScriptedModel.Script;
import dev.rill.chat.memory.ScriptedModel.Step;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.Retries;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.simulation.SimulatedTime;
import dev.rill.chat.simulation.SimulatedTimeExtension;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of a model's events: which are relayed, which are changed, and which end the answer. */
@Timeout(60)
class ModelOutputTest {

    private static final QuotaKey QUOTA_KEY = new QuotaKey("anonymous socket-1");
    private static final ConnectionId SOCKET = new ConnectionId("socket-1");
    private static final ResponseId ID = ResponseIds.of(1);

    private static final Step MESSAGE = say(
            "response.output_item.added",
            "{'output_index':0,'item':{'type':'message','id':'msg_1','status':'in_progress','content':[]}}");
    private static final Step PART = say(
            "response.content_part.added",
            "{'item_id':'msg_1','output_index':0,'content_index':0,'part':{'type':'output_text','text':''}}");
    private static final String INVALID = "model_invalid_output";

    private final SimulatedTime time = SimulatedTime.inOrder();

    @RegisterExtension
    final SimulatedTimeExtension simulation = new SimulatedTimeExtension(time);

    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final RecordingSockets sockets = new RecordingSockets(time);
    private final List<Signal> signals = Collections.synchronizedList(new ArrayList<>());
    private final Chat chat = TestChats.chat(
            log,
            new InMemoryQuota(time),
            () -> ID,
            time,
            new AnswerSettings(
                    Duration.ofMillis(80),
                    new Retries(3, Duration.ofMillis(100), Duration.ofSeconds(20), new Random(1)),
                    Duration.ofMinutes(1),
                    3,
                    HistorySettings.DEFAULT,
                    new LogIntervals(Duration.ZERO, Duration.ofMillis(1), Duration.ofSeconds(20))),
            signals::add);

    // ---- invalid events ---------------------------------------------------------------------

    static Stream<Step> invalid() {
        return Stream.of(
                say("response.a b", "{}"),
                new Step.Say("response.a\nb", "{}"),
                say("response.a\u0007", "{}"),
                say("response.ä", "{}"),
                say("keep alive", "{}"),
                say("response." + "x".repeat(200), "{}"),
                say("response.output_item.added", "{'output_index':1,'item':'what'}"),
                say("response.output_item.added", "{'output_index':1}"),
                say("response.output_item.done", "{'output_index':1,'item':[]}"),
                say("response.output_item.added", "{'output_index':-1,'item':{}}"),
                say("response.output_item.added", "{'output_index':2000000000,'item':{}}"),
                say("response.output_item.added", "{'output_index':99999999999999999999,'item':{}}"),
                say("response.output_item.added", "{'output_index':1e999999999,'item':{}}"),
                say("response.output_item.added", "{'output_index':'1','item':{}}"),
                say("response.output_item.added", "{'output_index':1.5,'item':{}}"),
                say("response.output_text.delta", "{'output_index':-1,'content_index':0,'delta':'x'}"),
                say("response.output_text.delta", "{'output_index':0,'content_index':{},'delta':'x'}"),
                say("response.output_text.delta", "{'output_index':0,'content_index':0,'delta':{'x':1}}"),
                say("response.output_text.delta", "{'output_index':0,'content_index':0,'delta':7}"),
                say("response.content_part.added", "{'output_index':0,'content_index':-1,'part':{}}"),
                say("response.content_part.added", "{'output_index':0,'content_index':1000000,'part':{}}"),
                say("response.content_part.added", "{'output_index':0,'content_index':1,'part':'text'}"),
                say("response.content_part.done", "{'output_index':0,'content_index':1}"),
                say("response.reasoning_summary_part.added", "{'output_index':0,'summary_index':true,'part':{}}"),
                say("response.completed", "{'response':'done'}"),
                say("response.completed", "{'response':{'output':'text'}}"),
                say("response.completed", "{'response':{'output':['text']}}"));
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void invalidEventEndsTheAnswerAfterOneModelCall(Step.Say event) throws Exception {
        var model = answer(accept(MESSAGE, PART, text("Hel"), event, completed("Hello")));
        assertFailed(INVALID);
        assertThat(finalResponse().at("/output/0/content/0/text").textValue()).isEqualTo("Hel");
        assertThat(model.requests()).hasSize(1);
        assertThat(model.openStreams()).isZero();
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void invalidEventBeforeOutputIsNotRetried(Step.Say event) throws Exception {
        var _ = answer(accept(event, completed("Hello")));
        // Parts and deltas of an item that was never added are ignored; they contradict nothing.
        if (!trace().endsWith("response.completed")) {
            assertFailed(INVALID);
        }
        assertThat(signals).noneMatch(Signal.UnexpectedError.class::isInstance);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
      {'type':'message','content':'a string'}      | response.content_part.added           | content_index
      {'type':'message','content':{'a':1}}         | response.content_part.added           | content_index
      {'type':'message','content':7}               | response.output_text.delta            | content_index
      {'type':'reasoning','summary':'a string'}    | response.reasoning_summary_part.added | summary_index
      {'type':'reasoning','summary':true}          | response.reasoning_summary_text.delta | summary_index
      """)
    void partOfContentThatIsNotAnArrayIsInvalid(String item, String type, String index) throws Exception {
        var model = answer(accept(
                say("response.output_item.added", "{'output_index':0,'item':" + item + "}"),
                say(type, "{'output_index':0,'" + index + "':0,'part':{'type':'output_text','text':''},'delta':'x'}"),
                completed("")));
        assertFailed(INVALID);
        assertThat(model.requests()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"'content':null", "'role':'assistant'"})
    void partOfAnItemWithoutContentCreatesTheArray(String field) throws Exception {
        var _ = answer(accept(
                say("response.output_item.added", "{'output_index':0,'item':{" + field + "}}"),
                PART,
                text("Hel"),
                fail(ModelFailure.DISCONNECTED)));
        assertThat(finalResponse().at("/output/0/content/0/text").textValue()).isEqualTo("Hel");
    }

    @Test
    void contentOfPreambleEventsIsIgnored() throws Exception {
        var _ = answer(accept(
                say("response.created", "{'response':7,'output_index':-1}"),
                say("response.queued", "{'response':[]}"),
                say("response.in_progress", "{'response':{'output':'x'}}"),
                completed("")));
        assertThat(trace()).isEqualTo("response.created;response.queued;response.in_progress;response.completed");
    }

    @Test
    void eventsAfterTheTerminalEventAreNotRead() throws Exception {
        var model = answer(accept(
                MESSAGE,
                PART,
                text("Hello"),
                completed("Hello"),
                text(" again"),
                completed("2"),
                say("a b", "{}"),
                say("response.failed", "{}")));
        assertThat(trace()).endsWith("Hello;response.completed");
        assertThat(finalResponse().path("output").toString()).contains("Hello").doesNotContain("again");
        assertThat(model.openStreams()).isZero();
    }

    // ---- ignored events ----------------------------------------------------------------------------------------

    @Test
    void eventsOutsideTheProtocolAreIgnored() throws Exception {
        var model = answer(
                accept(
                        say("response.created", "{}"),
                        say("keepalive", "{}"),
                        say("vendor:odd", "{}"),
                        say("ping", "{}"),
                        say("rill:pong", "{}"),
                        fail(ModelFailure.DISCONNECTED)),
                accept(
                        say("keepalive", "{}"),
                        MESSAGE,
                        say("keepalive", "{}"),
                        PART,
                        text("Hello"),
                        completed("Hello")));
        assertThat(model.requests()).hasSize(2);
        assertThat(trace())
                .isEqualTo("response.created;response.queued;response.in_progress;response.output_item.added;"
                        + "response.content_part.added;Hello;response.completed");
    }

    @Test
    void endlessKeepalivesStopAtTheTimeLimit() throws Exception {
        var model = ScriptedModel.playing(accept(repeat(say("keepalive", "{}"))));
        submit("{'input':'hi'}");
        chat.answer(queue.poll().orElseThrow(), time.instant().plusSeconds(5), model, sockets, queue);
        assertThat(finalResponse().at("/incomplete_details/reason").textValue()).isEqualTo("time_limit");
        assertThat(model.openStreams()).isZero();
        assertThat(model.requests()).hasSize(1);
    }

    @Test
    void restartedEventOfAModelBeforeOutputIsRetried() throws Exception {
        var model = answer(
                accept(say("rill:response.restarted", "{'attempt':2}"), completed("x")),
                accept(MESSAGE, PART, text("Hello"), completed("Hello")));
        assertThat(model.requests()).hasSize(2);
        assertThat(trace())
                .endsWith("response.content_part.added;Hello;response.completed")
                .doesNotContain("rill:");
    }

    @Test
    void restartedEventOfAModelAfterOutputFails() throws Exception {
        var model = answer(accept(
                MESSAGE,
                PART,
                text("Hel"),
                say("rill:response.restarted", "{'attempt':2}"),
                MESSAGE,
                completed("Hello")));
        assertFailed("model_disconnected");
        assertThat(trace()).doesNotContain("rill:");
        assertThat(model.requests()).hasSize(1);
    }

    @Test
    void unknownResponseEventsAreRelayed() throws Exception {
        var _ = answer(accept(
                say("response.hologram.delta", "{'delta':'a','output_index':'any'}"),
                say("response.hologram.delta", "{'delta':{'x':1.50}}"),
                completed("")));
        assertThat(messages().subList(3, 5))
                .containsExactly(
                        "{\"type\":\"response.hologram.delta\",\"sequence_number\":3,\"delta\":\"a\",\"output_index\":\"any\"}",
                        "{\"type\":\"response.hologram.delta\",\"sequence_number\":4,\"delta\":{\"x\":1.50}}");
    }

    // ---- text -----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
      hi \\ud83d  | \\ude00 and \\ud83d | \\ude80!   | hi 😀 and 🚀!
      \\ud83d     | \\ude00             | ''         | 😀
      \\ud83d     | ''                  | \\ude00    | 😀
      a\\ud83d    | b                   | c          | a\ufffdbc
      \\ud83d     | \\ud83d             | \\ude00    | \ufffd😀
      \\ude00a    | b\\ude00            | c          | \ufffdab\ufffdc
      a           | b                   | c\\ud83d   | abc\ufffd
      """)
    void splitSurrogatePairsAreJoined(String first, String second, String third, String whole) throws Exception {
        var _ = answer(accept(
                MESSAGE,
                PART,
                text(first),
                text(second),
                text(third),
                say("response.output_text.done", "{'item_id':'msg_1','output_index':0,'content_index':0,'text':'x'}"),
                fail(ModelFailure.DISCONNECTED)));
        assertThat(trace())
                .endsWith("response.content_part.added;" + whole + ";response.output_text.done;response.failed");
        assertThat(finalResponse().at("/output/0/content/0/text").textValue()).isEqualTo(whole);
        assertSocketWasSentTheLog();
    }

    @ParameterizedTest
    @ValueSource(strings = {"response.completed", "break", "silence"})
    void loneSurrogateAtTheEndIsReplaced(String ending) throws Exception {
        var finalResponse = switch (ending) {
            case "break" -> List.of(fail(ModelFailure.DISCONNECTED));
            case "silence" -> List.<Step>of();
            default -> List.of(completed("x"));
        };
        var steps = new ArrayList<>(List.of(MESSAGE, PART, text("a\\ud83d")));
        steps.addAll(finalResponse);
        var _ = answer(accept(steps.toArray(Step[]::new)));
        assertThat(trace()).contains(";a\ufffd;");
        assertSocketWasSentTheLog();
    }

    @Test
    void loneSurrogateAloneIsNotOutput() throws Exception {
        var model = answer(
                accept(text("\\ud83d"), fail(ModelFailure.DISCONNECTED)),
                accept(MESSAGE, PART, text("Hello"), completed("Hello")));
        assertThat(model.requests()).hasSize(2);
        assertThat(trace())
                .endsWith("response.content_part.added;Hello;response.completed")
                .doesNotContain("\ufffd");
    }

    @Test
    void surrogatesOfInterleavedItemsAreJoinedByItem() throws Exception {
        var _ = answer(accept(
                arguments(0, "a\\ud83d"),
                arguments(1, "b\\ud83d"),
                arguments(0, "\\ude00"),
                arguments(1, "\\ude80"),
                completed("")));
        assertThat(deltasOf(0)).isEqualTo("a😀");
        assertThat(deltasOf(1)).isEqualTo("b🚀");
    }

    @Test
    void heldSurrogateComesBeforeTheNextEventOfItsItem() throws Exception {
        var _ = answer(accept(
                arguments(0, "a\\ud83d"),
                arguments(1, "b"),
                say("response.function_call_arguments.done", "{'item_id':'fc_0','output_index':0,'arguments':'a'}"),
                arguments(0, "\\ude00"),
                completed("")));
        assertThat(received().stream()
                        .filter(event -> event.path("output_index").asInt(-1) == 0)
                        .map(event -> event.path("delta").asText("done"))
                        .collect(Collectors.joining("|")))
                .isEqualTo("a|\ufffd|done|\ufffd");
    }

    @Test
    void logProbabilitiesOfJoinedDeltasAreSentOnce() throws Exception {
        var _ = answer(accept(
                MESSAGE, PART, probable("\\ud83d", 1), probable("\\ude00", 2), probable("\\ud83d", 3), completed("x")));
        assertThat(received().stream()
                        .flatMap(event -> event.path("logprobs").valueStream())
                        .map(Object::toString))
                .containsExactly("1", "2", "3");
        assertThat(trace()).contains(";😀\ufffd;");
    }

    @Test
    void loneSurrogatesInAnyTextAreReplaced() throws Exception {
        var _ = answer(accept(
                MESSAGE,
                PART,
                text("x"),
                say("response.x", "{'a':{'\\ud83d':['\\ude00','b\\ud83dc','😀']},'\\ud83d':1,'\\ud83e':2}"),
                say(
                        "response.completed",
                        "{'response':{'output':[{'type':'message','content':[{'text':'\\ud83d'}]}]}}")));
        assertThat(messages().getLast()).contains("\"text\":\"\ufffd\"");
        assertThat(messages().get(messages().size() - 2))
                .contains("\"a\":{\"\ufffd\":[\"\ufffd\",\"b\ufffdc\",\"😀\"]}")
                .endsWith(",\"\ufffd\":2}");
        assertThat(chat.retrieve(ID, Subject.ANONYMOUS)
                        .at("/output/0/content/0/text")
                        .textValue())
                .isEqualTo("\ufffd");
        assertSocketWasSentTheLog();
    }

    @ParameterizedTest
    @ValueSource(strings = {"response.audio.delta", "response.hologram.delta"})
    void deltasOfOtherTypesAreNotMerged(String type) throws Exception {
        var _ = answer(accept(
                say(type, "{'delta':'AQ=='}"),
                say(type, "{'delta':'AgM='}"),
                say(type, "{'delta':'BAUG'}"),
                say(type, "{'delta':'Bw=='}"),
                completed("")));
        assertThat(received().stream()
                        .filter(event -> event.path("type").textValue().equals(type))
                        .map(event -> event.path("delta").textValue()))
                .containsExactly("AQ==", "AgM=", "BAUG", "Bw==");
    }

    // ---- fields of the request --------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"'',true", "',\"store\":true',true", "',\"store\":false',false"})
    void storeIsTheClientsValueInEveryEvent(String storeField, boolean store) throws Exception {
        submit("{'input':'hi'" + storeField + "}");
        var _ = play(ScriptedModel.playing(accept(
                say("response.compaction.done", "{'response':{'id':'model-1','store':" + !store + "}}"),
                say("response.completed", "{'response':{'id':'model-1','store':" + !store + ",'output':[]}}"))));
        var responses = received().stream()
                .filter(event -> event.has("response"))
                .map(event -> event.path("response"))
                .toList();
        assertThat(responses)
                .hasSize(5)
                .allMatch(response -> response.path("store").booleanValue() == store)
                .allMatch(response -> response.path("id").textValue().equals(ID.value()));
        if (store) {
            assertThat(chat.retrieve(ID, Subject.ANONYMOUS).path("store").booleanValue())
                    .isTrue();
        }
    }

    @Test
    void fieldsThatRillDecidesAreNotTheModels() throws Exception {
        submit("{'input':'hi'}");
        var _ = play(ScriptedModel.playing(accept(say("response.completed", """
        {'object':'x','response':{'object':'chat.completion','background':true,'previous_response_id':'resp_model',
        'stream':true,'stream_options':{'include_obfuscation':false},'created_at':1,'status':'queued','output':[]}}
        """))));
        assertThat(finalResponse().path("object").textValue()).isEqualTo("response");
        assertThat(finalResponse().path("background").booleanValue()).isFalse();
        assertThat(finalResponse().path("previous_response_id").isNull()).isTrue();
        assertThat(finalResponse().has("stream") || finalResponse().has("stream_options"))
                .isFalse();
        assertThat(finalResponse().path("status").textValue()).isEqualTo("completed");
    }

    // ---- bounds ---------------------------------------------------------------------------------------------------

    @Test
    void itemsAndPartsAreBoundedTogether() throws Exception {
        var steps = new ArrayList<Step>();
        for (int item = 0; item < 4; item++) {
            steps.add(say("response.output_item.added", "{'output_index':" + item + ",'item':{'content':[]}}"));
            steps.add(say(
                    "response.content_part.added",
                    "{'output_index':" + item + ",'content_index':3000,'part':{'type':'output_text'}}"));
        }
        var _ = answer(accept(steps.toArray(Step[]::new)));
        assertFailed(INVALID);
        assertThat(trace()).contains("response.content_part.added");
    }

    @Test
    void fullOutputEndsIncomplete() throws Exception {
        var model = answer(accept(MESSAGE, PART, repeat(text("x".repeat(OutputAccumulator.MAX_CHARS / 10)))));
        assertThat(finalResponse().at("/incomplete_details/reason").textValue()).isEqualTo("size_limit");
        var whole = chat.retrieve(ID, Subject.ANONYMOUS)
                .at("/output/0/content/0/text")
                .textValue();
        assertThat(whole.length())
                .isBetween(OutputAccumulator.MAX_CHARS * 8 / 10, OutputAccumulator.MAX_CHARS * 12 / 10);
        assertThat(whole.length())
                .as("deltas")
                .isEqualTo(received().stream()
                        .mapToInt(event -> event.path("delta").asText("").length())
                        .sum());
        assertThat(model.openStreams()).isZero();
        assertThat(log.find(ID).orElseThrow().status()).isEqualTo(Status.INCOMPLETE);
    }

    @Test
    void logProbabilitiesDoNotCountAsOutput() throws Exception {
        var candidates = "{'token':'a','logprob':-0.1,'bytes':[97]},".repeat(50_000);
        var _ = answer(accept(
                MESSAGE,
                PART,
                text("x"),
                say(
                        "response.content_part.done",
                        "{'output_index':0,'content_index':0,'part':{'type':'output_text','text':'x'," + "'logprobs':["
                                + candidates + "{}]}}"),
                completed("x")));
        assertThat(finalResponse().path("status").textValue()).isEqualTo("completed");
    }

    @Test
    void malformedItemIdsAreStoredAsTheyAreSent() throws Exception {
        var _ = answer(accept(say(
                "response.completed",
                "{'response':{'output':[{'type':'message','id':'\\ud800'}," + "{'type':'message','id':'\\ud801'}]}}")));
        assertThat(finalResponse().path("status").textValue()).isEqualTo("completed");
        assertThat(log.findByItem(QUOTA_KEY, "\uFFFD")).contains(ID);
    }

    @Test
    void replacedItemsCountOnce() throws Exception {
        var third = "x".repeat(OutputAccumulator.MAX_CHARS / 3);
        var steps = new ArrayList<Step>(List.of(MESSAGE, PART));
        steps.add(text(third));
        steps.add(text(third));
        steps.add(say(
                "response.content_part.done",
                "{'output_index':0,'content_index':0,'part':{'type':'output_text','text':'" + third + third + "'}}"));
        steps.add(say(
                "response.output_item.done",
                "{'output_index':0,'item':{'type':'message','content':[{'text':'" + third + third + "'}]}}"));
        steps.add(completed(""));
        var _ = answer(accept(steps.toArray(Step[]::new)));
        assertThat(trace()).endsWith("response.completed");
    }

    @Test
    void fullLogEndsIncomplete() throws Exception {
        var _ = answer(accept(repeat(
                say("response.x", "{'x':'" + "x".repeat(ResponseRun.MAX_LOGGED_CHARS / 10) + "'}"))));
        assertThat(finalResponse().at("/incomplete_details/reason").textValue()).isEqualTo("size_limit");
        assertThat(log.read(ID, -1).stream()
                        .mapToInt(event -> event.json().length())
                        .sum())
                .isBetween(ResponseRun.MAX_LOGGED_CHARS * 9 / 10, ResponseRun.MAX_LOGGED_CHARS * 12 / 10);
    }

    // ---------------------------------------------------------------------------------------------------------------

    private ScriptedModel answer(Script... scripts) throws Exception {
        submit("{'input':'hi'}");
        return play(ScriptedModel.playing(scripts));
    }

    private ScriptedModel play(ScriptedModel model) throws Exception {
        var deadline = time.instant().plus(Duration.ofMinutes(10));
        assertThat(chat.answer(queue.poll().orElseThrow(), deadline, model, sockets, queue))
                .isEqualTo(AnswerOutcome.DONE);
        return model;
    }

    private void submit(String body) throws Exception {
        var request = CreateRequest.of(Json.findObject(body.replace('\'', '"')).orElseThrow());
        var _ = chat.submit(
                new Submission(
                        request,
                        Subject.ANONYMOUS,
                        Optional.of(new ClientSocket(SOCKET, Subprotocol.RILL_V1)),
                        QUOTA_KEY,
                        Optional.empty()),
                sockets,
                queue);
    }

    private static Step.Say text(String delta) {
        return say(
                "response.output_text.delta",
                "{'item_id':'msg_1','output_index':0,'content_index':0,'delta':'" + delta + "'}");
    }

    private static Step probable(String delta, int probability) {
        return say(
                "response.output_text.delta",
                "{'item_id':'msg_1','output_index':0,'content_index':0,'delta':'" + delta + "','logprobs':["
                        + probability + "]}");
    }

    private static Step arguments(int item, String delta) {
        return say(
                "response.function_call_arguments.delta",
                "{'item_id':'fc_" + item + "','output_index':" + item + ",'delta':'" + delta + "'}");
    }

    private String deltasOf(int item) {
        return received().stream()
                .filter(event -> event.path("output_index").asInt(-1) == item)
                .map(event -> event.path("delta").asText(""))
                .collect(Collectors.joining());
    }

    private void assertFailed(String code) {
        assertThat(trace()).endsWith("response.failed");
        assertThat(finalResponse().at("/error/code").textValue()).isEqualTo(code);
        assertSocketWasSentTheLog();
    }

    private ObjectNode finalResponse() {
        return (ObjectNode) received().getLast().path("response");
    }

    private List<String> messages() {
        return sockets.received(SOCKET);
    }

    private List<ObjectNode> received() {
        return messages().stream()
                .map(message -> Json.findObject(message).orElseThrow())
                .toList();
    }

    /**
     * Returns the types in order, and for consecutive deltas their text, because their division depends on the timing.
     */
    private String trace() {
        var parts = new ArrayList<String>();
        var run = new StringBuilder();
        for (var event : received()) {
            if (event.path("delta").isTextual()) {
                run.append(event.path("delta").textValue());
                continue;
            }
            if (!run.isEmpty()) {
                parts.add(run.toString());
                run.setLength(0);
            }
            parts.add(event.path("type").textValue());
        }
        return String.join(";", parts);
    }

    private void assertSocketWasSentTheLog() {
        assertThat(messages())
                .isEqualTo(log.read(ID, -1).stream().map(Event::json).toList());
    }
}
