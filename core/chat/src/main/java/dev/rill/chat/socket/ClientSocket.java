package dev.rill.chat.socket;

import dev.rill.chat.protocol.Subprotocol;

/** A client's socket: where it is reached, and what it speaks. */
public record ClientSocket(ConnectionId connection, Subprotocol subprotocol) {

    /** A socket that has agreed on no protocol that Rill knows. */
    public static ClientSocket of(ConnectionId connection) {
        return new ClientSocket(connection, Subprotocol.OTHER);
    }
}
