package dev.rill.chat.socket;

import dev.rill.chat.protocol.Event;
import java.time.Duration;
import java.util.Map;

/** Port: the destination of one response's events, in order. Used by one thread at a time. */
@FunctionalInterface
public interface Sink {

    /**
     * The time without an event after which a client of an HTTP response is sent a {@link #keepAlive}. With the 500 ms
     * at which a follower reads the log, it is less than 15 s.
     */
    Duration KEEP_ALIVE_INTERVAL = Duration.ofSeconds(14);

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

    /**
     * Sends something that the client ignores, if the transport can: proxies and clients close connections that are
     * silent for long. Called by the thread that delivers, each time that it has had no event for
     * {@link #KEEP_ALIVE_INTERVAL}; not for sockets. Not called again after a result other than
     * {@link SendResult#DELIVERED}.
     */
    default SendResult keepAlive() throws InterruptedException {
        return SendResult.DELIVERED;
    }

    /** Closes the transport of a client that can't be reached, so that the client notices and can reconnect. */
    default void abandon() throws InterruptedException {}
}
