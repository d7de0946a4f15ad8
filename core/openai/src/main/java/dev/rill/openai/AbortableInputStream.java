package dev.rill.openai;

import java.io.FilterInputStream;
import java.io.InputStream;

/** The bytes of an answer. One thread reads and closes; any thread may {@link #abort}. */
final class AbortableInputStream extends FilterInputStream {

    private final Runnable abort;

    AbortableInputStream(InputStream bytes, Runnable abort) {
        super(bytes);
        this.abort = abort;
    }

    /**
     * Cuts the connection at once; a thread that waits in {@code read} gets an {@code IOException}. The stream is still
     * to be closed.
     */
    void abort() {
        abort.run();
    }
}
