package dev.rill.chat.socket;

import dev.rill.chat.protocol.Subprotocol;
import java.time.Instant;

/**
 * A WebSocket connection and its authenticated user.
 *
 * @param grant what the socket was let in by; a renewal replaces it
 * @param expiresAt the latest instant at which the gateway closes the connection, even if {@code $disconnect} is lost
 */
public record Connection(
        ConnectionId id, Grant grant, Subprotocol subprotocol, Instant connectedAt, Instant expiresAt) {

    public Subject subject() {
        return grant.subject();
    }

    /** The socket of this connection. */
    public ClientSocket socket() {
        return new ClientSocket(id, subprotocol);
    }
}
