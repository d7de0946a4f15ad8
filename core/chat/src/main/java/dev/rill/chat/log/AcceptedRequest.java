package dev.rill.chat.log;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.OptionalInt;

/**
 * What was fixed when a request was accepted.
 *
 * @param body the validated body of the request; must not be modified
 * @param outputTokenLimit the {@code max_output_tokens} that the model is given although the body has none; empty if
 *     the model is given what the body has
 * @param createdAt when the request was accepted
 * @param expiresAt when the log deletes the response
 */
public record AcceptedRequest(
        ObjectNode body, OptionalInt outputTokenLimit, Execution execution, Instant createdAt, Instant expiresAt) {

    /** A request whose body alone says what the model is asked. */
    public AcceptedRequest(ObjectNode body, Execution execution, Instant createdAt, Instant expiresAt) {
        this(body, OptionalInt.empty(), execution, createdAt, expiresAt);
    }

    /** Whether the response is answered even if no client reads it. */
    public boolean background() {
        return body.path("background").asBoolean(false);
    }

    /** Whether its subject may read and continue the response after it has ended. */
    public boolean stored() {
        return body.path("store").asBoolean(true);
    }
}
