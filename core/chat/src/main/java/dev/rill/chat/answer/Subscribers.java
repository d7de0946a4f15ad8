package dev.rill.chat.answer;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rill.chat.answer.Attempt.Delivery;
import dev.rill.chat.log.Cursor;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Sink;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * The clients that are sent a response while it is answered. Each has a thread, so that a slow one delays no other one,
 * and reads the events by itself: from memory where it keeps up, from the log where it does not.
 *
 * <p>One lock guards who is subscribed and how far each has come. It is not held while events are sent, nor while the
 * log writer's lock is taken. Safe for use by many threads.
 */
final class Subscribers {

    /** The interval at which a thread that waits for subscribers checks whether the attempt still holds the lease. */
    private static final Duration LEASE_CHECK_INTERVAL = Duration.ofSeconds(1);

    private final ResponseId id;
    private final LogWriter logWriter;
    private final ResponseLog log;
    private final Time time;
    private final Telemetry telemetry;
    private final Lock lock;
    private final Condition changed;

    @GuardedBy("lock")
    private final Map<Integer, Subscription> running = new LinkedHashMap<>();

    @GuardedBy("lock")
    private final Map<ConnectionId, Subscription> byConnection = new HashMap<>();

    @GuardedBy("lock")
    private int started;

    @GuardedBy("lock")
    private boolean waitingEnded;

    Subscribers(ResponseId id, LogWriter logWriter, ResponseLog log, Time time, Telemetry telemetry) {
        this.id = id;
        this.logWriter = logWriter;
        this.log = log;
        this.time = time;
        this.telemetry = telemetry;
        this.lock = time.newLock();
        this.changed = lock.newCondition();
    }

    /**
     * Subscribes a socket to the events after its cursor. A socket that is subscribed already starts again from there.
     */
    void add(ConnectionId connection, Cursor cursor, Sink sink) {
        lock.lock();
        try {
            var subscriber = new Subscriber.Socket(connection, cursor.version());
            var subscription = new Subscription(++started, subscriber, cursor.after(), sink);
            var before = byConnection.put(connection, subscription);
            if (before != null) {
                // Two threads must not write to one socket.
                subscription.predecessor = before.thread;
            }
            start(subscription);
        } finally {
            lock.unlock();
        }
    }

    /** Subscribes the client of an inline response to all events. */
    void add(Sink sink) {
        lock.lock();
        try {
            start(new Subscription(++started, new Subscriber.DirectClient(), -1, sink));
        } finally {
            lock.unlock();
        }
    }

    /** Interrupts the thread of a socket that was superseded. */
    void remove(ConnectionId connection) {
        Time.@Nullable Fiber thread = null;
        lock.lock();
        try {
            var subscription = byConnection.remove(connection);
            if (subscription != null) {
                thread = subscription.thread;
            }
        } finally {
            lock.unlock();
        }
        if (thread != null) {
            thread.interrupt();
        }
    }

    /**
     * Blocks until at least one subscriber has been sent every event, so that the deltas that the model sends meanwhile
     * are merged. Returns at once if there is no subscriber, and as soon as the attempt may send no more.
     *
     * @param until returns at most a second after this instant: a post that hangs must not outlast the function
     */
    void awaitCapacity(Instant until) throws InterruptedException {
        // The calling thread is the one that adds events: none is added while it waits.
        var last = logWriter.lastSequence();
        while (!hasCapacity(last) && logWriter.maySend() && time.instant().isBefore(until)) {
            // The lease or the time of the answer may have run out while a subscriber's thread blocks.
        }
    }

    private boolean hasCapacity(long last) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            var remainingNanos = LEASE_CHECK_INTERVAL.toNanos();
            while (!waitingEnded && !running.isEmpty() && !hasCaughtUp(last)) {
                if (remainingNanos <= 0) {
                    return false;
                }
                remainingNanos = changed.awaitNanos(remainingNanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private boolean hasCaughtUp(long last) {
        return running.values().stream().anyMatch(subscription -> subscription.sentThrough.get() >= last);
    }

    /** Makes current and further calls of {@link #awaitCapacity} return at once. */
    void endWaiting() {
        lock.lock();
        try {
            waitingEnded = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Blocks until each subscriber has been sent the end or is gone, at most this long. */
    void awaitEnd(Duration atMost) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            var remainingNanos = atMost.toNanos();
            while (remainingNanos > 0 && !running.isEmpty()) {
                remainingNanos = changed.awaitNanos(remainingNanos);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Interrupts the threads: no subscriber is sent anything more. */
    void stop() {
        List<Subscription> all;
        lock.lock();
        try {
            all = List.copyOf(running.values());
        } finally {
            lock.unlock();
        }
        all.forEach(subscription -> subscription.thread.interrupt());
    }

    @GuardedBy("lock")
    private void start(Subscription subscription) {
        running.put(subscription.number, subscription);
        subscription.thread = time.start("subscriber-" + id, subscription::run);
    }

    /** The thread of one subscriber. */
    private final class Subscription {

        private final int number;
        private final Subscriber subscriber;
        private final Sink sink;
        private Time.@Nullable Fiber predecessor;
        private Time.Fiber thread = NOT_STARTED;

        /** Written by this subscription's thread alone. */
        private final AtomicLong sentThrough;

        Subscription(int number, Subscriber subscriber, long after, Sink sink) {
            this.number = number;
            this.subscriber = subscriber;
            this.sink = sink;
            this.sentThrough = new AtomicLong(after);
        }

        void run() {
            try {
                var before = predecessor;
                if (before != null) {
                    before.join();
                }
                sendAll();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                // The thread of a superseded socket is interrupted. A socket that was attached again is still in use.
                if (logWriter.isCurrent(subscriber)) {
                    telemetry.emit(new Signal.Unreachable(id, e));
                    abandon();
                }
            } finally {
                onEnd();
            }
        }

        private void sendAll() throws InterruptedException {
            var sending = true;
            while (sending) {
                sending = switch (awaitDelivery()) {
                    case Delivery.Send(var events) -> send(events);
                    case Delivery.ReadLog() -> sendLogged();
                    case Delivery.Wait() -> keepAlive();
                    case Delivery.End() -> false;
                };
            }
        }

        private Delivery awaitDelivery() throws InterruptedException {
            return switch (subscriber) {
                case Subscriber.Socket socket -> logWriter.awaitDelivery(socket, sentThrough.get());
                case Subscriber.DirectClient client ->
                    logWriter.awaitDelivery(client, sentThrough.get(), Sink.KEEP_ALIVE_INTERVAL);
            };
        }

        private boolean keepAlive() throws InterruptedException {
            return switch (sink.keepAlive()) {
                case DELIVERED -> true;
                case GONE -> {
                    abandon();
                    yield false;
                }
                case WITHHELD -> false;
            };
        }

        /** Returns false if the log has no such events, because the response has expired. */
        private boolean sendLogged() throws InterruptedException {
            var events = log.read(id, sentThrough.get());
            return !events.isEmpty() && send(events);
        }

        private boolean send(List<Event> events) throws InterruptedException {
            for (var event : events) {
                switch (sink.deliver(event, () -> logWriter.maySendTo(subscriber))) {
                    case DELIVERED -> onSent(event.sequenceNumber());
                    case GONE -> {
                        abandon();
                        return false;
                    }
                    case WITHHELD -> {
                        return false;
                    }
                }
                if (event.terminal()) {
                    return false;
                }
            }
            return true;
        }

        private void onSent(long sequence) {
            logWriter.onSent(subscriber, sequence);
            lock.lock();
            try {
                sentThrough.set(sequence);
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        private void abandon() {
            logWriter.onGone(subscriber);
            try {
                sink.abandon();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException _) {
                // Closing the socket only makes the client notice sooner; a failure of it has no other effect.
            }
        }

        private void onEnd() {
            lock.lock();
            try {
                running.remove(number);
                if (subscriber instanceof Subscriber.Socket socket) {
                    byConnection.remove(socket.connection(), this);
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private static final Time.Fiber NOT_STARTED = new Time.Fiber() {
        @Override
        public void interrupt() {}

        @Override
        public void join() {}
    };
}
