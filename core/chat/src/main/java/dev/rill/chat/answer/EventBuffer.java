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
 * Between the thread that reads the model and the one that delivers. Takes events while it holds fewer than
 * {@value #CAPACITY} of them and fewer than {@value #MAX_CHARS} characters: a slow client slows the reading, and does
 * not fill the memory.
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

    /** Adds an event; waits while the outbox is full. After {@link #close} events are dropped. */
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

    /** Waits for the next event that is due; empty if none is at {@code until}, or the outbox is closed. */
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

    /** Lets go of whoever waits here; what is in it is dropped. */
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
