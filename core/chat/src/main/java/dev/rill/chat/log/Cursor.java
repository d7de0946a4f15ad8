package dev.rill.chat.log;

import dev.rill.chat.protocol.Subprotocol;

/**
 * The position of a socket in a response.
 *
 * @param after the sequence number of the last event that it was sent; -1 if none
 * @param version the version of {@link Subscriptions} that attached the socket; 0 for the socket of the request. It
 *     distinguishes repeated attachments of one socket, and orders sockets by age
 * @param subprotocol the protocol of the socket
 */
public record Cursor(long after, long version, Subprotocol subprotocol) {

    /** Returns the same attachment at another position. */
    public Cursor at(long sequence) {
        return new Cursor(sequence, version, subprotocol);
    }
}
