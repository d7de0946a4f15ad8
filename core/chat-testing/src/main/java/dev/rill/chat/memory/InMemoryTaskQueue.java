package dev.rill.chat.memory;

import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A queue in memory that delivers each task once and in order. A test polls it in the role of the worker, and names the
 * time that has passed. Safe for use by many threads.
 */
public final class InMemoryTaskQueue implements TaskQueue {

    private final List<DelayedTask> tasks = new ArrayList<>();

    @Override
    public synchronized void send(List<DelayedTask> newTasks) {
        tasks.addAll(newTasks);
    }

    /** Removes and returns the oldest task without delay; empty if there is none. */
    public Optional<Task> poll() {
        return poll(Duration.ZERO);
    }

    /** Removes and returns the oldest task whose delay is at most {@code elapsed}; empty if there is none. */
    public synchronized Optional<Task> poll(Duration elapsed) {
        var due = tasks.stream()
                .filter(task -> task.delay().compareTo(elapsed) <= 0)
                .findFirst();
        due.ifPresent(tasks::remove);
        return due.map(DelayedTask::task);
    }

    /** Returns the queued tasks with their delays, oldest first, without removing them. */
    public synchronized List<DelayedTask> waiting() {
        return List.copyOf(tasks);
    }
}
