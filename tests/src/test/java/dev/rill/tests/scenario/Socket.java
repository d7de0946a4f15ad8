package dev.rill.tests.scenario;

/** A client's end of a WebSocket. Close it. */
public interface Socket extends AutoCloseable {

    /** Sends one text message. */
    void send(String text) throws Exception;

    /**
     * Takes the oldest message that was not taken yet; waits for it.
     *
     * @throws AssertionError if none comes for a minute, or the socket was closed by the other side
     */
    String receive() throws InterruptedException;

    @Override
    void close();
}
