package dev.rill.chat.model;

import java.util.Optional;

/** The stream of a model's answer. One thread reads; any thread may {@link #close}. */
public interface ModelStream extends AutoCloseable {

    /**
     * Blocks until the next event. Empty at the end of the stream, whether or not a terminal event came before it.
     *
     * @throws ModelException if the connection broke, no byte came for the idle limit, an event is invalid, or the
     *     stream was closed
     */
    Optional<ModelEvent> next() throws ModelException;

    /**
     * Closes the connection to the model within a second. A thread that blocks in {@link #next} gets an exception. The
     * second call does nothing. Never throws.
     */
    @Override
    void close();
}
