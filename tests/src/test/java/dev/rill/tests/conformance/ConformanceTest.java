package dev.rill.tests.conformance;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A net that lets everything through would look like one that catches nothing. */
class ConformanceTest {

    private static final String DELTA = "{'type':'response.output_text.delta','sequence_number':4,'item_id':'msg_1',"
            + "'output_index':0,'content_index':0,'delta':'a','logprobs':[]}";

    private static final String RESPONSE = """
            {'id':'resp_1','object':'response','created_at':1,'completed_at':2,'status':'failed','incomplete_details':null,
             'model':'m','previous_response_id':null,'instructions':null,'output':[],'error':{'code':'server_error',
             'message':'m'},'tools':[],'tool_choice':'auto','truncation':'disabled','parallel_tool_calls':true,
             'text':{'format':{'type':'text'}},'top_p':1.0,'presence_penalty':0,'frequency_penalty':0,'top_logprobs':0,
             'temperature':1.0,'reasoning':null,'usage':null,'max_output_tokens':null,'max_tool_calls':null,'store':true,
             'background':false,'service_tier':'default','metadata':{},'safety_identifier':null,
             'prompt_cache_key':null}""";

    @ParameterizedTest
    @ValueSource(
            strings = {
                DELTA,
                "{'type':'rill:pong','authenticated_until':7}",
                "{'type':'error','status':400,'error':{'type':'invalid_request_error','code':'c','message':'m','param':null}}",
                "{'message':'Forbidden','connectionId':'c','requestId':'r'}"
            })
    void messageConforms(String message) {
        assertThatCode(() -> Conformance.requireMessage(quoted(message))).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'item_id':'msg_1',               | ''                      | required property 'item_id' not found",
                "'output_index':0                 | 'output_index':'0'      | /output_index: string found, integer expected",
                "'logprobs':[]                    | 'logprobs':null         | ResponsesServerEvent: `logprobs` is null",
                "response.output_text.delta       | response.output_text.dlt | there is no event of type",
                "response.output_text.delta       | rell:delta              | there is no event of type"
            })
    void messageThatDoesNotConformIsRefused(String from, String to, String fault) {
        var message = quoted(DELTA.replace(from, to.replace("''", "")));

        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> Conformance.requireMessage(message))
                .withMessageContaining(fault);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "server_error  | model_disconnected",
                "server_error  | context_length_exceeded",
                "'tools':[]    | 'tools':[{'type':'web_search'}]",
                "'store':true  | 'store':true,'rill:details':{'status':500}"
            })
    void extensionConforms(String from, String to) {
        assertThatCode(() -> Conformance.requireBody("application/json", quoted(RESPONSE.replace(from, to))))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "server_error              | no_such_code                          | Unknown Code: no_such_code",
                "'incomplete_details':null | 'incomplete_details':{'reason':'odd'} | Unknown Reason: odd",
                "'status':'failed'         | 'status':'broken'                     | Unknown",
                "'usage':null,             | ''                                    | required property 'usage' not found",
                "'tools':[]                | 'tools':[{'type':'function'}]         | required property 'name' not found",
                "'object':'response'       | 'object':'reply'                      | there is no object 'reply'"
            })
    void bodyThatDoesNotConformIsRefused(String from, String to, String fault) {
        var body = quoted(RESPONSE.replace(from, to.replace("''", "")));

        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> Conformance.requireBody("application/json", body))
                .withMessageContaining(fault);
    }

    @Test
    void eachPayloadOfAStreamIsChecked() {
        var stream = "event: a\ndata: " + quoted(DELTA) + "\n\ndata: {\"object\":\"odd\"}\n\ndata: [DONE]\n\n";

        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> Conformance.requireBody("text/event-stream; charset=utf-8", stream))
                .withMessageContaining("there is no object 'odd'");
        assertThatCode(() -> Conformance.requireBody("text/plain", stream)).doesNotThrowAnyException();
    }

    @Test
    void errorBodyHasAllFields() {
        var whole = quoted("{'error':{'type':'t','code':null,'message':'m','param':null}}");

        assertThatCode(() -> Conformance.requireBody("application/json", whole)).doesNotThrowAnyException();
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> Conformance.requireBody("application/json", whole.replace(",\"param\":null", "")))
                .withMessageContaining("required property 'param' not found");
    }

    /** JSON with apostrophes is easier to read in Java. */
    private static String quoted(String text) {
        return text.replace('\'', '"');
    }
}
