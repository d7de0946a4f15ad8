package dev.rill.local.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The model answers in the {@code text.format} of the request. */
class TextFormatTest {

    private static final String RIVER = """
      ,'text':{'format':{'type':'json_schema','name':'river','strict':true,'schema':{'type':'object','properties':
      {'name':{'type':'string'},'km':{'type':'integer','minimum':1},'mouth':{'enum':['sea','lake']}},
      'required':['name','km','mouth'],'additionalProperties':false}}}""";

    @Test
    void schemaGivesAValidObjectInDeltas() {
        var answer = ComposedAnswer.to("{'input':'/fast the Rhine'" + RIVER + "}");

        assertThat(answer.trace())
                .isEqualTo("created;in_progress;output_item.added;content_part.added;output_text.delta*;"
                        + "output_text.done;content_part.done;output_item.done;completed;");
        assertThat(answer.text()).isEqualTo("{\"name\":\"the Rhine\",\"km\":1,\"mouth\":\"sea\"}");
    }

    @Test
    void schemaHoldsForTheAnswerToAnOutput() {
        var answer = ComposedAnswer.to("{'input':[{'role':'user','content':'How long?'},{'type':'function_call',"
                + "'call_id':'c','name':'f','arguments':'{}'},{'type':'function_call_output','call_id':'c','output':"
                + "'1230 km'}]" + RIVER + "}");

        assertThat(answer.text()).isEqualTo("{\"name\":\"1230 km\",\"km\":1,\"mouth\":\"sea\"}");
    }

    @Test
    void jsonObjectGivesAnObject() {
        var answer = ComposedAnswer.to("{'input':'Rivers in JSON','text':{'format':{'type':'json_object'}}}");

        assertThat(ComposedAnswer.parsed(answer.text()).path("answer").asText()).contains("Rivers in JSON");
    }

    @Test
    void commandedTextIsNotFormatted() {
        assertThat(ComposedAnswer.to("{'input':'/count 2'" + RIVER + "}").text())
                .isEqualTo("1 2");
    }

    @Test
    void limitCutsTheObject() {
        var answer = ComposedAnswer.to("{'input':'the Rhine','max_output_tokens':2" + RIVER + "}");

        assertThat(answer.text()).isEqualTo("{\"name\":\"the Rhi");
        assertThat(answer.response().path("status").asText()).isEqualTo("incomplete");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
      'x':1                        | missing_required_parameter
      'schema':{'type':'array'}    | invalid_json_schema
      'schema':{'$ref':'#'}        | invalid_json_schema
      """)
    void schemaWithoutAnObjectIsRefused(String schema, String code) {
        var request = "{'input':'hi','text':{'format':{'type':'json_schema','name':'river'," + schema + "}}}";

        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> ComposedAnswer.to(request))
                .satisfies(refused -> {
                    assertThat(refused.param()).hasValue("text.format.schema");
                    assertThat(refused.code()).hasValue(code);
                });
    }
}
