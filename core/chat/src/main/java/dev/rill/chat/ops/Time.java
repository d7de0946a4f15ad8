package dev.rill.chat.ops;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The clock, and everything that blocks or starts a thread. The flow blocks only here and in ports, so that a
 * simulation can control the time and the order in which threads run. Safe for use by many threads.
 */
public interface Time extends InstantSource {

    /**
     * Blocks for at least this duration.
     *
     * @throws InterruptedException if the calling thread is interrupted
     */
    void sleep(Duration duration) throws InterruptedException;

    /**
     * Creates a lock whose conditions wait in this time. Of their waiting methods, {@code await()}, {@code await(long,
     * TimeUnit)} and {@code awaitNanos(long)} are supported.
     */
    Lock newLock();

    /** Starts a thread. An uncaught exception of {@code work} ends only that thread. */
    Fiber start(String name, Runnable work);

    /** A thread that {@link #start} has started. */
    interface Fiber {

        /** Interrupts the thread. Does nothing if it has ended. */
        void interrupt();

        /**
         * Blocks until the thread has ended.
         *
         * @throws InterruptedException if the calling thread is interrupted
         */
        void join() throws InterruptedException;
    }

    /** Returns the system's time, with virtual threads. */
    static Time system() {
        return new Time() {
            @Override
            public Instant instant() {
                return Instant.now();
            }

            @Override
            public void sleep(Duration duration) throws InterruptedException {
                Thread.sleep(duration);
            }

            @Override
            public Lock newLock() {
                return new ReentrantLock();
            }

            @Override
            public Fiber start(String name, Runnable work) {
                var thread = Thread.ofVirtual().name(name).start(work);
                return new Fiber() {
                    @Override
                    public void interrupt() {
                        thread.interrupt();
                    }

                    @Override
                    public void join() throws InterruptedException {
                        thread.join();
                    }
                };
            }
        };
    }
}
