package dev.rill.auth.memory;

import dev.rill.auth.TicketHash;
import dev.rill.auth.TicketRedeemer;
import dev.rill.auth.TicketWriter;
import dev.rill.chat.socket.Grant;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@link TicketWriter} and {@link TicketRedeemer} in memory, for tests within one process. Safe for use by many
 * threads.
 */
public final class InMemoryTickets implements TicketWriter, TicketRedeemer {

    private final ConcurrentHashMap<TicketHash, Issued> tickets = new ConcurrentHashMap<>();
    private final InstantSource clock;

    public InMemoryTickets(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public void issue(TicketHash ticket, Grant grant, Instant expiresAt) {
        tickets.put(ticket, new Issued(grant, expiresAt));
    }

    @Override
    public Optional<Grant> redeem(TicketHash ticket) {
        return Optional.ofNullable(tickets.remove(ticket))
                .filter(issued -> clock.instant().isBefore(issued.expiresAt()))
                .map(Issued::grant);
    }

    private record Issued(Grant grant, Instant expiresAt) {}
}
