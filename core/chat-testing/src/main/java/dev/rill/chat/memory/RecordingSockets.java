package dev.rill.chat.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rill.chat.ops.Time;
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
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Sockets that record the messages that they are sent. Every connection is open until {@link #close}. Safe for use by
 * many threads.
 */
public final class RecordingSockets implements Sockets {

    private final Time time;
    private final Lock lock;
    private final Condition recorded;

    @GuardedBy("lock")
    private final Map<ConnectionId, List<String>> received = new HashMap<>();

    @GuardedBy("lock")
    private final Set<ConnectionId> closed = new HashSet<>();

    @GuardedBy("lock")
    private final Map<ConnectionId, Gate> gates = new HashMap<>();

    /** Creates sockets that block in the system's time. */
    public RecordingSockets() {
        this(Time.system());
    }

    /** Creates sockets that block in this time. */
    public RecordingSockets(Time time) {
        this.time = time;
        lock = time.newLock();
        recorded = lock.newCondition();
    }

    @Override
    public SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck) throws InterruptedException {
        var gate = gateOf(connection);
        if (gate != null) {
            gate.await();
        }
        return record(connection, message, leaseCheck);
    }

    private @Nullable Gate gateOf(ConnectionId connection) {
        lock.lock();
        try {
            return gates.get(connection);
        } finally {
            lock.unlock();
        }
    }

    private SendResult record(ConnectionId connection, String message, LeaseCheck leaseCheck) {
        lock.lock();
        try {
            if (!leaseCheck.isHeld()) {
                return SendResult.WITHHELD;
            }
            if (closed.contains(connection)) {
                return SendResult.GONE;
            }
            received.computeIfAbsent(connection, _ -> new ArrayList<>()).add(message);
            recorded.signalAll();
            return SendResult.DELIVERED;
        } finally {
            lock.unlock();
        }
    }

    /** Closes a connection, by the client or by the server. Its messages stay recorded. */
    @Override
    public void close(ConnectionId connection) {
        lock.lock();
        try {
            closed.add(connection);
        } finally {
            lock.unlock();
        }
    }

    /** Returns the messages of a connection, in the order received. */
    public List<String> received(ConnectionId connection) {
        lock.lock();
        try {
            return List.copyOf(received.getOrDefault(connection, List.of()));
        } finally {
            lock.unlock();
        }
    }

    /** Blocks further posts to a connection until the returned gate is opened. */
    public Gate hold(ConnectionId connection) {
        var gate = new Gate(time);
        lock.lock();
        try {
            gates.put(connection, gate);
        } finally {
            lock.unlock();
        }
        return gate;
    }

    /** Blocks until a connection has received a matching message. The caller limits the time. */
    public void awaitMessage(ConnectionId connection, Predicate<String> condition) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (received(connection).stream().noneMatch(condition)) {
                recorded.await();
            }
        } finally {
            lock.unlock();
        }
    }
}
