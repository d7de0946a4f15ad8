package dev.rill.chat.socket;

import dev.rill.chat.protocol.MessageTrimmer;

/** Port: sends messages to sockets. Safe for use by many threads. */
public interface Sockets {

    /**
     * Sends one text message. Returns when the gateway has taken it, so that the messages of one thread arrive in
     * order. Retries failures that the gateway reports as temporary. The result is {@link SendResult#GONE} if the
     * connection is closed for good, whatever the reason.
     *
     * @param message at most {@value MessageTrimmer#SOCKET_MESSAGE_BYTES} bytes of UTF-8
     * @param leaseCheck checked before each try; if it fails, the result is {@link SendResult#WITHHELD}
     * @throws RuntimeException if the gateway can't be reached, or still fails after the last retry
     */
    SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck) throws InterruptedException;

    /**
     * Closes a socket that can't be written to, so that its client reconnects. Tries once. Does nothing if the socket
     * is closed already.
     */
    void close(ConnectionId connection) throws InterruptedException;
}
