package dev.rill.auth;

import dev.rill.chat.socket.Grant;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.random.RandomGenerator;

/** Creates tickets. Safe for use by many threads if its source of randomness is. */
public final class TicketIssuer {

    /** For how long a ticket is good. */
    public static final Duration LIFE = Duration.ofSeconds(60);

    private final TicketWriter tickets;
    private final RandomGenerator random;
    private final InstantSource clock;

    /**
     * Makes an issuer.
     *
     * @param random a cryptographically strong source, such as {@code SecureRandom}
     */
    public TicketIssuer(TicketWriter tickets, RandomGenerator random, InstantSource clock) {
        this.tickets = tickets;
        this.random = random;
        this.clock = clock;
    }

    /** A ticket, and the first instant at which it is refused, in whole milliseconds. */
    public record Issued(Ticket ticket, Instant expiresAt) {}

    /** Creates and stores a random ticket for one handshake within 60 s. */
    public Issued issue(Grant grant) {
        var ticket = Ticket.random(random);
        var expiresAt = clock.instant().truncatedTo(ChronoUnit.MILLIS).plus(LIFE);
        tickets.issue(ticket.hash(), grant, expiresAt);
        return new Issued(ticket, expiresAt);
    }
}
