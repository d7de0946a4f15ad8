package dev.rill.chat.memory;

import dev.rill.chat.ops.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;

/**
 * A clock that changes only by {@link #advance}, with the threads and locks of the system. Safe for use by many
 * threads.
 */
public final class ManualTime implements Time {

    private final Time system = Time.system();
    private final AtomicReference<Instant> now;

    /**
     * Starts at an arbitrary instant in whole milliseconds, the precision of the tables. {@link #sleep} returns at
     * once.
     */
    public ManualTime() {
        this(Instant.parse("2026-11-02T08:30:00.123Z"));
    }

    public ManualTime(Instant start) {
        now = new AtomicReference<>(start);
    }

    /** What a sleep of a test does. */
    @FunctionalInterface
    public interface Sleep {
        void sleep(Duration duration) throws InterruptedException;
    }

    /** Returns a view of this clock whose {@link #sleep} does this. */
    public Time sleepingBy(Sleep sleep) {
        var clock = this;
        return new Time() {
            @Override
            public Instant instant() {
                return clock.instant();
            }

            @Override
            public void sleep(Duration duration) throws InterruptedException {
                sleep.sleep(duration);
            }

            @Override
            public Lock newLock() {
                return clock.newLock();
            }

            @Override
            public Fiber start(String name, Runnable work) {
                return clock.start(name, work);
            }
        };
    }

    @Override
    public Instant instant() {
        return now.get();
    }

    public void advance(Duration by) {
        now.updateAndGet(instant -> instant.plus(by));
    }

    @Override
    public void sleep(Duration duration) {}

    @Override
    public Lock newLock() {
        return system.newLock();
    }

    @Override
    public Fiber start(String name, Runnable work) {
        return system.start(name, work);
    }
}
