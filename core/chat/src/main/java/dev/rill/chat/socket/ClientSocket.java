package dev.rill.chat.socket;

import dev.rill.chat.protocol.Subprotocol;

/** A client's socket: the connection by which it is reached, and its protocol. */
public record ClientSocket(ConnectionId connection, Subprotocol subprotocol) {

    /** A socket that has agreed on no protocol that Rill knows: {@link Subprotocol#OTHER}. */
    public static ClientSocket of(ConnectionId connection) {
        return new ClientSocket(connection, Subprotocol.OTHER);
    }
}
