package dev.rill.chat.log;

import dev.rill.chat.queue.Task;
import java.time.Instant;
import java.util.Optional;

/**
 * The right of one attempt to append to the log, until an instant, and to send events before they are in the log, up to
 * a sequence number.
 *
 * @param attempt the number of the attempt, from 1; 0 if there was none yet
 * @param until the end of the lease; {@link Instant#EPOCH} if there was no attempt yet
 * @param reservedThrough the greatest sequence number that an attempt may have sent before it was logged
 * @param restarts how often attempts have begun their output anew with another model, over all attempts. Their numbers
 *     are taken by the time they are announced; never decreases
 * @param task the kind of the task by which the attempt was started; empty if a request started it, such as an answer
 *     over HTTP or a cancel. Set by the claim, and never changed
 */
public record Lease(int attempt, Instant until, long reservedThrough, int restarts, Optional<Task.Kind> task) {

    /** A lease under which no output was begun anew. */
    public Lease(int attempt, Instant until, long reservedThrough, Optional<Task.Kind> task) {
        this(attempt, until, reservedThrough, 0, task);
    }

    /** A lease of an attempt that a request has started. */
    public Lease(int attempt, Instant until, long reservedThrough) {
        this(attempt, until, reservedThrough, Optional.empty());
    }

    /** The lease of a response that no attempt has claimed yet. */
    public static Lease unclaimed(long reservedThrough) {
        return new Lease(0, Instant.EPOCH, reservedThrough);
    }

    /** Returns the lease of the next attempt. It keeps the reservation: the earlier attempt may have used it. */
    public Lease next(Instant newUntil, Optional<Task.Kind> newTask) {
        return new Lease(attempt + 1, newUntil, reservedThrough, restarts, newTask);
    }

    /**
     * Returns the number that {@code rill:response.restarted} announces: each attempt and each restart within an
     * attempt has the next one, so that no two of them are announced by the same number.
     */
    public int announced() {
        return attempt + restarts;
    }
}
