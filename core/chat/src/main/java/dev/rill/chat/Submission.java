package dev.rill.chat;

import dev.rill.chat.log.Owner;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.Subject;
import java.util.Optional;

/**
 * A request with its client.
 *
 * @param socket the socket of the request; empty over HTTP
 * @param quotaKey the key with which the response is counted
 * @param limits of the client for this request
 * @param key the idempotency key; empty if the client sent none
 */
public record Submission(
        CreateRequest request,
        Subject subject,
        Optional<ClientSocket> socket,
        QuotaKey quotaKey,
        Limits limits,
        Optional<IdempotencyKey> key) {

    /** A submission without limits. */
    public Submission(
            CreateRequest request,
            Subject subject,
            Optional<ClientSocket> socket,
            QuotaKey quotaKey,
            Optional<IdempotencyKey> key) {
        this(request, subject, socket, quotaKey, Limits.NONE, key);
    }

    /** Returns the owner of the response. */
    Owner owner() {
        return new Owner(subject, quotaKey, socket.map(ClientSocket::connection), socket.flatMap(ClientSocket::stream));
    }
}
