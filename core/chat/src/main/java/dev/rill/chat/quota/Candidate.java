package dev.rill.chat.quota;

import dev.rill.chat.protocol.ResponseId;
import java.time.Instant;

/**
 * A request that asks for a place.
 *
 * @param reservationId of the reservation that it gets
 * @param until when its place and its reservation may be taken for abandoned, in case the response is not created
 */
public record Candidate(
        QuotaKey quotaKey, ResponseId id, String reservationId, Instant until, Limits limits, Demand demand) {}
