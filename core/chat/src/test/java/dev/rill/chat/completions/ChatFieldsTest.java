package dev.rill.chat.completions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the operator does not allow is named by the client's own field. */
@Timeout(20)
class ChatFieldsTest {

    private static final String MESSAGES = "'messages':[{'role':'user','content':'hi'}],";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'model':'big'                                                       | model",
                "'max_tokens':11                                                     | max_tokens",
                "'max_completion_tokens':11                                          | max_completion_tokens",
                "'service_tier':'priority'                                           | service_tier",
                "'tools':[{'type':'function','function':{'name':'f'}},{'type':'web_search'}] | tools[1].type",
                "'tool_choice':{'type':'mcp'}                                        | tool_choice.type"
            })
    void fieldOfTheRequestIsNamedAsTheClientDoes(String fields, String param) throws Exception {
        assertRefused(MESSAGES + fields, param);
    }

    @Test
    void fileIsNamedWhereTheClientHasPutIt() throws Exception {
        assertRefused(
                "'messages':[{'role':'assistant','content':'a','tool_calls':[{'id':'c','function':{'name':'f','arguments':''}}]},"
                        + "{'role':'user','content':[{'type':'text','text':'t'},{'type':'file','file':{'file_id':'file-1'}}]}]",
                "messages[1].content[1].file.file_id");
    }

    @ParameterizedTest
    @CsvSource({
        "input[1].output, messages[2].output",
        "input[0], messages[0].tool_calls[0]",
        "input[7].x, messages",
        "text.format.schema, response_format",
        "include, logprobs",
        "user, user"
    })
    void pathIsTranslated(String decoded, String own) {
        var paths = ChatFields.paths("max_tokens", List.of("messages[0].tool_calls[0]", "messages[2]"));

        var error = paths.inTermsOfClient(
                new ApiError(400, "c", "Wrong: '" + decoded + "'.", decoded, Map.of("retry-after", "1")));

        assertThat(error).isEqualTo(new ApiError(400, "c", "Wrong: '" + own + "'.", own, Map.of("retry-after", "1")));
    }

    @Test
    void errorWithoutAFieldStaysAsItIs() {
        var error = new ApiError(429, "too_many_requests", "'input'", null);

        assertThat(ChatFields.paths("max_tokens", List.of()).inTermsOfClient(error))
                .isEqualTo(error);
    }

    private static void assertRefused(String fields, String param) throws Exception {
        var asked = RequestDecoder.decode(
                Json.findObjectFromClient("{" + fields.replace('\'', '"') + "}").orElseThrow());
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(
                        () -> RequestPolicy.of(Map.of("MaxOutputTokens", "10")).check(asked.request(), "small"))
                .satisfies(refused -> {
                    var error = asked.paths().inTermsOfClient(refused).error();
                    assertThat(error.param()).isEqualTo(param);
                    assertThat(error.message()).contains("'" + param + "'");
                });
    }
}
