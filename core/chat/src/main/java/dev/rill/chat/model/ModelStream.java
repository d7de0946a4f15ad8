package dev.rill.chat.model;

import java.util.Optional;

/** A model's answer under way. One thread reads; any thread may {@link #close}. */
public interface ModelStream extends AutoCloseable {

    /**
     * Waits for the next event. Empty at the end of the stream, whether or not a terminal event came before it.
     *
     * @throws ModelException if the stream broke off, fell silent for the idle limit, sent what can't be read, or was
     *     closed
     */
    Optional<ModelEvent> next() throws ModelException;

    /**
     * Closes the connection to the model within a second, also while another thread waits in {@link #next}, which then
     * throws. Does nothing the second time. Throws nothing.
     */
    @Override
    void close();
}
