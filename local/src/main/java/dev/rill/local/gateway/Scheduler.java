package dev.rill.local.gateway;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Runs short tasks later. */
@FunctionalInterface
public interface Scheduler {

    /** Runs the task once, after the delay, on a thread of the scheduler; the task neither blocks nor throws. */
    Scheduled after(Duration delay, Runnable task);

    /** A task that has not run yet. */
    @FunctionalInterface
    interface Scheduled {
        /** Forgets the task; does nothing if it has run. */
        void cancel();
    }

    /** Schedules on an executor, which the caller closes; one thread is enough. */
    static Scheduler on(ScheduledThreadPoolExecutor executor) {
        // Nearly every task is a time-out that is cancelled: without this each would stay in memory until its time.
        executor.setRemoveOnCancelPolicy(true);
        return (delay, task) -> {
            Future<?> future = executor.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> future.cancel(false);
        };
    }
}
