package dev.rill.chat.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;

/** Port: a model server that answers requests with a stream of Open Responses events. Safe for use by many threads. */
public interface Model {

    /**
     * Sends a request once and returns when the server has accepted it, before its first event. The caller retries by
     * {@link Retries}.
     *
     * @param request the body of {@code POST /v1/responses}; the adapter sets {@code stream}, and fills in its default
     *     {@code model} if there is none
     * @return the stream, which the caller closes
     * @throws ModelException if the server refuses the request, fails, or can't be reached
     * @throws InterruptedException if the calling thread is interrupted
     */
    ModelStream open(ObjectNode request) throws ModelException, InterruptedException;

    /**
     * Sends a request for something else than an answer once, and returns the server's JSON object.
     *
     * @param request the body; the adapter fills in its default {@code model} if there is none
     * @param atMost after which time the request is given up
     * @throws ModelException {@link ModelFailure#NOT_SUPPORTED} if the server has no such endpoint; otherwise as
     *     {@link #open}
     * @throws InterruptedException if the calling thread is interrupted
     */
    default ObjectNode ask(Endpoint endpoint, ObjectNode request, Duration atMost)
            throws ModelException, InterruptedException {
        throw ModelException.notSupported(endpoint);
    }

    /**
     * Returns the models that the server offers, as of a few minutes ago at most: objects with an {@code id}, in
     * OpenAI's form. Empty if the server does not list them, or not now. Takes a few seconds at most.
     */
    default List<ObjectNode> models() {
        return List.of();
    }
}
