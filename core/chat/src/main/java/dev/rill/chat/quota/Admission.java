package dev.rill.chat.quota;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The outcome of a request for a place. */
public sealed interface Admission {

    /** Returns responses whose reservation seems abandoned, at most {@value Account#MAX_OVERDUE}; may be incomplete. */
    List<Overdue> overdue();

    /**
     * The response has a place.
     *
     * @param reservation the one it has got, or had already
     */
    record Admitted(Reservation reservation, Standing standing, List<Overdue> overdue) implements Admission {}

    /**
     * A limit is reached.
     *
     * @param retryAt when the limit's period ends; empty if responses have to end first
     */
    record Refused(Limit limit, Optional<Instant> retryAt, Standing standing, List<Overdue> overdue)
            implements Admission {}
}
