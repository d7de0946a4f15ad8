package dev.rill.chat.log;

import dev.rill.chat.protocol.Status;
import dev.rill.chat.quota.Booking;

/**
 * How far the answer to a response has come.
 *
 * @param lease the lease of the newest attempt
 * @param lastSequence the sequence number of the newest logged event; -1 if the log is empty
 * @param booking the tokens that it has used: an estimate as of the newest append while it runs, which the next attempt
 *     goes on from
 */
public record Progress(Status status, Lease lease, long lastSequence, Booking booking) {

    /** The progress of a response for which nothing is booked. */
    public Progress(Status status, Lease lease, long lastSequence) {
        this(status, lease, lastSequence, Booking.ZERO);
    }

    /** The progress of a queued response before it is in the log. */
    public static Progress queued(long reservedThrough) {
        return new Progress(Status.QUEUED, Lease.unclaimed(reservedThrough), -1);
    }

    /** Returns the progress with another lease. */
    public Progress with(Lease newLease) {
        return new Progress(status, newLease, lastSequence, booking);
    }

    /** Returns the progress with another newest event. */
    public Progress at(long newLastSequence) {
        return new Progress(status, lease, newLastSequence, booking);
    }
}
