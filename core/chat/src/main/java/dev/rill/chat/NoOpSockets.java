package dev.rill.chat;

import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sockets;

/** Sockets for priming: every connection has gone. */
final class NoOpSockets implements Sockets {
    @Override
    public SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck) {
        return SendResult.GONE;
    }

    @Override
    public void close(ConnectionId connection) {}
}
