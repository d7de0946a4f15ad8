package dev.rill.local.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The functions that the model calls, and its answers to their outputs. */
class ToolCallsTest {

    private static final String TOOLS = """
      ,'tools':[{'type':'function','name':'find_river','strict':true,'parameters':
      {'type':'object','properties':{'name':{'type':'string'},'km':{'type':'integer','minimum':5}},
      'required':['name','km'],'additionalProperties':false}},{'type':'function','name':'find_lake'}]""";

    @Test
    void callHasTheEventsOfACallAndValidArguments() {
        var answer = ComposedAnswer.to("{'input':'find_river near Basel'" + TOOLS + "}");

        assertThat(answer.trace())
                .isEqualTo("created;in_progress;output_item.added;function_call_arguments.delta*;"
                        + "function_call_arguments.done;output_item.done;completed;");
        assertThat(answer.item(0).path("arguments").asText())
                .isEqualTo("{\"name\":\"find_river near Basel\",\"km\":5}");
        assertThat(answer.item(0).path("status").asText()).isEqualTo("completed");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
      hello                            | ''                                                       | message
      find_river please                | ''                                                       | find_river
      Which River is the longest?      | ''                                                       | find_river
      riverside, or a lakeside         | ''                                                       | message
      find_river and find_lake         | ''                                                       | find_river find_lake
      find_lake, then find_river       | ,'parallel_tool_calls':false                             | find_lake
      find_river                       | ,'tool_choice':'none'                                    | message
      /tool the Rhine                  | ,'tool_choice':'none'                                    | message
      /tool the Rhine                  | ''                                                       | find_river
      /tool find_lake and find_river   | ''                                                       | find_lake find_river
      hello                            | ,'tool_choice':'required'                                | find_river
      find_lake                        | ,'tool_choice':'required'                                | find_lake
      /count 3                         | ,'tool_choice':'required'                                | find_river
      hello                            | ,'tool_choice':{'type':'function','name':'find_lake'}    | find_lake
      /count 3 find_lake               | ''                                                       | message
      find_river or find_lake          | ,'tool_choice':{'type':'allowed_tools','mode':'auto','tools':[{'type':'function','name':'find_lake'}]} | find_lake
      hello                            | ,'tool_choice':{'type':'allowed_tools','mode':'required','tools':[{'type':'function','name':'find_lake'}]} | find_lake
      """)
    void choiceAndPromptDecideWhatIsCalled(String prompt, String fields, String calls) {
        var answer = ComposedAnswer.to("{'input':'" + prompt + "'" + TOOLS + fields.replace("''", "") + "}");

        assertThat(String.join(" ", names(answer))).isEqualTo(calls);
    }

    @Test
    void functionsAreCalledOneAfterTheOtherIfNotInParallel() {
        var input = new ArrayList<JsonNode>();
        input.add(ComposedAnswer.json("{'role':'user','content':'find_lake and find_river'}"));
        var trace = new ArrayList<String>();
        for (int step = 0; step < 3; step++) {
            var request = ComposedAnswer.json("{'parallel_tool_calls':false" + TOOLS + "}");
            request.putArray("input").addAll(input);
            var answer = ComposedAnswer.to(request);
            trace.addAll(names(answer));
            input.add(answer.item(0));
            input.add(ComposedAnswer.json("{'type':'function_call_output','call_id':'"
                    + answer.item(0).path("call_id").asText() + "','output':'result " + step + "'}"));
            if (step == 2) {
                assertThat(answer.text())
                        .startsWith(
                                "The tool find_lake answered: result 0\n\nThe tool find_river answered: result 1\n\n");
            }
        }
        assertThat(trace).containsExactly("find_lake", "find_river", "message");
    }

    @Test
    void toolCommandIsMetOncePerPrompt() {
        var answer = ComposedAnswer.to(
                "{'input':[{'role':'user','content':'/tool find_river'},{'type':'function_call','call_id':'c','name':"
                        + "'find_river','arguments':'{}'},{'type':'function_call_output','call_id':'c','output':"
                        + "[{'type':'input_text','text':'1230 km'}]}]" + TOOLS + "}");

        assertThat(answer.text()).startsWith("The tool answered: 1230 km");
    }

    @Test
    void requiredChoiceWithoutItsToolIsRefused() {
        for (var choice : List.of("'required'", "{'type':'function','name':'find_sea'}")) {
            assertThatExceptionOfType(InvalidRequestException.class)
                    .isThrownBy(() -> ComposedAnswer.to("{'input':'hello','tools':[],'tool_choice':" + choice + "}"))
                    .satisfies(refused -> assertThat(refused.param()).hasValue("tool_choice"));
        }
    }

    @Test
    void parametersWithoutAnInstanceAreRefused() {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> ComposedAnswer.to("{'input':'find_sea','tools':[{'type':'web_search'},"
                        + "{'type':'function','name':'find_sea','parameters':{'$ref':'#'}}]}"))
                .satisfies(refused -> {
                    assertThat(refused.param()).hasValue("tools[1].parameters");
                    assertThat(refused.code()).hasValue("invalid_function_parameters");
                });
    }

    private static List<String> names(ComposedAnswer answer) {
        var names = new ArrayList<String>();
        for (var item : answer.response().path("output")) {
            names.add(
                    item.path("type").asText().equals("function_call")
                            ? item.path("name").asText()
                            : item.path("type").asText());
        }
        return names;
    }
}
