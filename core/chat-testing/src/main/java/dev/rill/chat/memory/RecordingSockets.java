package dev.rill.chat.memory;

import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sockets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Sockets that record the messages that they are sent. Every connection is open until {@link #close}. Safe for use by
 * many threads.
 */
public final class RecordingSockets implements Sockets {

    private final Map<ConnectionId, List<String>> received = new HashMap<>();
    private final Set<ConnectionId> closed = new HashSet<>();

    private final Map<ConnectionId, CountDownLatch> latches = new HashMap<>();

    @Override
    public SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck) throws InterruptedException {
        var release = latchOf(connection);
        if (release != null) {
            release.await();
        }
        return record(connection, message, leaseCheck);
    }

    private synchronized @Nullable CountDownLatch latchOf(ConnectionId connection) {
        return latches.get(connection);
    }

    private synchronized SendResult record(ConnectionId connection, String message, LeaseCheck leaseCheck) {
        if (!leaseCheck.isHeld()) {
            return SendResult.WITHHELD;
        }
        if (closed.contains(connection)) {
            return SendResult.GONE;
        }
        received.computeIfAbsent(connection, _ -> new ArrayList<>()).add(message);
        notifyAll();
        return SendResult.DELIVERED;
    }

    /** Closes a connection, by the client or by the server. Its messages stay recorded. */
    @Override
    public synchronized void close(ConnectionId connection) {
        closed.add(connection);
    }

    /** Returns the messages of a connection, in the order received. */
    public synchronized List<String> received(ConnectionId connection) {
        return List.copyOf(received.getOrDefault(connection, List.of()));
    }

    /** Blocks further posts to a connection until the returned latch is counted down. */
    public synchronized CountDownLatch hold(ConnectionId connection) {
        var release = new CountDownLatch(1);
        latches.put(connection, release);
        return release;
    }

    /** Blocks until a connection has received a matching message. The caller limits the time. */
    public synchronized void awaitMessage(ConnectionId connection, Predicate<String> condition)
            throws InterruptedException {
        while (received(connection).stream().noneMatch(condition)) {
            wait();
        }
    }
}
