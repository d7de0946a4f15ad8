package dev.rill.chat;

import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue.DelayedTask;
import java.time.Duration;
import java.util.List;

/** The tasks of responses. */
final class QueuedTasks {

    /** The delay of the WATCHDOG task: 24 s after acceptance a worker verifies that the response is being answered. */
    static final Duration WATCHDOG_DELAY = Duration.ofSeconds(24);

    private QueuedTasks() {}

    static DelayedTask answer(ResponseHeader header) {
        return task(header, Task.Kind.ANSWER, Duration.ZERO);
    }

    static DelayedTask watchdog(ResponseHeader header) {
        return task(header, Task.Kind.WATCHDOG, WATCHDOG_DELAY);
    }

    static DelayedTask nudge(ResponseHeader header) {
        return task(header, Task.Kind.NUDGE, Duration.ZERO);
    }

    /** The tasks of a response that is to be answered now: its own, and one that guards it. */
    static List<DelayedTask> toAnswer(ResponseHeader header) {
        return List.of(answer(header), watchdog(header));
    }

    private static DelayedTask task(ResponseHeader header, Task.Kind kind, Duration delay) {
        var maxRunning = header.request().terms().maxRunning();
        return new DelayedTask(new Task(header.id(), header.quotaKey(), kind, maxRunning, 0, header.lane()), delay);
    }
}
