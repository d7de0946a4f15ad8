package dev.rill.local.gateway;

/** Decides, before each post to a connection, whether a fault is injected. Called by many threads. */
@FunctionalInterface
public interface ConnectionFaults {
    /** Injects no fault. */
    ConnectionFaults NONE = (connectionId, message) -> Fault.NONE;

    /**
     * The fault of the next post to this connection.
     *
     * @param message the body of the post; must not be modified
     */
    Fault beforePost(String connectionId, byte[] message);

    /**
     * A fault. With any fault but {@link #NONE} the message is not delivered. Only {@link #GONE} affects the socket.
     */
    enum Fault {
        NONE,
        /**
         * The socket is disconnected without a close frame, and the post is answered 410 {@code GoneException}, as AWS
         * answers for a closed socket.
         */
        GONE,
        /** 429 {@code LimitExceededException}. */
        LIMIT_EXCEEDED,
        /** 500 {@code InternalServerErrorException}. */
        SERVER_ERROR,
        /** No response: the request's connection is closed after {@link Limits#post}. */
        HANG
    }
}
