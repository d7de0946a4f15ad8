package dev.rill.local.gateway;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Runs short tasks after a delay. */
@FunctionalInterface
public interface Scheduler {

    /** Runs the task once, after the delay, on a thread of the scheduler. The task must neither block nor throw. */
    Scheduled after(Duration delay, Runnable task);

    /** A scheduled task. */
    @FunctionalInterface
    interface Scheduled {
        /** Cancels the task; has no effect if it has run. */
        void cancel();
    }

    /** A scheduler on an executor, which the caller closes. One thread is enough. */
    static Scheduler on(ScheduledThreadPoolExecutor executor) {
        // Nearly every task is a timeout that is cancelled. Without this each one would stay in memory until its time.
        executor.setRemoveOnCancelPolicy(true);
        return (delay, task) -> {
            Future<?> future = executor.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> future.cancel(false);
        };
    }
}
