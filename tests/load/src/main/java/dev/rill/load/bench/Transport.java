package dev.rill.load.bench;

import dev.rill.load.stack.LoadException;
import java.io.Closeable;

/** A way to send a prompt and to receive its answer; one prompt at a time. */
interface Transport extends Closeable {

    /**
     * Sends a prompt, and returns when its answer has ended.
     *
     * @throws LoadException if the answer fails or does not end in time
     */
    AnswerTimes ask(String prompt) throws LoadException, InterruptedException;

    @Override
    void close();
}
