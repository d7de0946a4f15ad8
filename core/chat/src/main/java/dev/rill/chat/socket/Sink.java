package dev.rill.chat.socket;

import dev.rill.chat.protocol.Event;

/** Port: the destination of one response's events, in order. Used by one thread at a time. */
@FunctionalInterface
public interface Sink {

    /**
     * Sends one event. May block while the client reads slowly. Not called again after a result other than
     * {@link SendResult#DELIVERED}.
     *
     * @param leaseCheck checked before each try
     * @throws InterruptedException if the attempt ends, or the subscription is replaced, during the call
     */
    SendResult deliver(Event event, LeaseCheck leaseCheck) throws InterruptedException;

    /** Closes the transport of a client that can't be reached, so that the client notices and can reconnect. */
    default void abandon() throws InterruptedException {}
}
