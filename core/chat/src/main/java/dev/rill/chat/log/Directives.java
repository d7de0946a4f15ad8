package dev.rill.chat.log;

import java.time.Instant;

/**
 * Requests of other functions to the attempt that answers a response. By default the attempt reads them every 500 ms.
 *
 * @param cancelRequested whether a client of the response's subject has cancelled it
 * @param followedUntil the instant until which an HTTP follower counts as present; {@link Instant#EPOCH} if there is
 *     none
 * @param subscriptions the sockets that are to be sent the events
 */
public record Directives(boolean cancelRequested, Instant followedUntil, Subscriptions subscriptions) {

    /** Directives without a cancel request and without a follower. */
    public static Directives of(Subscriptions subscriptions) {
        return new Directives(false, Instant.EPOCH, subscriptions);
    }
}
