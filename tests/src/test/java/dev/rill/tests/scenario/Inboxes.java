package dev.rill.tests.scenario;

import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sockets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The open sockets of a world in memory. Safe for use by many threads. */
final class Inboxes implements Sockets {

    private final Map<ConnectionId, Inbox> open = new ConcurrentHashMap<>();

    Inbox open(ConnectionId connection) {
        var inbox = new Inbox();
        open.put(connection, inbox);
        return inbox;
    }

    @Override
    public SendResult post(ConnectionId to, String message, LeaseCheck leaseCheck) {
        if (!leaseCheck.isHeld()) {
            return SendResult.WITHHELD;
        }
        var inbox = open.get(to);
        if (inbox == null) {
            return SendResult.GONE;
        }
        inbox.put(message);
        return SendResult.DELIVERED;
    }

    @Override
    public void close(ConnectionId connection) {
        open.remove(connection);
    }
}
