package dev.rill.auth;

import dev.rill.chat.socket.Grant;
import java.time.Instant;

/**
 * Port: stores one-time tickets, as hashes. What an adapter throws means that the store can't be reached. Safe for use
 * by many threads.
 */
@FunctionalInterface
public interface TicketWriter {

    /**
     * Stores a ticket.
     *
     * @param grant its instant is in whole milliseconds
     * @param expiresAt in whole milliseconds; the first instant at which the ticket is unknown
     */
    void issue(TicketHash ticket, Grant grant, Instant expiresAt);
}
