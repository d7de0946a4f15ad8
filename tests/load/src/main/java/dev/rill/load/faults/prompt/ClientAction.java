package dev.rill.load.faults.prompt;

/** What a client does on purpose in the midst of an answer. */
public sealed interface ClientAction {

    /** Where it goes. */
    enum Channel {
        /** On a socket. */
        SOCKET,
        /** Over HTTP. */
        HTTP
    }

    /** Cuts the line without a word, and goes on reading another way. */
    record Cut(Channel continueOn) implements ClientAction {}

    /** Asks for the end of the answer. */
    record Stop(Channel channel) implements ClientAction {}

    /**
     * Goes on on a new socket, again and again.
     *
     * @param times how often
     * @param old what becomes of the sockets before
     */
    record Reconnect(int times, OldSocket old) implements ClientAction {}

    /** What becomes of a socket that its client does not read any more. */
    enum OldSocket {
        /** It is cut. */
        CUT,
        /** It stays open, as one does whose network is gone. */
        OPEN
    }
}
