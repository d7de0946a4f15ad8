package dev.rill.local;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/** What has to be closed, in the reverse order of its making. Safe for use by many threads. */
final class Closer implements AutoCloseable {
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final Consumer<String> problems;
    private boolean closed;

    /** @param problems hears, in a line each, of parts that could not be closed */
    Closer(Consumer<String> problems) {
        this.problems = problems;
    }

    /** Takes a part over; it is closed at once where this is closed already. */
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
            // The others have to be closed all the same.
            problems.accept(part.getClass().getSimpleName() + " was not closed: " + e.getMessage());
        }
    }
}
