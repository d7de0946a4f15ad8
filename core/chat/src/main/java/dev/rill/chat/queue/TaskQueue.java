package dev.rill.chat.queue;

import java.time.Duration;
import java.util.List;

/** Port: prompts on their way to a worker; at least once, in no promised order. Safe for use by many threads. */
public interface TaskQueue {

    /**
     * A prompt and when it is to be seen.
     *
     * @param delay whole seconds, at most 15 minutes
     */
    record DelayedTask(Task task, Duration delay) {}

    /**
     * Returns once the queue keeps all of them; one group's prompts stand back for others', so that nobody's flood
     * delays everybody.
     */
    void send(List<DelayedTask> tasks);
}
