package dev.rill.auth;

import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * A ticket: {@code ticket_} and 43 characters of base64url, which are 256 random bits. It is good for one handshake
 * within 60 s, so it may stand in a URL. {@link #toString} does not show it.
 */
public final class Ticket {

    private static final String PREFIX = "ticket_";
    private static final Pattern FORM = Secrets.form(PREFIX);

    private final String secret;

    private Ticket(String secret) {
        this.secret = secret;
    }

    /**
     * Creates a new ticket.
     *
     * @param random a cryptographically strong source, such as {@code SecureRandom}
     */
    public static Ticket random(RandomGenerator random) {
        return new Ticket(Secrets.random(PREFIX, random));
    }

    /** Parses a ticket; empty if the text does not have the form of one. */
    public static Optional<Ticket> parse(String text) {
        return FORM.matcher(text).matches() ? Optional.of(new Ticket(text)) : Optional.empty();
    }

    /** The ticket itself, for the client. Never log it. */
    public String secret() {
        return secret;
    }

    /** What is stored of the ticket. */
    public TicketHash hash() {
        return new TicketHash(Secrets.hash(secret));
    }

    /** A text without the secret. */
    @Override
    public String toString() {
        return PREFIX + "...";
    }
}
