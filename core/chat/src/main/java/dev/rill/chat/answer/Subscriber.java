package dev.rill.chat.answer;

import dev.rill.chat.socket.ConnectionId;

/** A client that is sent the events of a running attempt. */
public sealed interface Subscriber {

    /**
     * A socket, as one version of the subscriptions attached it.
     *
     * @param version the {@linkplain dev.rill.chat.log.Cursor#version version} of its cursor. A socket that is attached
     *     again is another subscriber
     */
    record Socket(ConnectionId connection, long version) implements Subscriber {}

    /** The client of an inline response. */
    record DirectClient() implements Subscriber {}
}
