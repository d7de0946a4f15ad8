package dev.rill.load.faults.prompt;

/** What a client does on purpose in the midst of an answer. */
public sealed interface Act {

    /** Where it goes. */
    enum Way {
        /** On a socket. */
        SOCKET,
        /** Over HTTP. */
        HTTP
    }

    /** Cuts the line without a word, and goes on reading another way. */
    record Cut(Way onBy) implements Act {}

    /** Asks for the end of the answer. */
    record Stop(Way by) implements Act {}

    /**
     * Goes on on a new socket, again and again.
     *
     * @param times how often
     * @param old what becomes of the sockets before
     */
    record Reconnect(int times, Old old) implements Act {}

    /** What becomes of a socket that its client does not read any more. */
    enum Old {
        /** It is cut. */
        CUT,
        /** It stays open, as one does whose network is gone. */
        OPEN
    }
}
