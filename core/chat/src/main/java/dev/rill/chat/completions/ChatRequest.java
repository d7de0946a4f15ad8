package dev.rill.chat.completions;

import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.FieldPaths;

/**
 * A request of Chat Completions, decoded.
 *
 * @param request asks for the same in Open Responses; its response is not stored unless the client asks for that
 * @param usageAsked whether the last chunk of a stream has the usage, by {@code stream_options.include_usage}
 * @param paths the client's names of the fields of {@code request}, for errors
 * @see <a href="https://platform.openai.com/docs/api-reference/chat/create">OpenAI, create chat completion</a>
 */
public record ChatRequest(CreateRequest request, boolean usageAsked, FieldPaths paths) {}
