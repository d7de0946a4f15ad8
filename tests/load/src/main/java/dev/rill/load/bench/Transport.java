package dev.rill.load.bench;

import dev.rill.load.stack.LoadException;
import java.io.Closeable;

/** A way to ask Rill; one answer at a time. */
interface Transport extends Closeable {

    /**
     * Asks, and returns when the answer has ended.
     *
     * @throws LoadException if it fails or does not end in time
     */
    AnswerTimes ask(String prompt) throws LoadException, InterruptedException;

    @Override
    void close();
}
