package dev.rill.chat.log;

import dev.rill.chat.protocol.Subprotocol;

/**
 * How far a socket has come in a response.
 *
 * @param after the number of the last event that it has; -1 where it has none
 * @param version of {@link Subscriptions} by which the socket was attached, from 0 for the one that asked: tells one
 *     attaching from the next of the same socket, and which of two sockets came first
 * @param subprotocol what the socket speaks
 */
public record Cursor(long after, long version, Subprotocol subprotocol) {

    /** The same attaching, further on. */
    public Cursor at(long sequence) {
        return new Cursor(sequence, version, subprotocol);
    }
}
