package dev.rill.chat.uimessages;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
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
        CreateRequest request, Optional<String> chatId, Optional<String> continuedMessage, ItemPaths paths) {

    /** The number of characters that the id of a chat has at most, and that a message's id has where it is used. */
    public static final int MAX_ID = 256;

    /**
     * Decodes the body of {@code POST /api/chat}. Of the fields that a page adds, those that Open Responses defines are
     * taken and the others are ignored: a page may send anything to its own server.
     *
     * @throws ApiException that names the first field, by its name in the body, that is missing or invalid
     */
    public static UiChatRequest of(ObjectNode body) throws ApiException {
        return new UiRequestDecoder(body).decode();
    }
}
