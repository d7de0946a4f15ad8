package dev.rill.chat.answer;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.ops.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/**
 * The bounded buffer between the thread that reads the model and the thread that numbers events. It accepts events
 * while it holds fewer than {@value #CAPACITY} events and fewer than {@value #MAX_CHARS} characters, so that a slow
 * client slows the reading instead of filling the memory. Safe for use by many threads.
 */
final class EventBuffer {

    static final int CAPACITY = 64;

    static final int MAX_CHARS = 1024 * 1024;

    @GuardedBy("lock")
    private final DeltaMerger merger;

    private final Time time;
    private final Lock lock;
    private final Condition changed;

    @GuardedBy("lock")
    private boolean closed;

    EventBuffer(DeltaMerger merger, Time time) {
        this.merger = merger;
        this.time = time;
        this.lock = time.newLock();
        this.changed = lock.newCondition();
    }

    /** Adds an event. Blocks while the buffer is full. After {@link #close} the event is dropped. */
    void put(ModelEvent event) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while ((merger.size() >= CAPACITY || merger.chars() >= MAX_CHARS) && !closed) {
                changed.await();
            }
            if (!closed) {
                merger.offer(event);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Blocks until an event is due. Empty if none is due at {@code until}, or if the buffer is closed. */
    Optional<ModelEvent> take(Instant until) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                var now = time.instant();
                var due = closed ? Optional.<Instant>empty() : merger.due();
                if (due.isPresent() && !due.get().isAfter(now)) {
                    changed.signalAll();
                    return Optional.of(merger.take(now));
                }
                if (closed || !now.isBefore(until)) {
                    return Optional.empty();
                }
                var wake = due.filter(instant -> instant.isBefore(until)).orElse(until);
                var _ = changed.awaitNanos(Duration.between(now, wake).toNanos());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Drops the events and ends all waiting. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
