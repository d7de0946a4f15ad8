package dev.rill.chat.uimessages;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * How the message of a stream begins.
 *
 * @param continuedMessage the id of the message that the answer continues; empty if the answer is a message of its own,
 *     whose id is that of the response
 * @param earlierSteps the chunks of the message's earlier steps; empty if the page has them
 */
public record Beginning(Optional<String> continuedMessage, String earlierSteps) {

    /** For a page that has sent a request. It has the message that it wants to be continued. */
    public static Beginning ofRequest(UiChatRequest request) {
        return new Beginning(request.continuedMessage(), "");
    }

    /**
     * For a page that resumes a stream. It drops what it has of the message at the first chunk, so all of it is sent.
     *
     * @param request the body of the response's request
     */
    public static Beginning ofResumption(Optional<String> continuedMessage, JsonNode request) {
        return new Beginning(
                continuedMessage, continuedMessage.isEmpty() ? "" : EarlierSteps.of(request.path("input")));
    }

    String chunks(String responseId) {
        var start = UiChunks.chunk("start").put("messageId", continuedMessage.orElse(responseId));
        return UiChunks.of(start) + earlierSteps;
    }
}
