package dev.rill.chat.log;

import dev.rill.chat.socket.ClientSocket;
import java.util.Optional;

/** The outcome of attaching a socket to a response. */
public sealed interface AttachResult {

    /**
     * The response has not ended: its current or next attempt sends the socket the events that follow.
     *
     * @param superseded the socket that was detached to make room, and is sent nothing more; empty if there was room
     */
    record Live(Optional<ClientSocket> superseded) implements AttachResult {}

    /** The response has ended: its events are in the log, and the caller sends them. */
    record Ended() implements AttachResult {}

    /** The response does not exist or belongs to another subject. */
    record Unknown() implements AttachResult {}
}
