package dev.rill.chat;

import dev.rill.chat.log.Owner;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.queue.QuotaKey;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.Subject;
import java.util.Optional;

/**
 * A request with its client.
 *
 * @param socket the socket of the request; empty over HTTP
 * @param quotaKey the key with which the response is counted
 * @param key the idempotency key; empty if the client sent none
 */
public record Submission(
        CreateRequest request,
        Subject subject,
        Optional<ClientSocket> socket,
        QuotaKey quotaKey,
        Optional<IdempotencyKey> key) {

    /** Returns the owner of the response. */
    Owner owner() {
        return new Owner(subject, quotaKey, socket.map(ClientSocket::connection));
    }
}
