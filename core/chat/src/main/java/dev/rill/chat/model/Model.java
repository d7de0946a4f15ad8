package dev.rill.chat.model;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Port: a server that answers prompts as a stream of Open Responses events. Safe for use by many threads. */
public interface Model {

    /**
     * Sends a request and returns once the server has accepted it, before its first event. Tries once: whether a retry
     * makes sense is for {@link Retries} to say.
     *
     * @param request the body of {@code POST /v1/responses}; {@code stream} is the adapter's to set, a missing
     *     {@code model} is its default
     * @return the stream, to be closed by the caller
     * @throws ModelException if the server refused, failed, or could not be reached
     */
    ModelStream open(ObjectNode request) throws ModelException, InterruptedException;
}
