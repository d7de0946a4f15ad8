package dev.rill.chat.socket;

import dev.rill.chat.protocol.Subprotocol;
import java.time.Instant;

/**
 * A socket and who is on it.
 *
 * @param expiresAt when the gateway has closed it at the latest, whether or not it told
 */
public record Connection(
        ConnectionId id, Subject subject, Subprotocol subprotocol, Instant connectedAt, Instant expiresAt) {

    /** Where it is reached, and what it speaks. */
    public ClientSocket socket() {
        return new ClientSocket(id, subprotocol);
    }
}
