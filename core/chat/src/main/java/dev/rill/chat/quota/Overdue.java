package dev.rill.chat.quota;

import dev.rill.chat.protocol.ResponseId;
import java.time.Instant;

/**
 * A response whose reservation seems abandoned.
 *
 * @param reservationId of the reservation
 * @param until as the account has it
 */
public record Overdue(ResponseId id, String reservationId, Instant until) {}
