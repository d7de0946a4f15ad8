package dev.rill.chat.memory;

import dev.rill.chat.ops.Sleeper;
import dev.rill.chat.ops.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;

/**
 * A clock that stands still until it is advanced, with the threads and locks of the system. Safe for use by many
 * threads.
 */
public final class ManualTime implements Time {

    private final Time system = Time.system();
    private final AtomicReference<Instant> now;

    /**
     * Begins at an instant that has no meaning, in whole milliseconds as the tables keep them. Sleeping returns at
     * once.
     */
    public ManualTime() {
        this(Instant.parse("2026-11-02T08:30:00.123Z"));
    }

    public ManualTime(Instant start) {
        now = new AtomicReference<>(start);
    }

    /** The same clock, but this is done instead of sleeping. */
    public Time sleepingBy(Sleeper other) {
        var clock = this;
        return new Time() {
            @Override
            public Instant instant() {
                return clock.instant();
            }

            @Override
            public void sleep(Duration duration) throws InterruptedException {
                other.sleep(duration);
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
