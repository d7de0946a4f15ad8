package dev.rill.local.gateway;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A clock and a scheduler that only a test advances. */
final class ManualTime implements InstantSource, Scheduler {
    private final List<Task> tasks = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-01T10:00:00Z");

    private record Task(Instant due, Runnable action) {}

    @Override
    public synchronized Instant instant() {
        return now;
    }

    @Override
    public synchronized Scheduled after(Duration delay, Runnable action) {
        var task = new Task(now.plus(delay), action);
        tasks.add(task);
        notifyAll();
        return () -> forget(task);
    }

    private synchronized void forget(Task task) {
        tasks.remove(task);
    }

    /** Waits until a task is due after exactly this delay from now. */
    synchronized void awaitTask(Duration delay) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (tasks.stream().noneMatch(task -> task.due().equals(now.plus(delay)))) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new AssertionError("No task is due in " + delay);
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /** Advances the clock and runs the tasks that are due, in the order of their times. */
    void advance(Duration step) {
        List<Task> due;
        synchronized (this) {
            now = now.plus(step);
            due = tasks.stream()
                    .filter(task -> !task.due().isAfter(now))
                    .sorted(Comparator.comparing(Task::due))
                    .toList();
            tasks.removeAll(due);
        }
        due.forEach(task -> task.action().run());
    }
}
