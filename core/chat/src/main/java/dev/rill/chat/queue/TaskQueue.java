package dev.rill.chat.queue;

import java.time.Duration;
import java.util.List;

/**
 * Port: sends tasks to workers. Each task is delivered at least once; the order is not guaranteed. Safe for use by many
 * threads.
 */
public interface TaskQueue {

    /**
     * A task and the delay before its delivery.
     *
     * @param delay whole seconds, at most 15 minutes
     */
    record DelayedTask(Task task, Duration delay) {}

    /**
     * Sends tasks; returns when the queue has stored all of them. Delivery is fair between quota keys: many tasks of
     * one key do not delay the tasks of the other keys.
     *
     * @throws RuntimeException if the queue has not taken all of them; some may be stored
     */
    void send(List<DelayedTask> tasks);
}
