package dev.rill.auth;

import java.time.Instant;
import java.util.Optional;

/**
 * Port: the store of one-time tickets, which are stored as hashes. What an adapter throws means that the store can't be
 * reached. Safe for use by many threads.
 */
public interface Tickets {

    /**
     * Stores a ticket.
     *
     * @param expiresAt in whole milliseconds; the first instant at which the ticket is unknown
     */
    void issue(TicketHash ticket, Grant grant, Instant expiresAt);

    /**
     * Takes a ticket out of the store. Of several calls, also at the same instant and on several machines, one gets the
     * grant.
     *
     * @return empty if there is no such ticket, if it was redeemed before, or if it has expired
     */
    Optional<Grant> redeem(TicketHash ticket);
}
