package dev.rill.chat.socket;

import dev.rill.chat.protocol.MessageTrimmer;

/** Port: writes to sockets. Safe for use by many threads. */
public interface Sockets {

    /**
     * Sends one text message. Returns when the gateway has taken it, so that messages of one thread arrive in order;
     * retries what the gateway calls temporary, and asks the permit before each try. A connection that can't be reached
     * for good is {@link SendResult#GONE}, whatever the reason.
     *
     * @param message at most {@value MessageTrimmer#SOCKET_MESSAGE_BYTES} bytes of UTF-8
     */
    SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck) throws InterruptedException;

    /**
     * Closes a socket that can't be written to, so that its client comes back; one that is closed already is no error.
     * Tries once.
     */
    void close(ConnectionId connection) throws InterruptedException;
}
