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

/** Sockets that keep what they were sent. Every connection is open until {@link #close}. */
public final class RecordingSockets implements Sockets {

    private final Map<ConnectionId, List<String>> received = new HashMap<>();
    private final Set<ConnectionId> closed = new HashSet<>();

    private final Map<ConnectionId, CountDownLatch> held = new HashMap<>();

    @Override
    public SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck) throws InterruptedException {
        var release = heldBack(connection);
        if (release != null) {
            release.await();
        }
        return take(connection, message, leaseCheck);
    }

    private synchronized @Nullable CountDownLatch heldBack(ConnectionId connection) {
        return held.get(connection);
    }

    private synchronized SendResult take(ConnectionId connection, String message, LeaseCheck leaseCheck) {
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

    /** The client leaves, or is left; what it received stays. */
    @Override
    public synchronized void close(ConnectionId connection) {
        closed.add(connection);
    }

    /** The messages of this connection, in the order received. */
    public synchronized List<String> received(ConnectionId connection) {
        return List.copyOf(received.getOrDefault(connection, List.of()));
    }

    /** From now on posts to this connection wait for the latch that is returned. */
    public synchronized CountDownLatch hold(ConnectionId connection) {
        var release = new CountDownLatch(1);
        held.put(connection, release);
        return release;
    }

    /** Waits for a message. */
    public synchronized void awaitMessage(ConnectionId connection, Predicate<String> wanted)
            throws InterruptedException {
        while (received(connection).stream().noneMatch(wanted)) {
            wait();
        }
    }
}
