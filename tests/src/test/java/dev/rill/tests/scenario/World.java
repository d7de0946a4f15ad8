package dev.rill.tests.scenario;

import java.util.List;

/** An environment in which Rill runs, with the simulated model behind it. Safe for use by many threads. */
public interface World {

    /** Opens a socket; returns when it is open. */
    default Socket connect() throws Exception {
        return connect(List.of());
    }

    /** The same, offering subprotocols. */
    Socket connect(List<String> subprotocols) throws Exception;

    /**
     * Whether the model has got this prompt and has not come to the end of its answer.
     *
     * @param prompt the whole of it, at most 80 characters, and no other test's
     */
    boolean modelIsWriting(String prompt) throws Exception;
}
