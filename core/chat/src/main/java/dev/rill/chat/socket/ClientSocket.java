package dev.rill.chat.socket;

import dev.rill.chat.protocol.StreamId;
import dev.rill.chat.protocol.Subprotocol;
import java.util.Optional;

/**
 * A client's socket as one request uses it.
 *
 * @param connection by which it is reached
 * @param subprotocol of the socket
 * @param stream the {@code stream_id} of the request, which every message about its response repeats; empty if it has
 *     none
 */
public record ClientSocket(ConnectionId connection, Subprotocol subprotocol, Optional<StreamId> stream) {

    /** A socket whose request has no {@code stream_id}. */
    public ClientSocket(ConnectionId connection, Subprotocol subprotocol) {
        this(connection, subprotocol, Optional.empty());
    }

    /** A socket that has agreed on no protocol that Rill knows: {@link Subprotocol#OTHER}. */
    public static ClientSocket of(ConnectionId connection) {
        return new ClientSocket(connection, Subprotocol.OTHER);
    }

    /** Returns the socket as a request with this {@code stream_id} uses it. */
    public ClientSocket with(Optional<StreamId> newStream) {
        return new ClientSocket(connection, subprotocol, newStream);
    }
}
