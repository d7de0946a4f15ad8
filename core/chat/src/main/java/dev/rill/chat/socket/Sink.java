package dev.rill.chat.socket;

import dev.rill.chat.protocol.Event;

/** Port: where the events of one response go, in order. One thread delivers. */
@FunctionalInterface
public interface Sink {

    /**
     * Hands over one event; may block while the client reads slowly. After anything but {@link SendResult#DELIVERED} it
     * is not called again.
     *
     * @param leaseCheck asked before each try
     * @throws InterruptedException if the answer is being ended meanwhile
     */
    SendResult deliver(Event event, LeaseCheck leaseCheck) throws InterruptedException;

    /** Lets go of a client that can't be reached, so that it notices and may come back. */
    default void abandon() throws InterruptedException {}
}
