package dev.rill.auth;

import dev.rill.chat.socket.Grant;
import java.util.Optional;

/**
 * Port: takes one-time tickets out of their store. What an adapter throws means that the store can't be reached. Safe
 * for use by many threads.
 */
@FunctionalInterface
public interface TicketRedeemer {

    /** Knows no ticket: for a function that takes keys and tokens alone. */
    TicketRedeemer NONE = _ -> Optional.empty();

    /**
     * Takes a ticket out of the store. Of several calls, also at the same instant and on several machines, one gets the
     * grant.
     *
     * @return empty if there is no such ticket, if it was redeemed before, or if it has expired
     */
    Optional<Grant> redeem(TicketHash ticket);
}
