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
     * Begins the answer anew with another model, because this one has failed after output and the operator allows that.
     * If so, {@link #next} returns the events of the other model, whose output replaces all output so far. Waits until
     * the other model has accepted the request.
     *
     * @param failure of {@link #next}, or of the caller, who has found an event or the end of the stream invalid
     * @return whether another model answers; false if there is none, if none may be asked after this failure, or if it
     *     has failed as well. The caller then treats the failure as final
     * @throws InterruptedException if the calling thread is interrupted
     */
    default boolean restart(ModelException failure) throws InterruptedException {
        return false;
    }

    /**
     * Closes the connection to the model within a second. A thread that blocks in {@link #next} gets an exception. The
     * second call does nothing. Never throws.
     */
    @Override
    void close();
}
