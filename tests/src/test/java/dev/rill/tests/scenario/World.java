package dev.rill.tests.scenario;

import java.util.List;

/** An environment in which Rill runs, with the simulated model behind it. Safe for use by many threads. */
public interface World {

    /** Opens a socket; returns when it is open. */
    default Socket connect() throws Exception {
        return connect(List.of());
    }

    /** Opens a socket that offers subprotocols; returns when it is open. */
    Socket connect(List<String> subprotocols) throws Exception;

    /**
     * Whether the model has this prompt and has not ended its answer.
     *
     * @param prompt the whole prompt; at most 80 characters, and unique among the tests
     */
    boolean modelIsWriting(String prompt) throws Exception;

    /**
     * Waits until the model has ended its answer to a prompt. A model whose client has gone notices that by its next
     * write, which may be after the client of Rill has got the terminal event.
     *
     * @throws AssertionError if it still writes after 10 s
     */
    void awaitModelStopped(String prompt) throws Exception;
}
