package dev.rill.chat.quota;

import java.util.OptionalLong;

/**
 * The tokens that are held for a response from its acceptance until it is settled.
 *
 * @param id distinguishes it from another reservation for the same response: of two requests with the same idempotency
 *     key, the response has the reservation of the one that created it, and the other one's is never booked
 * @param inputTokens the estimated input
 * @param outputTokens the ceiling that the model is given; empty if no limit of tokens applies
 */
public record Reservation(String id, long inputTokens, OptionalLong outputTokens) {

    /** Returns the tokens that are held. */
    public long tokens() {
        return inputTokens + outputTokens.orElse(0);
    }
}
