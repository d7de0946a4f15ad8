package dev.rill.chat.log;

import java.time.Instant;

/**
 * What others want of a response while it is answered; its attempt reads this twice a second.
 *
 * @param cancelRequested somebody whose response it is wants it stopped
 * @param followedUntil until when a reader without a socket counts as present; {@link Instant#EPOCH} where there is
 *     none
 */
public record Directives(boolean cancelRequested, Instant followedUntil, Subscriptions subscriptions) {

    /** Nothing is wanted yet. */
    public static Directives of(Subscriptions subscriptions) {
        return new Directives(false, Instant.EPOCH, subscriptions);
    }
}
