package dev.rill.load.faults.prompt;

/** What a client does during an answer. */
public sealed interface ClientAction {

    /** The channel that a client uses. */
    enum Channel {
        /** A WebSocket. */
        SOCKET,
        /** An HTTP request. */
        HTTP
    }

    /** Aborts the connection without a close frame, and continues on a channel. */
    record Cut(Channel continueOn) implements ClientAction {}

    /** Cancels the response. */
    record Stop(Channel channel) implements ClientAction {}

    /**
     * Continues on a new socket, several times.
     *
     * @param times the number of new sockets
     * @param old what happens to each previous socket
     */
    record Reconnect(int times, OldSocket old) implements ClientAction {}

    /** What happens to a socket that its client no longer reads. */
    enum OldSocket {
        /** The client aborts it. */
        CUT,
        /** It stays open, as after the loss of a network. */
        OPEN
    }
}
