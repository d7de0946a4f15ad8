package dev.rill.chat.log;

import dev.rill.chat.protocol.StreamId;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import java.util.Optional;

/**
 * The position of a socket in a response.
 *
 * @param after the sequence number of the last event that it was sent; -1 if none
 * @param version the version of {@link Subscriptions} that attached the socket; 0 for the socket of the request. It
 *     distinguishes repeated attachments of one socket, and orders sockets by age
 * @param subprotocol the protocol of the socket
 * @param stream the {@code stream_id} of the message that attached the socket; empty if it had none
 */
public record Cursor(long after, long version, Subprotocol subprotocol, Optional<StreamId> stream) {

    /** A cursor without a {@code stream_id}. */
    public Cursor(long after, long version, Subprotocol subprotocol) {
        this(after, version, subprotocol, Optional.empty());
    }

    /** Returns the cursor of a socket that this version attaches. */
    static Cursor of(ClientSocket socket, long after, long version) {
        return new Cursor(after, version, socket.subprotocol(), socket.stream());
    }

    /** Returns the same attachment at another position. */
    public Cursor at(long sequence) {
        return new Cursor(sequence, version, subprotocol, stream);
    }

    /** Returns the socket that has this cursor. */
    public ClientSocket socket(ConnectionId connection) {
        return new ClientSocket(connection, subprotocol, stream);
    }
}
