package dev.rill.chat.log;

import dev.rill.chat.socket.ConnectionId;
import java.util.Optional;

/** What came of attaching a socket to a response. */
public sealed interface AttachResult {

    /**
     * Its attempt, or the next one, sends the socket what follows.
     *
     * @param superseded the socket that had to give way and is sent nothing more
     */
    record Live(Optional<ConnectionId> superseded) implements AttachResult {}

    /** It has ended: what follows is in the log. */
    record Ended() implements AttachResult {}

    /** No such response, or another subject's. */
    record Unknown() implements AttachResult {}
}
