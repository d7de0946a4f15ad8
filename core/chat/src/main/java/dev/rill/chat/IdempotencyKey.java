package dev.rill.chat;

import dev.rill.chat.socket.Subject;
import java.util.Optional;

/**
 * A client's identifier of a request, so that a repeat of the request does not create a second response: the
 * {@code event_id} on a socket, the {@code Idempotency-Key} header over HTTP. The same scope, value and request body
 * denote the same response.
 *
 * @param scope the scope in which the value is unique; clients of different scopes may use the same value
 * @param value as the client sent it
 */
public record IdempotencyKey(String scope, String value) {

    /**
     * Creates a key in the scope of its subject. Without authentication all clients are one subject; then the scope is
     * the network address: a repeat on a new socket still matches, and a request of another client does not.
     *
     * @param address the client's network address as the gateway reports it; empty if it is not known
     */
    public static IdempotencyKey of(Subject subject, Optional<String> address, String value) {
        var scope = subject.equals(Subject.ANONYMOUS)
                ? address.map(from -> subject.value() + ' ' + from).orElse(subject.value())
                : subject.value();
        return new IdempotencyKey(scope, value);
    }
}
