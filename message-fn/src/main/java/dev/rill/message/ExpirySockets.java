package dev.rill.message;

import dev.rill.chat.protocol.ServerMessage;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sockets;
import dev.rill.message.SocketAuthentication.Authenticated;
import java.time.Instant;

/**
 * Adds {@code authenticated_until} to the {@code response.created} of one socket. It is not in the log, because each
 * socket that follows a response has an end of its own.
 *
 * @param receiver the socket whose authentication ends
 */
record ExpirySockets(Sockets sockets, ConnectionId receiver, Instant until) implements Sockets {

    private static final String CREATED = "{\"type\":\"response.created\"";

    /** These sockets, which tell the client of the end of its authentication if it has one. */
    static Sockets of(Sockets sockets, Authenticated client) {
        return client.until()
                .<Sockets>map(
                        end -> new ExpirySockets(sockets, client.connection().id(), end))
                .orElse(sockets);
    }

    @Override
    public SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck) throws InterruptedException {
        return sockets.post(
                connection,
                connection.equals(receiver) && message.startsWith(CREATED)
                        ? ServerMessage.withAuthenticatedUntil(message, until)
                        : message,
                leaseCheck);
    }

    @Override
    public void close(ConnectionId connection) throws InterruptedException {
        sockets.close(connection);
    }
}
