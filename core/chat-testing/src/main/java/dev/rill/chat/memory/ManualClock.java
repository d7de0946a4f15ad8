package dev.rill.chat.memory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that stands still until it is told to go on. Safe for use by many threads. */
public final class ManualClock implements InstantSource {

    private final AtomicReference<Instant> now;

    /** Begins at an instant that has no meaning, in whole milliseconds as the tables keep them. */
    public ManualClock() {
        this(Instant.parse("2026-11-02T08:30:00.123Z"));
    }

    public ManualClock(Instant start) {
        now = new AtomicReference<>(start);
    }

    @Override
    public Instant instant() {
        return now.get();
    }

    public void advance(Duration by) {
        now.updateAndGet(instant -> instant.plus(by));
    }
}
