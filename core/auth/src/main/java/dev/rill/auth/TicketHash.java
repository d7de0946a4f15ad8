package dev.rill.auth;

/** SHA-256 of a ticket, as 64 lower-case hexadecimal digits. */
public record TicketHash(String hex) {

    /** @throws IllegalArgumentException if the text is not a hash */
    public TicketHash {
        Secrets.checkHash(hex);
    }
}
