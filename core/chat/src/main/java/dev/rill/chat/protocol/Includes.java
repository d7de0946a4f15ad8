package dev.rill.chat.protocol;

import java.util.List;

/**
 * The values of {@code include}: those of Open Responses and OpenAI's further ones. They are passed to the model's
 * server.
 *
 * @see <a href="https://www.openresponses.org/specification">Open Responses, IncludeEnum</a>
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">OpenAI, include</a>
 */
public final class Includes {

    /** The encrypted form of reasoning, with which a client continues a conversation that is not stored. */
    public static final String ENCRYPTED_REASONING = "reasoning.encrypted_content";

    private static final List<String> VALUES = List.of(
            ENCRYPTED_REASONING,
            "message.output_text.logprobs",
            "message.input_image.image_url",
            "file_search_call.results",
            "web_search_call.results",
            "web_search_call.action.sources",
            "computer_call_output.output.image_url",
            "code_interpreter_call.outputs");

    /** The longest piece of an unknown value that an error repeats, in characters. */
    private static final int MAX_QUOTED = 64;

    private Includes() {}

    /**
     * Requires that a value is known.
     *
     * @param param where it is, for the error
     * @throws ApiException that names the value
     */
    public static void require(String value, String param) throws ApiException {
        if (!VALUES.contains(value)) {
            var quoted = value.length() <= MAX_QUOTED ? value : WellFormed.of(value.substring(0, MAX_QUOTED)) + "...";
            throw ApiException.invalidValue(
                    param, "'" + quoted + "' can't be included; known are " + String.join(", ", VALUES));
        }
    }
}
