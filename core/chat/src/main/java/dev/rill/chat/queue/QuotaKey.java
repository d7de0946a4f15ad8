package dev.rill.chat.queue;

import dev.rill.chat.socket.Subject;
import java.util.Optional;

/**
 * Whose responses are counted together: a subject's. Where nobody is authenticated everybody is one subject; there each
 * socket counts for itself, so that one noisy client does not stop the others.
 */
public record QuotaKey(String value) {

    public QuotaKey {
        if (value.isBlank()) {
            throw new IllegalArgumentException("a group is not blank");
        }
    }

    /**
     * The group of a subject.
     *
     * @param place what tells nameless clients apart: a connection's id, or an address
     */
    public static QuotaKey of(Subject subject, Optional<String> place) {
        return subject.equals(Subject.ANONYMOUS)
                ? new QuotaKey(place.map(where -> "anonymous " + where).orElse(subject.value()))
                : new QuotaKey(subject.value());
    }
}
