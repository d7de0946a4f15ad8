package dev.rill.chat.log;

import java.time.Instant;

/**
 * The right of one attempt to append to the log, until an instant, and to send events before they are in the log, up to
 * a sequence number.
 *
 * @param attempt the number of the attempt, from 1; 0 if there was none yet
 * @param until the end of the lease; {@link Instant#EPOCH} if there was no attempt yet
 * @param reservedThrough the greatest sequence number that an attempt may have sent before it was logged
 */
public record Lease(int attempt, Instant until, long reservedThrough) {

    /** The lease of a response that no attempt has claimed yet. */
    public static Lease unclaimed(long reservedThrough) {
        return new Lease(0, Instant.EPOCH, reservedThrough);
    }

    /** Returns the lease of the next attempt. It keeps the reservation: the earlier attempt may have used it. */
    public Lease next(Instant newUntil) {
        return new Lease(attempt + 1, newUntil, reservedThrough);
    }
}
