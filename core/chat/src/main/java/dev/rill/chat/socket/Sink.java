package dev.rill.chat.socket;

import dev.rill.chat.protocol.Event;
import java.util.Map;

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

    /**
     * The request of this client is accepted. Called once, before the first event; not for a client that follows.
     *
     * @param headers of an HTTP response: what the client has left of its limits; empty without limits
     */
    default void accepted(Map<String, String> headers) {}

    /** Closes the transport of a client that can't be reached, so that the client notices and can reconnect. */
    default void abandon() throws InterruptedException {}
}
