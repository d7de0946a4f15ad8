package dev.rill.local.lambda;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Keeps the lines that a service logs. A test may wait for a line. */
final class CapturedLog implements Consumer<LogLine> {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition added = lock.newCondition();
    private final List<LogLine> lines = new ArrayList<>();

    @Override
    public void accept(LogLine line) {
        lock.lock();
        try {
            lines.add(line);
            added.signalAll();
        } finally {
            lock.unlock();
        }
    }

    long count(Predicate<LogLine> wanted) {
        lock.lock();
        try {
            return lines.stream().filter(wanted).count();
        } finally {
            lock.unlock();
        }
    }

    /** Waits up to 30 s for a line. */
    LogLine await(Predicate<LogLine> wanted) throws InterruptedException {
        long left = TimeUnit.SECONDS.toNanos(30);
        lock.lock();
        try {
            while (lines.stream().noneMatch(wanted)) {
                if (left <= 0) {
                    throw new AssertionError("no such line in " + lines);
                }
                left = added.awaitNanos(left);
            }
            return lines.stream().filter(wanted).findFirst().orElseThrow();
        } finally {
            lock.unlock();
        }
    }
}
