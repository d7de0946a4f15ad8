package dev.rill.tests.scenario;

/** A client's end of a WebSocket. Close it. */
public interface Socket extends AutoCloseable {

    /** Sends one text message. */
    void send(String text) throws Exception;

    /**
     * Waits for the next message, in the order of arrival.
     *
     * @throws AssertionError if none arrives for a minute, or the server has closed the socket
     */
    String receive() throws InterruptedException;

    @Override
    void close();
}
