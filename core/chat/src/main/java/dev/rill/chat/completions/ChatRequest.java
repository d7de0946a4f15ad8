package dev.rill.chat.completions;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;

/**
 * A request of Chat Completions, decoded.
 *
 * @param request asks for the same in Open Responses; its response is not stored unless the client asks for that
 * @param usageAsked whether the last chunk of a stream has the usage, by {@code stream_options.include_usage}
 * @param paths the client's names of the fields of {@code request}, for errors
 * @see <a href="https://platform.openai.com/docs/api-reference/chat/create">OpenAI, create chat completion</a>
 */
public record ChatRequest(CreateRequest request, boolean usageAsked, FieldPaths paths) {

    /**
     * Decodes the body of {@code POST /v1/chat/completions}. Fields that neither protocol defines are kept, because the
     * model's server may know them.
     *
     * @throws ApiException that names the first field, by its name in Chat Completions, that is missing or invalid, or
     *     that Open Responses can't express
     */
    public static ChatRequest of(ObjectNode body) throws ApiException {
        return new RequestDecoder(body).decode();
    }
}
