package dev.rill.chat.ops;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The time that the flow runs on: the clock, and everything that waits. Whatever blocks in the flow blocks here or in a
 * port, so that a simulation can decide which thread runs next and how late it is. Safe for use by many threads.
 */
public interface Time extends InstantSource {

    /**
     * Waits for at least this long.
     *
     * @throws InterruptedException if the calling thread is interrupted
     */
    void sleep(Duration duration) throws InterruptedException;

    /**
     * A lock that belongs to this time, and whose conditions wait on it. Of a condition's methods that wait,
     * {@code await()}, {@code await(long, TimeUnit)} and {@code awaitNanos(long)} are supported.
     */
    Lock newLock();

    /** Starts a thread. An uncaught exception of the work ends that thread alone. */
    Fiber start(String name, Runnable work);

    /** A thread that was started here. */
    interface Fiber {

        /** Interrupts the thread; does nothing if it has ended. */
        void interrupt();

        /**
         * Waits until the thread has ended.
         *
         * @throws InterruptedException if the calling thread is interrupted
         */
        void join() throws InterruptedException;
    }

    /** The time of the system, with virtual threads. */
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
