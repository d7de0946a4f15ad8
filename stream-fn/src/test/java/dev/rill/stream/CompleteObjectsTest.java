package dev.rill.stream;

import static dev.rill.chat.memory.ScriptedModel.accept;
import static dev.rill.chat.memory.ScriptedModel.fail;
import static dev.rill.chat.memory.ScriptedModel.say;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.core.ObjectMappers;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseStreamEvent;
import dev.rill.chat.Chat;
import dev.rill.chat.IdempotencyKey;
import dev.rill.chat.Submission;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.ScriptedModel.Script;
import dev.rill.chat.memory.ScriptedModel.Step;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.Retries;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.Subject;
import dev.rill.streaming.testing.FakeRuntimeApi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * openai-java's {@code validate()} passes on each event and each object of a response, whatever the model's server has
 * left out.
 */
@Timeout(20)
class CompleteObjectsTest {

    private static final ResponseId ID = ResponseIds.of(1);

    private final ManualTime time = new ManualTime(FakeRuntimeApi.DEADLINE.minusSeconds(30));
    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final RecordingSockets sockets = new RecordingSockets();
    private final Chat chat = TestChats.chat(
            log,
            new InMemoryQuota(time),
            () -> ID,
            time.sleepingBy(time::advance),
            AnswerSettings.of(Duration.ZERO, Retries.NONE, Duration.ZERO),
            _ -> {});

    /**
     * A model's server that leaves out what it can.
     *
     * @param status of the response at the end
     */
    record Server(String name, String status, Script script) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Server server(String name, String status, Step... steps) {
        return new Server(name, status, accept(steps));
    }

    static Stream<Server> servers() {
        return Stream.of(
                // Deltas without items, indexes and ids.
                server(
                        "deltas alone",
                        "completed",
                        say("response.output_item.added", "{'item':{'type':'message'}}"),
                        say("response.content_part.added", "{'part':{'type':'output_text'}}"),
                        say("response.output_text.delta", "{'delta':'Hi'}"),
                        say("response.output_text.delta", "{'delta':null,'logprobs':null}"),
                        say("response.output_text.done", "{}"),
                        say("response.content_part.done", "{'part':{'text':'Hi'}}"),
                        say("response.output_item.done", "{'item':{'type':'message','content':[{'text':'Hi'}]}}"),
                        say("response.completed", "{}")),
                // The whole output in the terminal event, with a usage of three numbers or fewer.
                server(
                        "end alone",
                        "completed",
                        say(
                                "response.completed",
                                "{'response':{'metadata':null,'tools':null,'tool_choice':null,'parallel_tool_calls':null,"
                                        + "'temperature':null,'text':null,'usage':{'input_tokens':1,'output_tokens':2},"
                                        + "'output':[{'type':'message','content':[{'type':'output_text','text':'Hi'}]}]}}")),
                server(
                        "usage without input",
                        "completed",
                        say(
                                "response.completed",
                                "{'response':{'usage':{'output_tokens':2,'total_tokens':3},'output':[]}}")),
                server(
                        "usage with nulls",
                        "completed",
                        say(
                                "response.completed",
                                "{'response':{'output':[],'usage':{'input_tokens':1,'output_tokens':2,'total_tokens':3,"
                                        + "'input_tokens_details':null,'output_tokens_details':{'reasoning_tokens':null}}}}")),
                server(
                        "function calls",
                        "completed",
                        say(
                                "response.output_item.added",
                                "{'output_index':0,'item':{'type':'function_call','name':'f'}}"),
                        say("response.function_call_arguments.delta", "{'delta':'{}'}"),
                        say("response.function_call_arguments.done", "{'output_index':0}"),
                        say(
                                "response.output_item.done",
                                "{'output_index':0,'item':{'type':'function_call','name':'f'}}"),
                        say("response.output_item.added", "{'item':{'type':'custom_tool_call','name':'g'}}"),
                        say("response.custom_tool_call_input.delta", "{'output_index':1,'delta':'x'}"),
                        say("response.custom_tool_call_input.done", "{'output_index':1}"),
                        say("response.completed", "{}")),
                server(
                        "reasoning",
                        "completed",
                        say(
                                "response.output_item.added",
                                "{'output_index':0,'item':{'type':'reasoning','content':null}}"),
                        say("response.reasoning_summary_part.added", "{'part':{}}"),
                        say("response.reasoning_summary_text.delta", "{'delta':'So'}"),
                        say("response.reasoning_summary_text.done", "{}"),
                        say("response.reasoning_summary_part.done", "{'part':{'text':'So'}}"),
                        say("response.reasoning_text.delta", "{'delta':'So'}"),
                        say("response.reasoning_text.done", "{}"),
                        say(
                                "response.completed",
                                "{'response':{'output':[{'type':'reasoning','encrypted_content':null},{'type':'compaction'}]}}")),
                server(
                        "hosted tools",
                        "completed",
                        say("response.output_item.added", "{'output_index':0,'item':{'type':'web_search_call'}}"),
                        say("response.output_item.added", "{'output_index':1,'item':{'type':'file_search_call'}}"),
                        say("response.output_item.added", "{'output_index':2,'item':{'type':'code_interpreter_call'}}"),
                        say("response.output_item.added", "{'output_index':3,'item':{'type':'mcp_call'}}"),
                        say("response.output_item.added", "{'output_index':4,'item':{'type':'mcp_list_tools'}}"),
                        say("response.completed", "{}")),
                server(
                        "refusal",
                        "completed",
                        say("response.output_item.added", "{'output_index':0,'item':{'type':'message'}}"),
                        say("response.content_part.added", "{'part':{'type':'refusal'}}"),
                        say("response.refusal.delta", "{'delta':'No'}"),
                        say("response.refusal.done", "{}"),
                        say("response.completed", "{}")),
                server(
                        "log probabilities",
                        "completed",
                        say("response.output_item.added", "{'output_index':0,'item':{'type':'message'}}"),
                        say("response.output_text.delta", "{'delta':'Hi','logprobs':[{'token':'Hi','logprob':-1}]}"),
                        say(
                                "response.completed",
                                "{'response':{'output':[{'type':'message','content':[{'type':'output_text','text':'Hi','logprobs':"
                                        + "[{'token':'Hi','logprob':-1,'top_logprobs':[{'token':'Hi','logprob':-1}]}]}]}]}}")),
                server(
                        "incomplete",
                        "incomplete",
                        say("response.output_text.delta", "{'delta':'Hi'}"),
                        say(
                                "response.incomplete",
                                "{'response':{'incomplete_details':{},'output':[{'type':'message'}]}}")),
                server(
                        "cancelled",
                        "cancelled",
                        say("response.cancelled", "{'response':{'incomplete_details':{'reason':'x'}}}")),
                // Its code is one of openai-java's.
                server(
                        "failed",
                        "failed",
                        say("response.output_item.added", "{'output_index':0,'item':{'type':'message'}}"),
                        say("response.failed", "{'response':{'error':{'message':null}}}")),
                server(
                        "broken off",
                        "failed",
                        say("response.output_item.added", "{'output_index':0,'item':{'type':'message'}}"),
                        fail(ModelFailure.SERVER_ERROR)));
    }

    @ParameterizedTest
    @MethodSource("servers")
    void eventsAndObjectsOfABareServerAreValid(Server server) throws Exception {
        submit("{'input':'hi'}");
        answer(ScriptedModel.playing(server.script));

        var events = assertValidEvents();
        assertThat(events.getLast().at("/response/status").asText()).isEqualTo(server.status);
        assertValid(chat.retrieve(ID, Subject.ANONYMOUS));
    }

    @ParameterizedTest
    @MethodSource("servers")
    void itemHasOneIdInAllEvents(Server server) throws Exception {
        submit("{'input':'hi'}");
        answer(ScriptedModel.playing(server.script));

        for (var event : assertValidEvents()) {
            int index = event.path("output_index").asInt(-1);
            var item = event.has("item") ? event.at("/item/id") : event.path("item_id");
            var atEnd = end().at("/response/output").path(index).path("id");
            if (index >= 0 && !atEnd.isMissingNode()) {
                assertThat(item).isEqualTo(atEnd);
            }
        }
    }

    @Test
    void responseThatWaitsOrRunsIsValid() throws Exception {
        submit("{'input':'hi','text':{'format':{'type':'json_schema','name':'n','schema':{}}},'tool_choice':'required',"
                + "'tools':[{'type':'function','name':'f'}],'reasoning':{'effort':'low'},'metadata':{'a':'b'}}");
        var queued = chat.retrieve(ID, Subject.ANONYMOUS);
        assertThat(queued.path("status").asText()).isEqualTo("queued");
        assertValid(queued);

        var now = time.instant();
        log.claim(ID, Optional.of(Task.Kind.ANSWER), now, now.plusSeconds(20));
        var running = chat.retrieve(ID, Subject.ANONYMOUS);
        assertThat(running.path("status").asText()).isEqualTo("in_progress");
        assertValid(running);
    }

    @Test
    void stoppedResponseIsCancelledWithoutDetails() throws Exception {
        submit("{'input':'hi'}");
        chat.cancel(ID, Subject.ANONYMOUS, Optional.empty(), sockets, queue);

        assertValidEvents();
        assertThat(end().path("type").asText()).isEqualTo("response.incomplete");
        for (var response : List.of(end().path("response"), chat.retrieve(ID, Subject.ANONYMOUS))) {
            assertThat(response.path("status").asText()).isEqualTo("cancelled");
            assertThat(response.path("incomplete_details").isNull()).isTrue();
            assertValid(response);
        }
    }

    private void submit(String body) throws Exception {
        var _ = chat.submit(
                new Submission(
                        CreateRequest.of(Json.findObject(body.replace('\'', '"'))
                                .orElseThrow()
                                .put("background", true)),
                        Subject.ANONYMOUS,
                        Optional.empty(),
                        new QuotaKey("g"),
                        Optional.<IdempotencyKey>empty()),
                sockets,
                queue);
    }

    private void answer(ScriptedModel model) throws Exception {
        var task = queue.poll().filter(it -> it.kind() == Task.Kind.ANSWER).orElseThrow();
        var _ = chat.answer(task, FakeRuntimeApi.DEADLINE, model, sockets, queue);
    }

    private JsonNode end() {
        return log.read(ID, -1).getLast().payload();
    }

    private List<JsonNode> assertValidEvents() throws Exception {
        var events = new ArrayList<JsonNode>();
        for (var event : log.read(ID, -1)) {
            events.add(event.payload());
            ObjectMappers.jsonMapper()
                    .readValue(event.json(), ResponseStreamEvent.class)
                    .validate();
        }
        return events;
    }

    private static void assertValid(JsonNode response) throws Exception {
        ObjectMappers.jsonMapper()
                .readValue(Json.write(response), Response.class)
                .validate();
    }
}
