package dev.rill.chat.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.MessageIds;
import dev.rill.chat.protocol.MessageTrimmer;
import dev.rill.chat.protocol.ServerMessage;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class RequestPolicyTest {

    private static final String MODEL = "gpt-5-mini";

    /** Allows hosted tools, and no objects. */
    private static final RequestPolicy TOOLS = RequestPolicy.of(Map.of("AllowHostedTools", "true"));

    /** Allows objects, and no hosted tools. */
    private static final RequestPolicy OBJECTS = RequestPolicy.of(Map.of("AllowOperatorObjects", "true"));

    // ---- models, tiers and tokens ---------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'model':'gpt-5-pro'                                | model_not_allowed           | model",
                "'model':'GPT-5-MINI'                               | model_not_allowed           | model",
                "'model':'gpt-5-mini '                              | model_not_allowed           | model",
                "'model':''                                         | model_not_allowed           | model",
                "'model':'*'                                        | model_not_allowed           | model",
                "'model':'gpt-5-mini','models':['gpt-5-mini','big'] | model_not_allowed           | models[1]",
                "'fallbacks':[{'model':'big'}]                      | model_not_allowed           | fallbacks[0]",
                "'models':'big'                                     | model_not_allowed           | models",
                "'models':{'0':'big'}                               | model_not_allowed           | models",
                "'models':[['big']]                                 | model_not_allowed           | models[0]",
                "'models':7                                         | model_not_allowed           | models",
                "'fallbacks':'big'                                  | model_not_allowed           | fallbacks",
                "'preset':'big'                                     | model_not_allowed           | preset",
                "'provider':{'order':['big']}                       | model_not_allowed           | provider",
                "'service_tier':'priority'                          | service_tier_not_allowed    | service_tier",
                "'service_tier':'ultrafast'                         | service_tier_not_allowed    | service_tier",
                "'max_output_tokens':4097                           | max_output_tokens_too_large | max_output_tokens",
                "'max_output_tokens':2147483647                     | max_output_tokens_too_large | max_output_tokens"
            })
    void costlyRequestIsRefusedByTheFieldThatCosts(String fields, String code, String param) throws Exception {
        var policy = RequestPolicy.of(Map.of("MaxOutputTokens", "4096"));

        assertRefused(policy, "'input':'hi'," + fields, code, param);
        assertThatNoException()
                .isThrownBy(() -> RequestPolicy.UNRESTRICTED.check(request("'input':'hi'," + fields), MODEL));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'input':'hi'",
                "'input':'hi','model':null,'service_tier':null,'max_output_tokens':null,'models':[],'plugins':[]",
                "'input':'hi','model':'gpt-5-mini','models':['gpt-5-mini']",
                "'input':'hi','models':'gpt-5-mini','fallbacks':null,'preset':null,'provider':{}",
                "'input':'hi','service_tier':'auto'",
                "'input':'hi','service_tier':'default'",
                "'input':'hi','service_tier':'flex'",
                "'input':'hi','max_output_tokens':4096",
                "'input':'hi','tools':[],'tool_choice':'auto','conversation':null,'prompt':null"
            })
    void requestForTheDefaultModelIsAllowed(String fields) {
        assertAllowed(RequestPolicy.of(Map.of("MaxOutputTokens", "4096")), fields);
    }

    @Test
    void modelsAndTiersOfTheListsAreAllowed() throws Exception {
        var policy = RequestPolicy.of(
                Map.of("AllowedModels", "gpt-5, gpt-5-nano", "AllowedServiceTiers", "default,priority"));

        for (var model : new String[] {MODEL, "gpt-5", "gpt-5-nano"}) {
            assertAllowed(policy, "'input':'hi','service_tier':'priority','model':'" + model + "'");
        }
        assertRefused(policy, "'input':'hi','model':'gpt-5-pro'", "model_not_allowed", "model");
        assertRefused(policy, "'input':'hi','service_tier':'flex'", "service_tier_not_allowed", "service_tier");
        assertAllowed(RequestPolicy.of(Map.of("AllowedModels", "*")), "'input':'hi','model':'any'");
    }

    @Test
    void limitIsGivenToTheModelWhereARequestNamesNone() throws Exception {
        var policy = RequestPolicy.of(Map.of("MaxOutputTokens", "4096"));

        assertThat(policy.outputTokenLimit(request("'input':'hi'"))).hasValue(4096);
        assertThat(policy.outputTokenLimit(request("'input':'hi','max_output_tokens':null")))
                .hasValue(4096);
        assertThat(policy.outputTokenLimit(request("'input':'hi','max_output_tokens':7")))
                .isEmpty();
        assertThat(RequestPolicy.DEFAULT.outputTokenLimit(request("'input':'hi'")))
                .isEmpty();
    }

    // ---- hosted tools ---------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'tools':[{'type':'web_search'}]                                                  | tools[0].type",
                "'tools':[{'type':'function','name':'f'},{'type':'custom','name':'c'},{'type':'web_search_preview_2025_03_11'}] | tools[2].type",
                "'tools':[{'type':'file_search','vector_store_ids':['vs_1']}]                     | tools[0].type",
                "'tools':[{'type':'code_interpreter','container':{'type':'auto'}}]                | tools[0].type",
                "'tools':[{'type':'image_generation'}]                                            | tools[0].type",
                "'tools':[{'type':'mcp','server_label':'a','server_url':'https://a.example'}]     | tools[0].type",
                "'tools':[{'type':'programmatic_tool_calling'}]                                   | tools[0].type",
                "'tools':[{'type':'learnt_tomorrow'}]                                             | tools[0].type",
                "'tools':[{'type':'Function','name':'f'}]                                         | tools[0].type",
                "'tools':[{'type':'shell','environment':{'type':'container_auto'}}]               | tools[0].environment.type",
                "'tools':[{'type':'shell','environment':{'type':'container_reference','container_id':'c'}}] | tools[0].environment.type",
                "'tools':[{'type':'shell','environment':'container_auto'}]                        | tools[0].environment.type",
                "'tools':[{'type':'tool_search'}]                                                 | tools[0].execution",
                "'tools':[{'type':'tool_search','execution':'server'}]                            | tools[0].execution",
                "'tools':[{'type':'namespace','name':'n','tools':[{'type':'function','name':'f'},{'type':'mcp'}]}] | tools[0].tools[1].type",
                "'tool_choice':{'type':'web_search_preview'}                                      | tool_choice.type",
                "'tool_choice':{'type':'mcp','server_label':'a'}                                  | tool_choice.type",
                "'tool_choice':{'type':'allowed_tools','mode':'auto','tools':[{'type':'function','name':'f'},{'type':'file_search'}]} | tool_choice.tools[1].type",
                "'plugins':[{'id':'web'}]                                                         | plugins"
            })
    void hostedToolIsRefused(String fields, String param) throws Exception {
        assertRefused(RequestPolicy.DEFAULT, "'input':'hi'," + fields, "tool_not_allowed", param);
        assertRefused(OBJECTS, "'input':'hi'," + fields, "tool_not_allowed", param);
        assertAllowed(RequestPolicy.UNRESTRICTED, "'input':'hi'," + fields);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[{'role':'user','content':'a'},{'type':'additional_tools','tools':[{'type':'function','name':'f'},{'type':'web_search'}]}] | input[1].tools[1].type",
                "[{'type':'tool_search_output','call_id':'c','tools':[{'type':'mcp','server_url':'https://a.example'}]}] | input[0].tools[0].type",
                "[{'type':'unheard_of','tools':[{'type':'code_interpreter'}]}]                  | input[0].tools[0].type",
                "[{'type':'mcp','server_label':'a'}]                                            | input[0].type",
                "[{'type':'mcp_list_tools','server_label':'a','server_url':'https://a.example','tools':[]}] | input[0].server_url",
                "[{'type':'mcp_call','connector_id':'connector_gmail'}]                         | input[0].connector_id"
            })
    void hostedToolInTheInputIsRefused(String input, String param) throws Exception {
        assertRefused(RequestPolicy.DEFAULT, "'input':" + input, "tool_not_allowed", param);
        assertAllowed(RequestPolicy.UNRESTRICTED, "'input':" + input);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'tools':[{'name':'f'}]                                             | missing_required_parameter | tools[0].type",
                "'tools':[{'type':null,'name':'f'}]                                 | invalid_type               | tools[0].type",
                "'tools':[{'type':'namespace','tools':['web_search']}]              | missing_required_parameter | tools[0].tools[0].type",
                "'tool_choice':{'name':'f'}                                         | missing_required_parameter | tool_choice.type",
                "'tool_choice':{'type':'allowed_tools','tools':['web_search']}      | missing_required_parameter | tool_choice.tools[0].type"
            })
    void toolWithoutATypeIsRefused(String fields, String code, String param) throws Exception {
        assertRefused(RequestPolicy.DEFAULT, "'input':'hi'," + fields, code, param);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'function','name':'f','parameters':{'properties':{'file_id':{'type':'string'},'container':'x'}}}",
                "{'type':'function','name':'f','output_schema':{'properties':{'file_id':{'type':'string'}}}}",
                "{'type':'custom','name':'c','format':{'type':'grammar','definition':'d'}}",
                "{'type':'local_shell'}",
                "{'type':'shell'}",
                "{'type':'shell','environment':null}",
                "{'type':'shell','environment':{'type':'local','skills':[{'name':'n','path':'p'}]}}",
                "{'type':'apply_patch'}",
                "{'type':'computer'}",
                "{'type':'computer_use_preview','display_width':1,'display_height':1,'environment':'mac'}",
                "{'type':'tool_search','execution':'client','parameters':{'properties':{'file_id':{'type':'string'}}}}",
                "{'type':'namespace','name':'n','tools':[{'type':'function','name':'f','parameters':{'file_id':1}}]}"
            })
    void toolOfTheClientIsAllowed(String tool) throws Exception {
        assertAllowed(RequestPolicy.DEFAULT, "'input':'hi','tools':[" + tool + "]");
        var type = request("'input':'hi','tools':[" + tool + "]")
                .body()
                .at("/tools/0/type")
                .textValue();
        assertAllowed(RequestPolicy.DEFAULT, "'input':'hi','tool_choice':{'type':'" + type + "'}");
        assertAllowed(
                RequestPolicy.DEFAULT,
                "'input':'hi','tool_choice':{'type':'allowed_tools','tools':[{'type':'" + type + "'}]}");
    }

    /** What Codex sends by default. */
    @Test
    void refusalOfCodexsSearchSaysWhatToDo() throws Exception {
        var error = refusal(RequestPolicy.DEFAULT, "'input':'hi','tools':[{'type':'web_search'}]");

        assertThat(error.status()).isEqualTo(403);
        assertThat(error.message())
                .isEqualTo(
                        "The tool 'web_search' in 'tools[0].type' is run by the model's server at the operator's expense and is not allowed here."
                                + " Send the request without it (Codex: put web_search = \"disabled\" into config.toml)."
                                + " The operator can allow such tools by setting the parameter AllowHostedTools to true.");
    }

    // ---- objects of the operator ----------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'input':'hi','prompt':{'id':'pmpt_1'}                                                      | prompt",
                "'input':[{'role':'user','content':[{'type':'input_text','text':'a'},{'type':'input_file','file_id':'file-1'}]}] | input[0].content[1].file_id",
                "'input':[{'role':'user','content':'a'},{'type':'message','role':'user','content':[{'type':'input_image','file_id':'file-1'}]}] | input[1].content[0].file_id",
                "'input':[{'type':'function_call_output','call_id':'c','output':[{'type':'input_file','file_id':'file-1'}]}] | input[0].output[0].file_id",
                "'input':[{'type':'custom_tool_call_output','call_id':'c','output':[{'type':'input_image','file_id':'file-1'}]}] | input[0].output[0].file_id",
                "'input':[{'type':'computer_call_output','call_id':'c','output':{'type':'computer_screenshot','file_id':'file-1'}}] | input[0].output.file_id",
                "'input':[{'type':'unheard_of','parts':[[{'deep':{'file_ids':['file-1']}}]]}]               | input[0].parts[0][0].deep.file_ids",
                "'input':[{'type':'input_image','file_id':'file-1'}]                                        | input[0].file_id",
                "'input':[{'role':'user','content':[{'type':'input_file','file_id':{'id':'file-1'}}]}]      | input[0].content[0].file_id",
                "'input':'hi','tools':[{'type':'file_search','vector_store_ids':['vs_1']}]                  | tools[0].vector_store_ids",
                "'input':'hi','tools':[{'type':'code_interpreter','container':'cntr_1'}]                    | tools[0].container",
                "'input':'hi','tools':[{'type':'code_interpreter','container':{'type':'auto','file_ids':['file-1']}}] | tools[0].container.file_ids",
                "'input':'hi','tools':[{'type':'image_generation','input_image_mask':{'file_id':'file-1'}}] | tools[0].input_image_mask.file_id",
                "'input':'hi','tools':[{'type':'web_search'},{'type':'shell','environment':{'type':'container_reference','container_id':'cntr_1'}}] | tools[1].environment.container_id",
                "'input':'hi','tools':[{'type':'shell','environment':{'type':'container_auto','skills':[{'type':'skill_reference','skill_id':'s'}]}}] | tools[0].environment.skills[0].skill_id",
                "'input':[{'type':'additional_tools','tools':[{'type':'file_search','vector_store_ids':['vs_1']}]}] | input[0].tools[0].vector_store_ids"
            })
    void objectOfTheOperatorIsRefused(String fields, String param) throws Exception {
        assertRefused(TOOLS, fields, "object_not_allowed", param);
        assertAllowed(RequestPolicy.UNRESTRICTED, fields);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'input':'file_id','previous_response_id':'resp_1'",
                "'input':[{'type':'item_reference','id':'msg_1'},{'id':'msg_2'}]",
                "'input':[{'role':'user','content':[{'type':'input_image','file_id':null,'image_url':'data:image/png;base64,AA'}]}]",
                "'input':[{'role':'user','content':[{'type':'input_file','file_data':'AA','filename':'file_id'}]}]",
                "'input':[{'type':'web_search_call','id':'ws_1','status':'completed','action':{'type':'search','query':'q'}}]",
                "'input':[{'type':'file_search_call','id':'fs_1','queries':['q'],'results':[{'file_id':'file-1'}]}]",
                "'input':[{'type':'code_interpreter_call','id':'ci_1','container_id':'cntr_1','code':'c','results':[{'type':'files','files':[{'file_id':'f'}]}]}]",
                "'input':[{'type':'image_generation_call','id':'ig_1','result':'AA'}]",
                "'input':[{'type':'mcp_list_tools','id':'m','server_label':'a','tools':[{'name':'n','input_schema':{'file_id':1}}]}]",
                "'input':[{'type':'mcp_call','id':'m','server_label':'a','name':'n','arguments':'{}'}]",
                "'input':[{'type':'mcp_approval_response','approval_request_id':'m','approve':true}]",
                "'input':[{'role':'assistant','content':[{'type':'output_text','text':'a','annotations':[{'type':'file_citation','file_id':'file-1'}]}]}]",
                "'input':[{'type':'function_call','call_id':'c','name':'n','arguments':'{\\\"file_id\\\":1}'}]",
                "'input':[{'type':'tool_search_output','tools':[{'type':'function','parameters':{'file_id':1}}]}]",
                "'input':[{'type':'tool_search_call','call_id':'c','arguments':{'file_id':'file-1'}}]",
                "'metadata':{'file_id':'file-1'},'input':'hi'"
            })
    void replayedItemAndReferenceAreAllowed(String fields) {
        assertAllowed(RequestPolicy.DEFAULT, fields);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'code_interpreter','container':{'type':'auto','file_ids':[]}}",
                "{'type':'file_search','vector_store_ids':[],'filters':{'type':'eq','key':'file_id','value':'a'}}",
                "{'type':'mcp','server_label':'a','server_url':'https://a.example','require_approval':'never'}"
            })
    void hostedToolWithoutAnObjectNeedsOnePermission(String tool) {
        assertAllowed(TOOLS, "'input':'hi','tools':[" + tool + "]");
    }

    // ---- sizes ----------------------------------------------------------------------------------------------------

    @Test
    void errorAboutLongNamesFitsIntoAMessage() throws Exception {
        var name = "\uD83D\uDE00".repeat(20_000);
        var deep = ("{'" + "\uD83D\uDE00".repeat(500) + "':[").repeat(45) + "{'file_id':'f'}" + "]}".repeat(45);

        for (var fields : new String[] {
            "'input':'hi','model':'" + name + "'",
            "'input':'hi','service_tier':'x" + name + "'",
            "'input':'hi','tools':[{'type':'x" + name + "'}]",
            "'input':[{'type':'x','deep':" + deep + "}]"
        }) {
            var error = refusal(RequestPolicy.DEFAULT, fields);

            assertThat(ServerMessage.error(error, MessageIds.NONE).getBytes(StandardCharsets.UTF_8).length)
                    .isLessThan(MessageTrimmer.SOCKET_MESSAGE_BYTES / 4);
            assertThat(error.message()).doesNotContainPattern("[\\uD800-\\uDBFF](?![\\uDC00-\\uDFFF])");
        }
    }

    /** Many values side by side, and a nesting that no parser of clients lets through. */
    @Test
    void largestRequestIsLookedAtOnce() throws Exception {
        var flat = new StringBuilder("{'role':'user','content':[");
        for (int i = 0; i < 160_000; i++) {
            flat.append("{},");
        }
        flat.append("{'file_id':'f'}]}");
        assertRefused(
                RequestPolicy.DEFAULT,
                "'input':[" + flat + "]",
                "object_not_allowed",
                "input[0].content[160000].file_id");

        var deepest = Json.object().put("file_id", "f");
        ObjectNode body = deepest;
        for (int i = 0; i < 100_000; i++) {
            var outer = Json.object();
            outer.set("a", body);
            body = outer;
        }
        var request = Json.object();
        request.putArray("input").add(body.put("type", "x"));
        var accepted = CreateRequest.of(request);
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> RequestPolicy.DEFAULT.check(accepted, MODEL))
                .satisfies(e -> assertThat(e.error().code()).isEqualTo("object_not_allowed"));
    }

    // ---- parameters -----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({
        "MaxOutputTokens, -1",
        "MaxOutputTokens, many",
        "MaxOutputTokens, 4e3",
        "AllowHostedTools, yes",
        "AllowOperatorObjects, True"
    })
    void wrongParameterIsNamed(String name, String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RequestPolicy.of(Map.of(name, value)))
                .withMessageStartingWith(name + ": give ");
    }

    @Test
    void emptyParameterHasItsDefault() {
        var empty = Map.of(
                "AllowedModels", "",
                "AllowedServiceTiers", " ",
                "MaxOutputTokens", "",
                "AllowHostedTools", "",
                "AllowOperatorObjects", "");

        assertThat(RequestPolicy.of(empty)).isEqualTo(RequestPolicy.DEFAULT);
    }

    private static void assertAllowed(RequestPolicy policy, String fields) {
        assertThatNoException().isThrownBy(() -> policy.check(request(fields), MODEL));
    }

    private static void assertRefused(RequestPolicy policy, String fields, String code, String param)
            throws ApiException {
        var error = refusal(policy, fields);
        assertThat(error.code()).isEqualTo(code);
        assertThat(error.param()).isEqualTo(param);
        assertThat(error.message()).contains("'" + param + "'");
        if (code.endsWith("_allowed")) {
            assertThat(error.status()).isEqualTo(403);
            assertThat(error.message()).contains("The operator can allow ").contains("the parameter Allow");
        } else {
            assertThat(error.status()).isEqualTo(400);
        }
    }

    private static ApiError refusal(RequestPolicy policy, String fields) throws ApiException {
        var request = request(fields);
        var before = request.body().deepCopy();
        var errors = new ApiError[1];
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> policy.check(request, MODEL))
                .satisfies(e -> errors[0] = e.error());
        assertThat(request.body()).as("the request is not changed").isEqualTo(before);
        return errors[0];
    }

    private static CreateRequest request(String fields) throws ApiException {
        return CreateRequest.of(
                Json.findObjectFromClient("{" + fields.replace('\'', '"') + "}").orElseThrow());
    }
}
