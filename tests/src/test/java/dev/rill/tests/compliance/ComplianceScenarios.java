package dev.rill.tests.compliance;

import static dev.rill.tests.scenario.Json.quoted;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.tests.conformance.Conformance;
import dev.rill.tests.scenario.HttpAnswer;
import dev.rill.tests.scenario.HttpWorld;
import dev.rill.tests.scenario.Json;
import dev.rill.tests.scenario.Socket;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The seventeen cases, each under the id that it has in the standard's suite. That each event and object matches the
 * schema is checked where it is received; that each request does, where it is sent. {@code /fast} in a prompt makes the
 * simulated model answer without pauses.
 */
@Timeout(120)
public interface ComplianceScenarios {

    /** The simulated model knows it by its size alone. */
    String PNG = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAF0lEQVR42mNgYPiPFeECDKMaRjUMXw0"
            + "ArJD+EIyfw84AAAAASUVORK5CYII=";

    /** A conversation that a client compacts. */
    String CONVERSATION = """
            {'type':'message','role':'user','content':[{'type':'input_text','text':'The ferry leaves at noon.'}]},
            {'type':'message','role':'assistant','content':[{'type':'output_text','text':'Noted: noon.'}]}""";

    HttpWorld world();

    // ---- over HTTP ------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("basic-response")
    default void basicTextResponse() throws Exception {
        assertCompleted(
                create("'input':[{'type':'message','role':'user','content':'/fast Greet me with three words.'}]"));
    }

    @Test
    @DisplayName("assistant-phase")
    default void assistantMessagesMayHaveAPhase() throws Exception {
        assertCompleted(create("""
            'input':[
             {'type':'message','role':'assistant','phase':'commentary','content':'I look the number up.'},
             {'type':'message','role':'assistant','phase':'final_answer','content':'It is seven.'},
             {'type':'message','role':'user','content':'/fast Which number was it?'}]"""));
    }

    /** The schema's part of it: no model here labels its output, so the labels are put on what Rill sent. */
    @Test
    @DisplayName("response-output-phase-schema")
    default void outputMessagesMayHaveAPhase() throws Exception {
        for (var phase : new String[] {"commentary", "final_answer"}) {
            var response = create("'input':'/fast Greet me.'");
            ((ObjectNode) response.at("/output/0")).put("phase", phase);

            Conformance.requireBody("application/json", response.toString());
            assertCompleted(response);
        }
    }

    @Test
    @DisplayName("streaming-response")
    default void streamedResponse() throws Exception {
        try (var answer = post(
                "/v1/responses",
                "'stream':true,'input':[{'type':'message','role':'user','content':'/fast Name the first five letters.'}]")) {
            assertThat(answer.status()).isEqualTo(200);
            assertCompleted(answer.events().response());
        }
    }

    @Test
    @DisplayName("system-prompt")
    default void systemPrompt() throws Exception {
        assertCompleted(create("""
            'input':[{'type':'message','role':'system','content':'You are a sailor, and speak like one.'},
             {'type':'message','role':'user','content':'/fast Greet me.'}]"""));
    }

    /** The question does not name the function, and {@code tool_choice} has its default. */
    @Test
    @DisplayName("tool-calling")
    default void toolCalling() throws Exception {
        var response = create("""
            'input':[{'type':'message','role':'user','content':'/fast How is the weather in Lisbon today?'}],
            'tools':[{'type':'function','name':'get_weather','description':'Tells the weather at a place.',
             'parameters':{'type':'object','properties':{'place':{'type':'string','description':'A town'}},
              'required':['place']}}]""");

        assertThat(response.path("output"))
                .extracting(item -> item.path("type").asText())
                .contains("function_call");
        assertThat(Json.read(response.at("/output/0/arguments").asText())
                        .path("place")
                        .isTextual())
                .isTrue();
    }

    @Test
    @DisplayName("image-input")
    default void imageInput() throws Exception {
        assertCompleted(create("'input':[{'type':'message','role':'user','content':["
                + "{'type':'input_text','text':'/fast What does the picture show?'},"
                + "{'type':'input_image','image_url':'" + PNG + "'}]}]"));
    }

    @Test
    @DisplayName("multi-turn")
    default void conversationOfSeveralTurns() throws Exception {
        assertCompleted(create("""
            'input':[{'type':'message','role':'user','content':'/fast I am called Noor.'},
             {'type':'message','role':'assistant','content':'Good day, Noor. What can I do for you?'},
             {'type':'message','role':'user','content':'/fast What am I called?'}]"""));
    }

    @Test
    @DisplayName("compact-response")
    default void compaction() throws Exception {
        try (var answer =
                post("/v1/responses/compact", "'prompt_cache_key':'compliance','input':[" + CONVERSATION + "]")) {
            assertThat(answer.status()).isEqualTo(200);
            var compacted = answer.json();
            assertThat(compacted.path("object").asText()).isEqualTo("response.compaction");
            assertThat(compacted.path("output"))
                    .extracting(item -> item.path("type").asText())
                    .contains("compaction");
        }
    }

    @Test
    @DisplayName("compact-missing-model")
    default void compactionWithoutAModelIsRefused() throws Exception {
        try (var answer = world().post(
                        "/v1/responses/compact",
                        "application/json",
                        quoted("{'input':[{'type':'message','role':'user','content':'/fast Compact this.'}]}"))) {
            assertThat(answer.status()).isIn(400, 422);
            assertThat(answer.json().at("/error/param").asText()).isEqualTo("model");
        }
    }

    // ---- on a WebSocket -------------------------------------------------------------------------------------------

    @Test
    @DisplayName("websocket-response")
    default void responseOnASocket() throws Exception {
        try (var socket = world().connect()) {
            assertCompleted(
                    turn(socket, "'input':[{'type':'message','role':'user','content':'/fast Name three letters.'}]"));
        }
    }

    @Test
    @DisplayName("websocket-sequential-responses")
    default void responsesOneAfterAnother() throws Exception {
        try (var socket = world().connect()) {
            var first = turn(socket, "'store':false,'input':'/fast Say one.'");
            var second = turn(socket, "'store':false,'input':'/fast Say two.'");

            assertCompleted(first);
            assertCompleted(second);
            assertThat(second.path("id")).isNotEqualTo(first.path("id"));
        }
    }

    /** The connection keeps what is not stored, so that the second turn sends its new input alone. */
    @Test
    @DisplayName("websocket-continuation")
    default void continuationOnItsSocket() throws Exception {
        try (var socket = world().connect()) {
            var first = turn(socket, "'store':false,'input':'/fast Keep this word: heron.'");
            assertCompleted(first);

            assertCompleted(turn(socket, continuing(first, "'input':'/fast Which word was it?'")));
        }
    }

    /** A new connection keeps nothing of an old one. */
    @Test
    @DisplayName("websocket-reconnect-store-false-recovery")
    default void continuationOnAnotherSocketIsNotFound() throws Exception {
        JsonNode first;
        try (var socket = world().connect()) {
            first = turn(socket, "'store':false,'input':'/fast Keep this word: plover.'");
            assertCompleted(first);
        }
        try (var socket = world().connect()) {
            assertThat(errorCode(turn(socket, continuing(first, "'input':'/fast Which word was it?'"))))
                    .isEqualTo("previous_response_not_found");

            assertCompleted(turn(
                    socket,
                    "'store':false,'input':[{'type':'message','role':'user','content':'/fast Begin once more.'}]"));
        }
    }

    @Test
    @DisplayName("websocket-previous-response-not-found")
    default void continuationOfAnUnknownResponseIsNotFound() throws Exception {
        try (var socket = world().connect()) {
            assertThat(errorCode(turn(
                            socket,
                            "'store':false,'previous_response_id':'resp_no_such_response_1','input':'/fast Go on.'")))
                    .isEqualTo("previous_response_not_found");
        }
    }

    /**
     * "If a continuation turn fails with a 4xx or 5xx error, the server MUST evict the referenced previous_response_id
     * from the connection-local cache." The second turn fails, since it answers a call that the model has not made.
     */
    @Test
    @DisplayName("websocket-failed-continuation-evicts-cache")
    default void failedContinuationEvictsWhatItContinued() throws Exception {
        try (var socket = world().connect()) {
            var first = turn(socket, "'store':false,'input':'/fast Keep this word: bittern.'");
            assertCompleted(first);
            var failed = turn(
                    socket,
                    continuing(
                            first,
                            "'input':[{'type':'function_call_output','call_id':'call_of_no_one','output':'nothing'}]"));
            assertThat(errorCode(failed)).as("the second turn fails").isNotEmpty();

            assertThat(errorCode(turn(socket, continuing(first, "'input':'/fast Which word was it?'"))))
                    .isEqualTo("previous_response_not_found");
        }
    }

    /** What a compaction returns is the beginning of a new conversation, without {@code previous_response_id}. */
    @Test
    @DisplayName("websocket-compact-new-chain")
    default void compactedConversationBeginsANewOne() throws Exception {
        JsonNode output;
        try (var answer = post("/v1/responses/compact", "'input':[" + CONVERSATION + "]")) {
            assertThat(answer.status()).isEqualTo(200);
            output = answer.json().path("output");
        }
        var items = output.toString();
        try (var socket = world().connect()) {
            socket.send(quoted("{'type':'response.create','model':'simulated','store':false,'tools':[],'input':")
                    + items.substring(0, items.length() - 1)
                    + quoted(",{'type':'message','role':'user','content':'/fast When does it leave?'}]}"));

            assertCompleted(end(socket));
        }
    }

    // ---------------------------------------------------------------------------------------------------------------

    private static void assertCompleted(JsonNode response) {
        assertThat(response.path("status").asText()).as(response.toString()).isEqualTo("completed");
        assertThat(response.path("output")).isNotEmpty();
    }

    /** The code of an {@code error} event or of a failed response; empty text for any other. */
    private static String errorCode(JsonNode end) {
        return end.at("/error/code").asText("");
    }

    private static String continuing(JsonNode previous, String fields) {
        return "'store':false,'previous_response_id':'" + previous.path("id").asText() + "'," + fields;
    }

    private JsonNode create(String fields) throws Exception {
        try (var answer = post("/v1/responses", fields)) {
            assertThat(answer.status()).isEqualTo(200);
            return answer.json();
        }
    }

    private HttpAnswer post(String path, String fields) throws Exception {
        var body = quoted("{'model':'simulated'," + fields + "}");
        var schema = path.endsWith("/compact") ? "CompactResponseMethodPublicBody" : "CreateResponseBody";
        Conformance.requireRequest(schema, body);
        return world().post(path, "application/json", body);
    }

    /** Sends one request; returns the response of its terminal event, or the {@code error} event. */
    private static JsonNode turn(Socket socket, String fields) throws Exception {
        var message = quoted("{'type':'response.create','model':'simulated'," + fields + "}");
        Conformance.requireRequest("WebSocketResponseCreateEvent", message);
        socket.send(message);
        return end(socket);
    }

    private static JsonNode end(Socket socket) throws InterruptedException {
        var terminal = List.of("response.completed", "response.incomplete", "response.failed");
        while (true) {
            var event = Json.read(socket.receive());
            if (terminal.contains(event.path("type").asText())) {
                return event.path("response");
            }
            if (event.path("type").asText().equals("error")) {
                return event;
            }
        }
    }
}
