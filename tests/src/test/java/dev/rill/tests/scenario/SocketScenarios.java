package dev.rill.tests.scenario;

import static dev.rill.tests.scenario.Json.quoted;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client sees on its socket. */
@Timeout(120)
public interface SocketScenarios {

    /** The event types of an answer that is text. */
    String WORDS =
            "created;queued;in_progress;output_item.added;content_part.added;output_text.delta*;output_text.done;"
                    + "content_part.done;output_item.done;completed";

    /** The event types of a text answer that fails after its first delta. */
    String BEGUN_AND_FAILED =
            "created;queued;in_progress;output_item.added;content_part.added;output_text.delta*;failed";

    /** API Gateway's limit for one message. */
    int MESSAGE_BYTES = 128 * 1024;

    World world();

    // ---- answers --------------------------------------------------------------------------------------------------

    @Test
    default void plainTextIsAnswered() throws Exception {
        var answer = ask("/fast /echo Grüße, 世界 👋 \"quoted\"");

        assertThat(answer.trace()).isEqualTo(WORDS);
        assertThat(answer.text()).isEqualTo("Grüße, 世界 👋 \"quoted\"");
        assertThat(answer.outputText()).isEqualTo(answer.text());
        assertThat(answer.response().path("status").asText()).isEqualTo("completed");
        assertThat(answer.response().at("/usage/output_tokens").asInt()).isPositive();
        assertThat(answer.events())
                .extracting(event -> event.at("/response/status").asText())
                .startsWith("queued", "queued", "in_progress");
    }

    @Test
    default void deltasArriveWhileTheModelStillWrites() throws Exception {
        var prompt = "/slow 5 /count 15 " + getClass().getSimpleName();
        try (var socket = world().connect()) {
            socket.send(prompt);
            while (!type(socket).equals("response.output_text.delta")) {
                // Other scenarios check the events before the first delta.
            }
            assertThat(world().modelIsWriting(prompt)).isTrue();
        }
    }

    @Test
    default void requestIsRepeatedInTheResponse() throws Exception {
        var answer = ask(quoted("""
        {'type':'response.create','input':[{'role':'user','content':[{'type':'input_text','text':'/fast /count 3'}]}],
         'metadata':{'order':'66'},'temperature':0.5,'max_output_tokens':100,'tool_choice':'none',
         'instructions':'be brief','tools':[{'type':'function','name':'find_river','description':'Finds a river.',
         'parameters':{'type':'object','properties':{'name':{'type':'string'}}},'strict':true}]}"""));

        assertThat(answer.trace()).isEqualTo(WORDS);
        assertThat(answer.text()).isEqualTo("1 2 3");
        for (var response : new JsonNode[] {answer.events().getFirst().path("response"), answer.response()}) {
            assertThat(response.path("metadata").toString()).isEqualTo("{\"order\":\"66\"}");
            assertThat(response.path("temperature").asDouble()).isEqualTo(0.5);
            assertThat(response.path("max_output_tokens").asInt()).isEqualTo(100);
            assertThat(response.path("tool_choice").asText()).isEqualTo("none");
            assertThat(response.path("instructions").asText()).isEqualTo("be brief");
            assertThat(response.at("/tools/0/name").asText()).isEqualTo("find_river");
            assertThat(response.at("/tools/0/parameters/properties/name/type").asText())
                    .isEqualTo("string");
        }
    }

    @Test
    default void streamIdTellsTwoAnswersOnASocketApart() throws Exception {
        var create = "{'type':'response.create','input':'/fast /count %d','stream':true,'stream_options':{},"
                + "'stream_id':'%s'}";
        try (var socket = world().connect()) {
            socket.send(quoted(create.formatted(3, "one")));
            socket.send(quoted(create.formatted(5, "two")));
            var byStream = new HashMap<String, List<JsonNode>>();
            for (int ended = 0; ended < 2; ) {
                var event = Json.read(socket.receive());
                byStream.computeIfAbsent(event.path("stream_id").asText(), _ -> new ArrayList<>())
                        .add(event);
                ended += Transcript.isTerminal(event) ? 1 : 0;
            }

            assertThat(byStream).containsOnlyKeys("one", "two");
            var one = new Transcript(byStream.getOrDefault("one", List.of())).requireWhole();
            var two = new Transcript(byStream.getOrDefault("two", List.of())).requireWhole();
            assertThat(one.text()).isEqualTo("1 2 3");
            assertThat(two.text()).isEqualTo("1 2 3 4 5");
            assertThat(one.response().has("stream_id")).isFalse();
            socket.send(quoted("{'type':'response.create','input':'hi','background':true,'stream_id':'one'}"));
            assertThat(Json.read(socket.receive()).path("stream_id").asText()).isEqualTo("one");
        }
    }

    /** A response must have fields that a request may leave out. */
    @Test
    default void defaultsOfTheRequestAreInTheResponse() throws Exception {
        var answer = ask(quoted("""
        {'type':'response.create','input':'/fast /count 3','tools':[{'type':'function','name':'find_river'}],
         'reasoning':{'effort':'low'},'text':{'verbosity':'low'}}"""));

        assertThat(answer.trace()).isEqualTo(WORDS);
        assertThat(answer.response().at("/tools/0/name").asText()).isEqualTo("find_river");
    }

    @Test
    default void truncatedAnswerIsIncomplete() throws Exception {
        var answer = ask(quoted("{'type':'response.create','input':'/fast /count 9','max_output_tokens':3}"));

        assertThat(answer.trace()).isEqualTo(WORDS.replace("completed", "incomplete"));
        assertThat(answer.text()).isEqualTo("1 2 3");
        assertThat(answer.response().at("/incomplete_details/reason").asText()).isEqualTo("max_output_tokens");
    }

    @Test
    default void toolCallPassesThrough() throws Exception {
        var answer = ask("/fast /tool find_river the Rhine");

        assertThat(answer.trace())
                .isEqualTo("created;queued;in_progress;output_item.added;function_call_arguments.delta*;"
                        + "function_call_arguments.done;output_item.done;completed");
        assertThat(answer.joined("response.function_call_arguments.delta")).isEqualTo("{\"input\":\"the Rhine\"}");
        assertThat(answer.response().at("/output/0/name").asText()).isEqualTo("find_river");
        assertThat(answer.response().at("/output/0/arguments").asText()).isEqualTo("{\"input\":\"the Rhine\"}");
    }

    @Test
    default void toolLoopEndsInAnAnswer() throws Exception {
        var tools = ",'tools':[{'type':'function','name':'find_river','strict':true,'parameters':{'type':'object',"
                + "'properties':{'km':{'type':'integer','minimum':7}},'required':['km'],'additionalProperties':false}}]";
        var called = ask(quoted("{'type':'response.create','input':'/fast find_river, please'" + tools + "}"));

        var call = called.response().at("/output/0");
        assertThat(call.path("name").asText()).isEqualTo("find_river");
        assertThat(call.path("arguments").asText())
                .isEqualTo("{\"km\":7}")
                .isEqualTo(called.joined("response.function_call_arguments.delta"));
        var answer = ask(quoted("{'type':'response.create','previous_response_id':'" + id(called.events())
                + "','input':[{'type':'function_call_output','call_id':'"
                + call.path("call_id").asText() + "','output':'1230 km'}]" + tools + "}"));

        assertThat(answer.trace()).isEqualTo(WORDS);
        assertThat(answer.outputText()).isEqualTo(answer.text()).startsWith("The tool answered: 1230 km");
    }

    @Test
    default void refusalPassesThrough() throws Exception {
        var answer = ask("/fast /refuse something bad");

        assertThat(answer.trace())
                .isEqualTo("created;queued;in_progress;output_item.added;content_part.added;"
                        + "refusal.delta*;refusal.done;content_part.done;output_item.done;completed");
        assertThat(answer.response().at("/output/0/content/0/refusal").asText())
                .isEqualTo(answer.joined("response.refusal.delta"))
                .contains("sorry");
    }

    @Test
    default void reasoningPassesThrough() throws Exception {
        var answer = ask("/fast /reason /count 3 of them");

        assertThat(answer.trace())
                .isEqualTo("created;queued;in_progress;output_item.added;reasoning_summary_part.added;"
                        + "reasoning_summary_text.delta*;reasoning_summary_text.done;reasoning_summary_part.done;output_item.done;"
                        + WORDS.substring("created;queued;in_progress;".length()));
        assertThat(answer.response().at("/output/0/summary/0/text").asText())
                .isEqualTo(answer.joined("response.reasoning_summary_text.delta"))
                .contains("of them");
        assertThat(answer.response().at("/output/1/content/0/text").asText()).isEqualTo("1 2 3");
    }

    @Test
    default void unknownFieldsPassAndUnknownEventsDoNot() throws Exception {
        var answer = ask("/fast /extend /count 3");

        assertThat(answer.trace()).isEqualTo(WORDS);
        assertThat(answer.all("response.output_text.delta"))
                .isNotEmpty()
                .allSatisfy(delta ->
                        assertThat(delta.path("sim_confidence").asDouble()).isEqualTo(0.5));
    }

    /** Escaped as JSON this text is twice as long: the events that repeat it exceed the limit of a socket message. */
    @Test
    default void hundredKilobytesArriveInDeltas() throws Exception {
        var text = ("\"".repeat(99) + " ").repeat(1024).strip();
        Transcript answer;
        try (var socket = world().connect(List.of("other", "rill.v1"))) {
            socket.send("/fast /echo " + text);
            answer = Transcript.of(socket);
        }

        assertThat(answer.trace()).isEqualTo(WORDS);
        assertThat(answer.text()).isEqualTo(text);
        assertThat(answer.events())
                .allSatisfy(
                        event -> assertThat(event.toString().getBytes(UTF_8)).hasSizeLessThanOrEqualTo(MESSAGE_BYTES));
        assertThat(answer.outputText()).isEmpty();
        assertThat(answer.events().getLast().path("rill:omitted").toString())
                .isEqualTo("[\"/response/output/0/content/0/text\"]");
    }

    @Test
    default void tooLargeTerminalEventIsAnErrorWithoutTheSubprotocol() throws Exception {
        var text = ("\"".repeat(99) + " ").repeat(1024).strip();
        try (var socket = world().connect()) {
            socket.send("/fast /echo " + text);
            var events = new ArrayList<JsonNode>();
            do {
                events.add(Json.read(socket.receive()));
            } while (!Transcript.isTerminal(events.getLast())
                    && !events.getLast().path("type").asText().equals("error"));
            assertThat(new Transcript(events).text()).isEqualTo(text);
            var error = events.getLast();
            assertThat(error.at("/error/code").asText()).isEqualTo("response_too_large");
            assertThat(error.path("sequence_number").asInt()).isEqualTo(events.size() - 1);
            assertThat(error.path("response_id").asText()).isEqualTo(id(events));
            assertThat(error.at("/error/message").asText()).contains("GET /v1/responses/" + id(events) + " ");
        }
    }

    @Test
    default void sixtySocketsEachGetTheirOwnAnswer() throws Exception {
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var asked = IntStream.range(0, 60)
                    .<Callable<Transcript>>mapToObj(n -> () -> ask("/fast /echo number " + n))
                    .toList();
            var answers = clients.invokeAll(asked);
            for (int n = 0; n < answers.size(); n++) {
                var answer = answers.get(n).get();
                assertThat(answer.trace()).isEqualTo(WORDS);
                assertThat(answer.outputText()).isEqualTo(answer.text()).isEqualTo("number " + n);
            }
        }
    }

    @Test
    default void oneSocketCarriesManyPrompts() throws Exception {
        try (var socket = world().connect()) {
            for (var word : new String[] {"one", "two", "three"}) {
                socket.send("/fast /echo " + word);
                assertThat(Transcript.of(socket).text()).isEqualTo(word);
            }
        }
    }

    // ---- a model that fails ---------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({
        "/fail 400, invalid_prompt",
        "/fail 401, model_unauthorized",
        "/fail 404, model_not_found",
        "/fail 429, rate_limit_exceeded",
        "/fail 500, server_error",
        "/page, model_invalid_output",
        "/break 0, model_disconnected"
    })
    default void modelFailureBeforeOutputIsAFailedResponse(String prompt, String code) throws Exception {
        var answer = ask(prompt);

        assertThat(answer.trace()).isEqualTo("created;queued;failed");
        assertThat(answer.errorCode()).isEqualTo(code);
        assertThat(answer.response().at("/error/message").asText()).isNotBlank();
        assertThat(answer.response().path("output")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "/break 5, model_disconnected",
        "/end 5, model_disconnected",
        "/nonsense 5, model_invalid_output",
        "/error 5 code=server_error, server_error",
        "/error 5 code=rate_limit_exceeded, rate_limit_exceeded",
        "/failed 5 code=server_error, server_error"
    })
    default void modelFailureAfterOutputKeepsTheOutput(String prompt, String code) throws Exception {
        var answer = ask("/slow 100 /count 9 " + prompt);

        assertThat(answer.trace()).isEqualTo(BEGUN_AND_FAILED);
        assertThat(answer.errorCode()).isEqualTo(code);
        assertThat(answer.text()).isEqualTo("1 2 3 4 5");
        assertThat(answer.outputText()).isEqualTo("1 2 3 4 5");
        assertThat(answer.response().at("/output/0/status").asText()).isEqualTo("incomplete");
    }

    @Test
    default void silentModelIsAFailedResponse() throws Exception {
        try (var before = world().connect();
                var within = world().connect()) {
            before.send("/stall 0");
            within.send("/fast /stall 3 /count 9");

            var unbegun = Transcript.of(before);
            assertThat(unbegun.trace()).isEqualTo("created;queued;failed");
            assertThat(unbegun.errorCode()).isEqualTo("model_timeout");
            var begun = Transcript.of(within);
            assertThat(begun.trace()).isEqualTo(BEGUN_AND_FAILED);
            assertThat(begun.errorCode()).isEqualTo("model_timeout");
            assertThat(begun.outputText()).isEqualTo("1 2 3");
        }
    }

    @ParameterizedTest
    @CsvSource({"/fail 500 times=1", "/fail 429 after=0.1 times=2"})
    default void failureBeforeAnyOutputIsRetriedUnseen(String fault) throws Exception {
        var answer = ask("/fast /count 3 " + fault);

        assertThat(answer.trace()).isEqualTo(WORDS);
        assertThat(answer.text()).isEqualTo("1 2 3");
    }

    // ---- sockets that come and go, stop, asking twice -------------------------------------------------------------

    @Test
    default void answerIsResumedOnAnotherSocketWithoutAGapOrARepeat() throws Exception {
        List<JsonNode> events = new ArrayList<>();
        try (var first = world().connect()) {
            first.send("/slow 20 /count 40");
            while (events.isEmpty() || !events.getLast().path("type").asText().equals("response.output_text.delta")) {
                events.add(Json.read(first.receive()));
            }
        }
        try (var second = world().connect()) {
            second.send(quoted("{'type':'rill:response.resume','response_id':'" + id(events) + "','starting_after':"
                    + (events.size() - 1) + "}"));
            readToTheEnd(second, events);
        }
        var whole = new Transcript(events).requireWhole();
        assertThat(whole.trace()).isEqualTo(WORDS);
        assertThat(whole.text()).isEqualTo(whole.outputText());
    }

    @Test
    default void twoSocketsFollowOneAnswer() throws Exception {
        try (var one = world().connect();
                var two = world().connect()) {
            List<JsonNode> events = new ArrayList<>();
            one.send("/slow 20 /count 20");
            events.add(Json.read(one.receive()));
            two.send(quoted("{'type':'rill:response.resume','response_id':'" + id(events) + "','starting_after':-1}"));
            readToTheEnd(one, events);
            List<JsonNode> same = new ArrayList<>();
            readToTheEnd(two, same);
            assertThat(same).isEqualTo(events);
        }
    }

    @Test
    default void endedAnswerIsSentAgain() throws Exception {
        var answer = ask("/fast /count 5");
        try (var socket = world().connect()) {
            socket.send(quoted("{'type':'rill:response.resume','response_id':'" + id(answer.events()) + "'}"));
            assertThat(Transcript.of(socket).events()).isEqualTo(answer.events());
        }
    }

    @Test
    default void runningAnswerIsStoppedFromAnotherSocket() throws Exception {
        var prompt = "/slow 5 /count 200 stop " + getClass().getSimpleName();
        List<JsonNode> events = new ArrayList<>();
        try (var asking = world().connect();
                var stopping = world().connect()) {
            asking.send(prompt);
            while (events.isEmpty() || !events.getLast().path("type").asText().equals("response.output_text.delta")) {
                events.add(Json.read(asking.receive()));
            }
            stopping.send(quoted("{'type':'response.cancel','response_id':'" + id(events) + "'}"));
            readToTheEnd(asking, events);
        }
        var stopped = new Transcript(events).requireWhole();
        assertThat(stopped.trace()).isEqualTo(BEGUN_AND_FAILED.replace("failed", "incomplete"));
        assertThat(stopped.response().at("/status").asText()).isEqualTo("cancelled");
        assertThat(stopped.outputText()).isEqualTo(stopped.text());
        world().awaitModelStopped(prompt);
    }

    @Test
    default void repeatWithTheSameEventIdIsTheSameAnswer() throws Exception {
        var request =
                quoted("{'type':'response.create','input':'/fast /count 3','event_id':'" + UUID.randomUUID() + "'}");
        var first = ask(request);
        assertThat(ask(request).events()).isEqualTo(first.events());
    }

    @Test
    default void conversationIsContinued() throws Exception {
        var first = ask("/fast /echo one");
        var second = ask(quoted("{'type':'response.create','input':'/fast /echo two','previous_response_id':'"
                + id(first.events()) + "'}"));
        assertThat(second.outputText()).isEqualTo("two");
        assertThat(second.response().path("previous_response_id").asText()).isEqualTo(id(first.events()));
    }

    @Test
    default void unstoredResponseIsContinuedOnItsSocketAlone() throws Exception {
        try (var socket = world().connect();
                var other = world().connect()) {
            socket.send(quoted("{'type':'response.create','input':'/fast /echo one','store':false}"));
            var next = quoted("{'type':'response.create','input':'/fast /echo two','previous_response_id':'"
                    + id(Transcript.of(socket).events()) + "'}");
            other.send(next);
            assertThat(Json.read(other.receive()).at("/error/code").asText()).isEqualTo("previous_response_not_found");
            socket.send(next);
            assertThat(Transcript.of(socket).outputText()).isEqualTo("two");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"response.cancel", "rill:response.resume"})
    default void unknownResponseIsNotFound(String type) throws Exception {
        try (var socket = world().connect()) {
            socket.send(quoted(
                    "{'type':'" + type + "','response_id':'resp_ffffffffffffffffffffffffffffffff','event_id':'e1'}"));
            var error = Json.read(socket.receive());
            assertThat(error.at("/error/code").asText()).isEqualTo("not_found");
            assertThat(error.at("/error/param").asText()).isEqualTo("response_id");
            assertThat(error.path("event_id").asText()).isEqualTo("e1");
        }
    }

    // ---- messages that can't be taken -----------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "null",
            value = {
                "{'type':                                                      | invalid_json               | null",
                "['response.create']                                           | invalid_json               | null",
                "42                                                            | invalid_json               | null",
                "{}                                                            | missing_required_parameter | type",
                "{'type':7}                                                    | invalid_type               | type",
                "{'type':'response.crate','input':'a'}                         | unknown_event_type         | type",
                "{'type':'response.create'}                                    | missing_required_parameter | input",
                "{'type':'response.create','input':''}                         | invalid_value              | input",
                "{'type':'response.create','input':7}                          | invalid_type               | input",
                "{'type':'response.create','input':[{'content':'a'}]}          | missing_required_parameter | input[0].role",
                "{'type':'response.create','input':'a','temperature':'hot'}    | invalid_type               | temperature",
                "{'type':'response.create','input':'a','temperature':3}        | invalid_value              | temperature",
                "{'type':'response.create','input':'a','tools':['hammer']}     | invalid_type               | tools[0]",
                "{'type':'response.create','input':'a','stream':false}         | unsupported_parameter      | stream",
                "{'type':'response.create','input':'a','event_id':7}           | invalid_type               | event_id"
            })
    default void invalidMessageIsAnErrorAndTheSocketStaysOpen(String message, String code, String param)
            throws Exception {
        try (var socket = world().connect()) {
            socket.send(quoted(message));
            var error = Json.read(socket.receive());
            assertThat(error.path("type").asText()).isEqualTo("error");
            assertThat(error.path("status").asInt()).isEqualTo(400);
            assertThat(error.at("/error/code").asText()).isEqualTo(code);
            assertThat(error.at("/error/param").asText()).isEqualTo(String.valueOf(param));
            assertThat(error.at("/error/message").asText()).isNotBlank();

            socket.send("/fast /echo still there");
            assertThat(Transcript.of(socket).text()).isEqualTo("still there");
        }
    }

    @Test
    default void errorAndPongCarryTheEventId() throws Exception {
        try (var socket = world().connect()) {
            socket.send(quoted("{'type':'rill:ping','event_id':'p1'}"));
            assertThat(socket.receive()).isEqualTo(quoted("{'type':'rill:pong','event_id':'p1'}"));
            socket.send(quoted("{'type':'response.create','event_id':'c1'}"));
            assertThat(Json.read(socket.receive()).path("event_id").asText()).isEqualTo("c1");
        }
    }

    // ---------------------------------------------------------------------------------------------------------------

    private static String id(List<JsonNode> events) {
        return events.getFirst().at("/response/id").asText();
    }

    private static void readToTheEnd(Socket socket, List<JsonNode> events) throws InterruptedException {
        while (events.isEmpty() || !Transcript.isTerminal(events.getLast())) {
            events.add(Json.read(socket.receive()));
        }
    }

    private Transcript ask(String message) throws Exception {
        try (var socket = world().connect()) {
            socket.send(message);
            return Transcript.of(socket);
        }
    }

    private static String type(Socket socket) throws InterruptedException {
        return Json.read(socket.receive()).path("type").asText();
    }
}
