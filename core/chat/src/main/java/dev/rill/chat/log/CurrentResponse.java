package dev.rill.chat.log;

import dev.rill.chat.protocol.ResponseId;
import java.util.Optional;

/**
 * The response that a chat is at. It may have ended, expired or been deleted.
 *
 * @param continuedMessage the id of the client's message that the response continues; empty if it is a message of its
 *     own
 */
public record CurrentResponse(ResponseId id, Optional<String> continuedMessage) {}
