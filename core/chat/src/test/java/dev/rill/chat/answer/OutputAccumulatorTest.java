package dev.rill.chat.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.chat.model.ModelException;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutputAccumulatorTest {

    private final OutputAccumulator accumulator = new OutputAccumulator();

    @Test
    void deltasGrowTextAndOpenItemsAreIncomplete() {
        apply(
                "response.output_item.added",
                "{'output_index':0,'item':{'type':'message','status':'in_progress','content':[]}}");
        apply(
                "response.content_part.added",
                "{'output_index':0,'content_index':0,'part':{'type':'output_text','text':''}}");
        apply("response.output_text.delta", "{'output_index':0,'content_index':0,'delta':'He'}");
        apply("response.output_text.delta", "{'output_index':0,'content_index':0,'delta':'llo'}");
        assertOutput("[{'type':'message','status':'incomplete','content':[{'type':'output_text','text':'Hello'}]}]");
        apply("response.output_text.delta", "{'output_index':0,'content_index':0,'delta':'!'}");
        assertOutput("[{'type':'message','status':'incomplete','content':[{'type':'output_text','text':'Hello!'}]}]");
    }

    @Test
    void doneItemReplacesTheAccumulatedOne() {
        apply(
                "response.output_item.added",
                "{'output_index':0,'item':{'type':'function_call','arguments':'','status':'in_progress'}}");
        apply("response.function_call_arguments.delta", "{'output_index':0,'delta':'{}'}");
        apply(
                "response.output_item.done",
                "{'output_index':0,'item':{'type':'function_call','arguments':'{ }','status':'completed'}}");
        assertOutput("[{'type':'function_call','arguments':'{ }','status':'completed'}]");
    }

    @Test
    void deltasGrowReasoningRefusalsAndArguments() {
        apply("response.output_item.added", "{'output_index':0,'item':{'type':'reasoning','summary':[]}}");
        apply(
                "response.reasoning_summary_part.added",
                "{'output_index':0,'summary_index':0,'part':{'type':'summary_text','text':''}}");
        apply("response.reasoning_summary_text.delta", "{'output_index':0,'summary_index':0,'delta':'hm'}");
        apply("response.output_item.added", "{'output_index':1,'item':{'type':'message','content':[]}}");
        apply(
                "response.content_part.added",
                "{'output_index':1,'content_index':0,'part':{'type':'refusal','refusal':''}}");
        apply("response.refusal.delta", "{'output_index':1,'content_index':0,'delta':'no'}");
        apply("response.output_item.added", "{'output_index':2,'item':{'type':'function_call','arguments':''}}");
        apply("response.function_call_arguments.delta", "{'output_index':2,'delta':'{'}");
        assertOutput("""
        [{'type':'reasoning','summary':[{'type':'summary_text','text':'hm'}]},\
        {'type':'message','content':[{'type':'refusal','refusal':'no'}]},\
        {'type':'function_call','arguments':'{'}]""");
    }

    @Test
    void eventOfAnUnknownItemIsIgnored() {
        apply("response.output_text.delta", "{'output_index':3,'content_index':9,'delta':'x'}");
        apply("response.output_text.delta", "{'delta':'x'}");
        apply("response.content_part.added", "{'output_index':0,'content_index':0,'part':{}}");
        assertOutput("[]");
    }

    @Test
    void contradictionIsRejectedWithoutAChange() {
        apply("response.output_item.added", "{'output_index':0,'item':{'content':'text'}}");
        assertInvalid("response.output_item.added", "{'output_index':2000000000,'item':{}}");
        assertInvalid("response.output_item.added", "{'output_index':0,'item':'what'}");
        assertInvalid("response.content_part.added", "{'output_index':0,'content_index':0,'part':{}}");
        assertInvalid("response.output_text.delta", "{'output_index':0,'content_index':0,'delta':'x'}");
        assertOutput("[{'content':'text'}]");
    }

    @Test
    void contradictionInTheLogIsSkipped() {
        assertThat(OutputAccumulator.fromLog(new ArrayDeque<>(List.of(
                        new Event(
                                0,
                                "response.output_item.added",
                                "{\"output_index\":0,\"item\":{\"content\":\"text\"}}"),
                        new Event(
                                1,
                                "response.content_part.added",
                                "{\"output_index\":0,\"content_index\":0,\"part\":{}}")))))
                .hasToString("[{\"content\":\"text\"}]");
    }

    private void assertInvalid(String type, String json) {
        assertThatThrownBy(() -> apply(type, json))
                .isInstanceOfSatisfying(
                        AssertionError.class, e -> assertThat(e).hasCauseInstanceOf(ModelException.class));
    }

    private void apply(String type, String json) {
        try {
            accumulator.accumulate(
                    type, Json.findObject(json.replace('\'', '"')).orElseThrow());
        } catch (ModelException e) {
            throw new AssertionError(e);
        }
    }

    private void assertOutput(String json) {
        assertThat(accumulator.output()).hasToString(json.replace('\'', '"'));
    }
}
