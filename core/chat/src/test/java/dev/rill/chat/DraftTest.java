package dev.rill.chat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DraftTest {

  private final Draft draft = new Draft();

  @Test
  void textGrowsByDeltasAndAnItemThatHasNotEndedIsIncomplete() {
    apply("response.output_item.added",
        "{'output_index':0,'item':{'type':'message','status':'in_progress','content':[]}}");
    apply("response.content_part.added",
        "{'output_index':0,'content_index':0,'part':{'type':'output_text','text':''}}");
    apply("response.output_text.delta", "{'output_index':0,'content_index':0,'delta':'He'}");
    apply("response.output_text.delta", "{'output_index':0,'content_index':0,'delta':'llo'}");
    assertOutput("[{'type':'message','status':'incomplete','content':[{'type':'output_text','text':'Hello'}]}]");
    apply("response.output_text.delta", "{'output_index':0,'content_index':0,'delta':'!'}");
    assertOutput("[{'type':'message','status':'incomplete','content':[{'type':'output_text','text':'Hello!'}]}]");
  }

  @Test
  void anEndedItemIsTakenAsTheModelSaysIt() {
    apply("response.output_item.added",
        "{'output_index':0,'item':{'type':'function_call','arguments':'','status':'in_progress'}}");
    apply("response.function_call_arguments.delta", "{'output_index':0,'delta':'{}'}");
    apply("response.output_item.done",
        "{'output_index':0,'item':{'type':'function_call','arguments':'{ }','status':'completed'}}");
    assertOutput("[{'type':'function_call','arguments':'{ }','status':'completed'}]");
  }

  @Test
  void reasoningRefusalsAndArgumentsGrowToo() {
    apply("response.output_item.added", "{'output_index':0,'item':{'type':'reasoning','summary':[]}}");
    apply("response.reasoning_summary_part.added",
        "{'output_index':0,'summary_index':0,'part':{'type':'summary_text','text':''}}");
    apply("response.reasoning_summary_text.delta", "{'output_index':0,'summary_index':0,'delta':'hm'}");
    apply("response.output_item.added", "{'output_index':1,'item':{'type':'message','content':[]}}");
    apply("response.content_part.added", "{'output_index':1,'content_index':0,'part':{'type':'refusal','refusal':''}}");
    apply("response.refusal.delta", "{'output_index':1,'content_index':0,'delta':'no'}");
    apply("response.output_item.added", "{'output_index':2,'item':{'type':'function_call','arguments':''}}");
    apply("response.function_call_arguments.delta", "{'output_index':2,'delta':'{'}");
    assertOutput("""
        [{'type':'reasoning','summary':[{'type':'summary_text','text':'hm'}]},\
        {'type':'message','content':[{'type':'refusal','refusal':'no'}]},\
        {'type':'function_call','arguments':'{'}]""");
  }

  @Test
  void nonsenseIsNoError() {
    apply("response.output_text.delta", "{'output_index':3,'content_index':9,'delta':'x'}");
    apply("response.output_text.delta", "{'delta':'x'}");
    apply("response.content_part.added", "{'output_index':0,'content_index':0,'part':{}}");
    apply("response.output_item.added", "{'output_index':2000000000,'item':{}}");
    apply("response.output_item.added", "{'output_index':0,'item':'what'}");
    assertOutput("[]");
  }

  private void apply(String type, String json) {
    draft.apply(type, Json.findObject(json.replace('\'', '"')).orElseThrow());
  }

  private void assertOutput(String json) {
    assertThat(draft.output()).hasToString(json.replace('\'', '"'));
  }
}
