package dev.rill.chat.socket;

import dev.rill.chat.protocol.Subprotocol;
import java.time.Instant;

/**
 * A WebSocket connection and its authenticated user.
 *
 * @param expiresAt the latest instant at which the gateway closes the connection, even if {@code $disconnect} is lost
 */
public record Connection(
        ConnectionId id, Subject subject, Subprotocol subprotocol, Instant connectedAt, Instant expiresAt) {

    /** The socket of this connection. */
    public ClientSocket socket() {
        return new ClientSocket(id, subprotocol);
    }
}
