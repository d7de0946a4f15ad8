package dev.rill.chat.uimessages;

import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.FieldPaths;
import java.util.Optional;

/**
 * A request of {@code useChat}, decoded.
 *
 * @param request asks for the same in Open Responses, streamed; its response is not stored unless the page asks for
 *     that, because the page holds the conversation
 * @param chatId names the chat; empty if the page has named none
 * @param continuedMessage the id of the assistant's message that the answer continues, because a page adds what comes
 *     after the outputs of its tools to the message with the calls; empty if the answer is a message of its own
 * @param paths the client's names of the items of {@code request}, for errors
 * @see <a href="https://ai-sdk.dev/docs/ai-sdk-ui/transport">AI SDK, transport</a>
 */
public record UiChatRequest(
        CreateRequest request, Optional<String> chatId, Optional<String> continuedMessage, FieldPaths paths) {

    /** The number of characters that the id of a chat has at most, and that a message's id has where it is used. */
    public static final int MAX_ID = 256;
}
