package dev.rill.chat;

import dev.rill.chat.ops.Time;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** A task that runs on a thread of its own, concurrently with its caller. Safe for use by many threads. */
final class BackgroundWork {

    private final Time.Fiber thread;
    private final AtomicReference<RuntimeException> failure;

    private BackgroundWork(Time.Fiber thread, AtomicReference<RuntimeException> failure) {
        this.thread = thread;
        this.failure = failure;
    }

    /** Starts the work. */
    static BackgroundWork start(Time time, String name, Runnable work) {
        var failure = new AtomicReference<RuntimeException>();
        var thread = time.start(name, () -> {
            try {
                work.run();
            } catch (RuntimeException e) {
                failure.set(e);
            }
        });
        return new BackgroundWork(thread, failure);
    }

    /** Blocks until the work has ended; returns the exception that it threw, empty if it succeeded. */
    Optional<RuntimeException> await() throws InterruptedException {
        thread.join();
        return Optional.ofNullable(failure.get());
    }
}
