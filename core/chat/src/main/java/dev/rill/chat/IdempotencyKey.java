package dev.rill.chat;

import dev.rill.chat.socket.Subject;
import java.util.Optional;

/**
 * A client's own name for a request, which makes a repeat of it harmless: an {@code event_id} on a socket, an
 * {@code Idempotency-Key} over HTTP. The same scope, value and request body stand for the same response.
 *
 * @param scope within which the value is unique: two clients of different scopes may use the same value
 * @param value as the client sent it
 */
public record IdempotencyKey(String scope, String value) {

    /**
     * A key in the scope of its subject. Where the deployment authenticates no client, all are one subject, and the
     * scope is the address that the request came from: a repeat on a new socket still matches, and a stranger's does
     * not.
     *
     * @param address the client's network address as the gateway saw it; empty where it is not known
     */
    public static IdempotencyKey of(Subject subject, Optional<String> address, String value) {
        var scope = subject.equals(Subject.ANONYMOUS)
                ? address.map(from -> subject.value() + ' ' + from).orElse(subject.value())
                : subject.value();
        return new IdempotencyKey(scope, value);
    }
}
