package dev.rill.local;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/** Closes the parts that it was given, in the reverse order. Safe for use by many threads. */
final class Closer implements AutoCloseable {
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final Consumer<String> problems;

    @GuardedBy("parts")
    private boolean closed;

    /** @param problems receives one line for each part that could not be closed */
    Closer(Consumer<String> problems) {
        this.problems = problems;
    }

    /** Takes over a part and returns it. If this object is closed already, the part is closed at once. */
    <T extends AutoCloseable> T own(T part) {
        synchronized (parts) {
            if (!closed) {
                parts.push(part);
                return part;
            }
        }
        close(part);
        return part;
    }

    @Override
    public void close() {
        while (true) {
            AutoCloseable part;
            synchronized (parts) {
                closed = true;
                part = parts.poll();
            }
            if (part == null) {
                return;
            }
            close(part);
        }
    }

    private void close(AutoCloseable part) {
        try {
            part.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            // The remaining parts must be closed all the same.
            problems.accept(part.getClass().getSimpleName() + " was not closed: " + e.getMessage());
        }
    }
}
