package dev.rill.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.core.ObjectMappers;
import com.openai.models.responses.inputitems.ResponseItemList;
import dev.rill.chat.Chat;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.socket.Subject;
import dev.rill.streaming.StreamingHandler;
import dev.rill.streaming.StreamingRuntime;
import dev.rill.streaming.testing.FakeRuntimeApi;
import dev.rill.streaming.testing.FunctionUrlEvent;
import dev.rill.streaming.testing.ReceivedResponse;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The items that a response was given. Each test begins with a conversation of two turns. */
@Timeout(20)
class InputItemsTest {

    private static final String FIRST = ResponseIds.of(1).value();
    private static final String SECOND = ResponseIds.of(2).value();
    private static final String REASONING =
            "{'type':'reasoning','id':'rs_1','summary':[],'encrypted_content':'sealed'}";

    private final ManualTime time = new ManualTime(FakeRuntimeApi.DEADLINE.minusSeconds(30));
    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final RecordingSockets sockets = new RecordingSockets();
    private final AtomicInteger ids = new AtomicInteger();
    private final ScriptedModel model = ScriptedModel.playing(ScriptedModel.accept(ScriptedModel.say(
            "response.completed",
            "{'response':{'output':[" + REASONING
                    + ",{'type':'message','content':[{'type':'output_text','text':'Hello'}]}]}}")));
    private final Chat chat = TestChats.chat(
            log,
            new InMemoryQuota(time),
            () -> ResponseIds.of(ids.incrementAndGet()),
            time.sleepingBy(time::advance),
            TestChats.SETTINGS,
            _ -> {});
    private final StreamingHandler handler =
            StreamingHandler.http(TestRoutes.open(chat, model, sockets, new InMemoryTaskQueue()));

    @BeforeEach
    void converse() throws Exception {
        ask("{'input':'hi'}");
        ask("{'previous_response_id':'" + FIRST + "','input':[{'role':'user','content':'a'},"
                + "{'type':'function_call','call_id':'c','name':'f','arguments':'{}'},"
                + "{'type':'function_call_output','id':'own','call_id':'c','output':'b'}]}");
    }

    @Test
    void itemsOfTheWholeConversationAreListed() throws Exception {
        var list = list(SECOND, "order=asc");

        assertThat(texts(list, "type"))
                .containsExactly("message", "reasoning", "message", "message", "function_call", "function_call_output");
        assertThat(list.at("/data/0/content/0").toString()).isEqualTo("{\"type\":\"input_text\",\"text\":\"hi\"}");
        assertThat(list.at("/data/2/content/0/text").asText()).isEqualTo("Hello");
        assertThat(list.path("object").asText()).isEqualTo("list");
        assertThat(list.path("first_id")).isEqualTo(list.at("/data/0/id"));
        assertThat(list.path("last_id").asText()).isEqualTo("own");
        assertThat(list.path("has_more").booleanValue()).isFalse();
        ObjectMappers.jsonMapper()
                .readValue(Json.write(list), ResponseItemList.class)
                .validate();
    }

    @Test
    void newestItemIsFirstUnlessAskedOtherwise() throws Exception {
        var descending = texts(list(SECOND, ""), "id");

        assertThat(descending).isEqualTo(texts(list(SECOND, "order=desc"), "id"));
        assertThat(descending.reversed()).isEqualTo(texts(list(SECOND, "order=asc"), "id"));
        assertThat(descending.getFirst()).isEqualTo("own");
        assertThat(descending).doesNotHaveDuplicates().noneMatch(String::isBlank);
    }

    @Test
    void firstTurnHasItsOwnInputAlone() throws Exception {
        assertThat(texts(list(FIRST, ""), "type")).containsExactly("message");
        assertThat(list(FIRST, "").at("/data/0/id"))
                .isEqualTo(list(SECOND, "order=asc").at("/data/0/id"));
    }

    @ParameterizedTest
    @CsvSource({"asc, 1", "asc, 4", "asc, 6", "desc, 1", "desc, 4", "desc, 5", "desc, 6"})
    void pagesTogetherHaveEachItemOnce(String order, int limit) throws Exception {
        var all = texts(list(SECOND, "order=" + order), "id");
        var paged = new ArrayList<String>();
        var after = "";
        JsonNode page;
        do {
            page = list(SECOND, "order=" + order + "&limit=" + limit + after);
            assertThat(page.path("data").size()).isBetween(1, limit);
            paged.addAll(texts(page, "id"));
            after = "&after=" + page.path("last_id").asText();
        } while (page.path("has_more").booleanValue());

        assertThat(paged).isEqualTo(all);
    }

    @Test
    void itemThatIsPlayedBackTwiceHasTwoIds() throws Exception {
        ask("{'input':[{'id':'msg_x','role':'user','content':'a'},{'id':'msg_x','role':'user','content':'b'}]}");

        assertThat(texts(list(ResponseIds.of(3).value(), ""), "id")).containsExactly("msg_x", "msg_x_2");
    }

    @Test
    void encryptedReasoningIsListedWhereItIsIncluded() throws Exception {
        assertThat(list(SECOND, "order=asc").at("/data/1").has("encrypted_content"))
                .isFalse();
        for (var include :
                List.of("include=reasoning.encrypted_content", "include%5B%5D=reasoning.encrypted_content")) {
            assertThat(list(SECOND, "order=asc&" + include)
                            .at("/data/1/encrypted_content")
                            .asText())
                    .isEqualTo("sealed");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limit=0 limit",
                "limit=101 limit",
                "limit=x limit",
                "order=up order",
                "after=msg_none after",
                "include=everything include"
            })
    void invalidParameterIsNamed(String queryAndParam) throws Exception {
        var parts = queryAndParam.split(" ", 2);
        var refused = get(SECOND, parts[0]);

        assertThat(status(refused)).isEqualTo("400");
        assertThat(body(refused).at("/error/code").asText()).isEqualTo("invalid_value");
        assertThat(body(refused).at("/error/param").asText()).isEqualTo(parts[1]);
    }

    @Test
    void conversationThatHasLostATurnIsNotListed() throws Exception {
        chat.delete(ResponseIds.of(1), Subject.ANONYMOUS);

        var refused = get(SECOND, "");
        assertThat(status(refused)).isEqualTo("404");
        assertThat(body(refused).at("/error/code").asText()).isEqualTo("previous_response_not_found");
        assertThat(texts(list(SECOND, "limit=2"), "type"))
                .as("a page that needs no earlier turn")
                .containsExactly("function_call_output", "function_call");
    }

    @Test
    void unstoredResponseHasNoItems() throws Exception {
        ask("{'input':'hi','store':false}");

        assertThat(status(get(ResponseIds.of(3).value(), ""))).isEqualTo("404");
    }

    private void ask(String body) throws Exception {
        var answered = send(FunctionUrlEvent.post("/v1/responses")
                .header("content-type", "application/json")
                .body(body.replace('\'', '"')));
        assertThat(status(answered)).isEqualTo("200");
    }

    private JsonNode list(String id, String query) throws Exception {
        var answered = get(id, query);
        assertThat(status(answered)).isEqualTo("200");
        return body(answered);
    }

    private ReceivedResponse get(String id, String query) throws Exception {
        return send(FunctionUrlEvent.get("/v1/responses/" + id + "/input_items").query(query));
    }

    private ReceivedResponse send(FunctionUrlEvent event) throws Exception {
        try (var api = FakeRuntimeApi.start()) {
            api.willInvoke("r1", event.bytes());
            api.willStop();
            new StreamingRuntime(api.environment(), Clock.systemUTC(), _ -> {}).run(_ -> handler);
            return api.response("r1").await();
        }
    }

    private static List<String> texts(JsonNode list, String field) {
        var texts = new ArrayList<String>();
        list.path("data").forEach(item -> texts.add(item.path(field).asText()));
        return texts;
    }

    private static JsonNode body(ReceivedResponse answered) throws Exception {
        return Json.findObject(answered.body().strip()).orElseThrow();
    }

    private static String status(ReceivedResponse answered) throws Exception {
        return Json.findObject(answered.prelude())
                .orElseThrow()
                .path("statusCode")
                .asText();
    }
}
