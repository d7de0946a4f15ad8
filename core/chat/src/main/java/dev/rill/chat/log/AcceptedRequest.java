package dev.rill.chat.log;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.quota.Reservation;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * What was fixed when a request was accepted.
 *
 * @param body the validated body of the request; must not be modified
 * @param terms what the operator grants
 * @param createdAt when the request was accepted
 * @param expiresAt when the log deletes the response
 */
public record AcceptedRequest(ObjectNode body, Terms terms, Execution execution, Instant createdAt, Instant expiresAt) {

    /** A request without limits. */
    public AcceptedRequest(ObjectNode body, Execution execution, Instant createdAt, Instant expiresAt) {
        this(body, Terms.NONE, execution, createdAt, expiresAt);
    }

    /** Returns a copy with a reservation. */
    public AcceptedRequest with(Reservation reservation) {
        return new AcceptedRequest(body, terms.with(reservation), execution, createdAt, expiresAt);
    }

    /** Returns the {@code max_output_tokens} of the client; empty if it names none. */
    public OptionalLong askedOutputTokens() {
        var asked = body.path("max_output_tokens");
        return asked.canConvertToLong() ? OptionalLong.of(asked.longValue()) : OptionalLong.empty();
    }

    /** Returns the {@code max_output_tokens} that the model is given; empty for none. */
    public OptionalLong outputCeiling() {
        return terms.outputCeiling(askedOutputTokens());
    }

    /** Whether an answer that ends at the ceiling ends because of the budget. */
    public boolean isCutByReservation() {
        return terms.isCutByReservation(askedOutputTokens());
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
