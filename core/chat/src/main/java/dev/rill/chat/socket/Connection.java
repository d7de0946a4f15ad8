package dev.rill.chat.socket;

import dev.rill.chat.protocol.Subprotocol;
import java.time.Instant;
import java.util.Optional;

/**
 * A WebSocket connection and its authenticated user.
 *
 * @param grant what the socket was let in by; a renewal replaces it
 * @param viewerAddress the client's IP address if the handshake came through the deployment's domain; empty if the
 *     gateway saw the address itself
 * @param expiresAt the latest instant at which the gateway closes the connection, even if {@code $disconnect} is lost
 */
public record Connection(
        ConnectionId id,
        Grant grant,
        Subprotocol subprotocol,
        Optional<String> viewerAddress,
        Instant connectedAt,
        Instant expiresAt) {

    /** A connection whose client's address the gateway saw. */
    public Connection(ConnectionId id, Grant grant, Subprotocol subprotocol, Instant connectedAt, Instant expiresAt) {
        this(id, grant, subprotocol, Optional.empty(), connectedAt, expiresAt);
    }

    public Subject subject() {
        return grant.subject();
    }

    /** The socket of this connection. */
    public ClientSocket socket() {
        return new ClientSocket(id, subprotocol);
    }
}
