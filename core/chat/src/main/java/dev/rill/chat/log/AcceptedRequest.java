package dev.rill.chat.log;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * What was fixed when a request was accepted.
 *
 * @param body the validated body of the request; must not be modified
 * @param createdAt when the request was accepted
 * @param expiresAt when the log deletes the response
 */
public record AcceptedRequest(ObjectNode body, Execution execution, Instant createdAt, Instant expiresAt) {

    /** Whether the response is answered even if no client reads it. */
    public boolean background() {
        return body.path("background").asBoolean(false);
    }

    /** Whether its subject may read and continue the response after it has ended. */
    public boolean stored() {
        return body.path("store").asBoolean(true);
    }
}
