package dev.rill.chat.memory;

import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A queue that delivers once and in order; whoever plays the worker takes from it, and says how much time has passed
 * for it.
 */
public final class InMemoryTaskQueue implements TaskQueue {

    private final List<DelayedTask> tasks = new ArrayList<>();

    @Override
    public synchronized void send(List<DelayedTask> sent) {
        tasks.addAll(sent);
    }

    /** Takes the oldest prompt that is to be seen at once; empty if none waits. */
    public Optional<Task> poll() {
        return poll(Duration.ZERO);
    }

    /** Takes the oldest prompt that is to be seen after this time or earlier; empty if none waits. */
    public synchronized Optional<Task> poll(Duration after) {
        var due = tasks.stream()
                .filter(task -> task.delay().compareTo(after) <= 0)
                .findFirst();
        due.ifPresent(tasks::remove);
        return due.map(DelayedTask::task);
    }

    /** What waits now, with its delays, oldest first; nothing is taken. */
    public synchronized List<DelayedTask> waiting() {
        return List.copyOf(tasks);
    }
}
