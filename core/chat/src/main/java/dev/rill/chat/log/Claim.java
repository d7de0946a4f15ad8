package dev.rill.chat.log;

import dev.rill.chat.protocol.Status;
import java.time.Instant;

/** What came of asking for the lease of a response. */
public sealed interface Claim {

    /** The lease is the caller's, as {@code header.attempt()}, until {@code header.leaseUntil()}. */
    record Granted(ResponseHeader header) implements Claim {}

    /** Another attempt holds it until then. */
    record Held(Instant until, Execution execution) implements Claim {}

    /**
     * There is nothing left to answer.
     *
     * @param subscriptions how far the sockets had come before its last events; whether they were sent those, the log
     *     does not know
     */
    record Ended(Status status, Subscriptions subscriptions) implements Claim {}

    /** No such response: it has expired, or never was. */
    record Unknown() implements Claim {}
}
