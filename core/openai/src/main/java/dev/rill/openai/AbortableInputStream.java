package dev.rill.openai;

import java.io.FilterInputStream;
import java.io.InputStream;

/** The body of a response. One thread reads and closes it; any thread may {@link #abort} it. */
final class AbortableInputStream extends FilterInputStream {

    private final Runnable abort;

    AbortableInputStream(InputStream bytes, Runnable abort) {
        super(bytes);
        this.abort = abort;
    }

    /**
     * Closes the connection at once. A thread that waits in {@code read} gets an {@code IOException}. The stream must
     * still be closed.
     */
    void abort() {
        abort.run();
    }
}
