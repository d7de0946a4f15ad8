package dev.rill.chat.answer;

import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Sink;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Those who are sent a response while it is answered: a thread for each, so that a slow one delays nobody else. Each
 * goes through the events by itself, from memory where it keeps up and from the log where it does not. Safe for use by
 * many threads.
 */
final class Subscribers {

    private final ResponseId id;
    private final LogWriter logWriter;
    private final ResponseLog log;
    private final Telemetry telemetry;
    private final Map<Subscription, Thread> threads = new ConcurrentHashMap<>();
    private final Map<ConnectionId, Subscription> byConnection = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile boolean stopped;

    Subscribers(ResponseId id, LogWriter logWriter, ResponseLog log, Telemetry telemetry) {
        this.id = id;
        this.logWriter = logWriter;
        this.log = log;
        this.telemetry = telemetry;
    }

    /** Sends a socket what comes after a number; one that is sent events already starts again from there. */
    void add(ConnectionId connection, long after, Sink sink) {
        var follower = new Subscription(sink, after) {
            @Override
            void onSent() {
                logWriter.onSent(connection, sentThrough);
            }

            @Override
            void onGone() {
                if (byConnection.remove(connection, this)) {
                    logWriter.onGone(connection);
                }
            }
        };
        var before = byConnection.put(connection, follower);
        if (before != null) {
            before.replaced = true;
            var thread = threads.get(before);
            if (thread != null) {
                follower.predecessor = thread;
            }
        }
        start(follower);
    }

    /** Sends a socket that had to give way nothing more. */
    void remove(ConnectionId connection) {
        var subscription = byConnection.remove(connection);
        if (subscription != null) {
            subscription.replaced = true;
            var thread = threads.get(subscription);
            if (thread != null) {
                thread.interrupt();
            }
        }
    }

    /** Sends a sink that is no socket everything. */
    void add(Sink sink) {
        start(new Subscription(sink, -1) {
            @Override
            void onSent() {}

            @Override
            void onGone() {}
        });
    }

    boolean isEmpty() {
        return threads.isEmpty();
    }

    /**
     * Waits while everybody still has something to be sent: what comes meanwhile can be merged. Nobody is no reason to
     * wait.
     */
    void awaitCapacity() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!stopped
                    && !threads.isEmpty()
                    && threads.keySet().stream()
                            .noneMatch(subscription -> subscription.sentThrough >= logWriter.lastSequence())) {
                if (!logWriter.isWritable()) {
                    return;
                }
                var _ = changed.await(1, TimeUnit.SECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Lets {@link #awaitCapacity} go, now and from now on. */
    void stopWaiting() {
        stopped = true;
        signal();
    }

    /** Waits until everybody has been sent the end. */
    void awaitEnd(Duration patience) throws InterruptedException {
        var left = patience.toNanos();
        lock.lockInterruptibly();
        try {
            while (left > 0 && !threads.isEmpty()) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sends nobody anything more. */
    void stop() {
        threads.values().forEach(Thread::interrupt);
    }

    private void start(Subscription subscription) {
        var thread = Thread.ofVirtual().name("follower-" + id).unstarted(subscription);
        threads.put(subscription, thread);
        thread.start();
    }

    private void signal() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private abstract class Subscription implements Runnable {

        private final Sink sink;
        volatile long sentThrough;
        volatile boolean replaced;
        volatile @Nullable Thread predecessor;

        Subscription(Sink sink, long after) {
            this.sink = sink;
            this.sentThrough = after;
        }

        abstract void onSent();

        abstract void onGone();

        @Override
        public void run() {
            try {
                var before = predecessor;
                if (before != null) {
                    // Two threads must not write to one socket.
                    before.join();
                }
                sendAll();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                // One that was replaced may have been interrupted; its socket is no longer this thread's to give up.
                if (!replaced) {
                    telemetry.emit(new Signal.Unreachable(id, e));
                    abandon();
                }
            } finally {
                threads.remove(this);
                signal();
            }
        }

        private void sendAll() throws InterruptedException {
            while (!replaced) {
                var going = switch (logWriter.next(sentThrough)) {
                    case LogWriter.Next.Shown(var events) -> send(events);
                    case LogWriter.Next.Logged() -> sendLogged();
                    case LogWriter.Next.Over() -> false;
                };
                if (!going) {
                    return;
                }
            }
        }

        /** Ends where the log has nothing although it should: it has expired. */
        private boolean sendLogged() throws InterruptedException {
            var events = log.read(id, sentThrough);
            return !events.isEmpty() && send(events);
        }

        private boolean send(List<Event> events) throws InterruptedException {
            for (var event : events) {
                if (replaced) {
                    return false;
                }
                switch (sink.deliver(event, logWriter::isWritable)) {
                    case DELIVERED -> {
                        sentThrough = event.sequenceNumber();
                        onSent();
                        signal();
                    }
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

        private void abandon() {
            onGone();
            try {
                sink.abandon();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException _) {
                // It was worth a try: the client may not know yet that nothing comes any more.
            }
        }
    }
}
