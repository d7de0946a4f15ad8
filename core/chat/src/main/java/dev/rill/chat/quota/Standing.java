package dev.rill.chat.quota;

import java.time.Instant;
import java.util.Optional;

/**
 * What a client has left, after its request.
 *
 * @param requests of the minute; empty without a limit
 * @param tokens of the day or the month, whichever has less left; empty without a limit
 */
public record Standing(Optional<Allowance> requests, Optional<Allowance> tokens) {

    /** Without limits. */
    public static final Standing UNLIMITED = new Standing(Optional.empty(), Optional.empty());

    /**
     * What is left of one limit.
     *
     * @param resetsAt when the period ends
     */
    public record Allowance(long limit, long remaining, Instant resetsAt) {}
}
