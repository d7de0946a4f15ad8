package dev.rill.chat.quota;

import dev.rill.chat.socket.Subject;
import java.util.Optional;

/**
 * The responses with the same key are counted together, and the queue is fair between keys. The key of an authenticated
 * subject is the subject. Without authentication all clients are one subject; then each socket or address has a key of
 * its own, so that one busy client does not block the other clients.
 */
public record QuotaKey(String value) {

    private static final String ANONYMOUS = Subject.ANONYMOUS.value();

    /** A key that no client has: functions name it while they prime themselves for a snapshot. */
    public static final QuotaKey PRIMING = new QuotaKey("snapshot-priming");

    public QuotaKey {
        if (value.isBlank()) {
            throw new IllegalArgumentException("a quota key must not be blank");
        }
    }

    /**
     * Returns the key of a subject.
     *
     * @param origin what distinguishes anonymous clients: a connection id or a network address; empty if it is not
     *     known
     */
    public static QuotaKey of(Subject subject, Optional<String> origin) {
        return subject.equals(Subject.ANONYMOUS)
                ? new QuotaKey(origin.map(value -> ANONYMOUS + " " + value).orElse(ANONYMOUS))
                : new QuotaKey(subject.value());
    }

    /** Whether it is of a client without a subject of its own: of a socket or an address. */
    public boolean anonymous() {
        return value.equals(ANONYMOUS) || value.startsWith(ANONYMOUS + " ");
    }
}
