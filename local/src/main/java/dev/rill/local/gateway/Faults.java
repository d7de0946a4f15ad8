package dev.rill.local.gateway;

/** Decides, before each post to a connection, whether it goes wrong. Called by many threads. */
@FunctionalInterface
public interface Faults {
    /** Nothing goes wrong. */
    Faults NONE = (connectionId, message) -> Fault.NONE;

    /**
     * What becomes of the next post to this connection.
     *
     * @param message the body of the post; not to be changed
     */
    Fault beforePost(String connectionId, byte[] message);

    /**
     * A way to go wrong. In each but {@link #NONE} the message is not delivered; only {@link #GONE} touches the socket.
     */
    enum Fault {
        NONE,
        /**
         * The socket is cut without a close frame, and the post is answered 410 {@code GoneException}: on AWS that
         * means a closed one.
         */
        GONE,
        /** 429 {@code LimitExceededException}. */
        LIMIT_EXCEEDED,
        /** 500 {@code InternalServerErrorException}. */
        SERVER_ERROR,
        /** No answer: the request's connection is cut after {@link Limits#post}. */
        HANG
    }
}
