package dev.rill.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.core.http.HttpResponse;
import dev.rill.chat.model.ModelException;
import java.util.Optional;

/** How one API of a model's server is asked, by openai-java. Safe for use by many threads. */
interface StreamingEndpoint {

    /**
     * Returns the body of a request.
     *
     * @param request of the Responses API, with {@code model} and {@code stream}; it is not changed
     * @throws ModelException if the API can't express the request
     */
    ObjectNode encode(ObjectNode request) throws ModelException;

    /** Makes one request on the calling thread, whose body the transport sends. The caller closes the response. */
    HttpResponse post(String authorization);

    /**
     * Returns the body without what the server has refused in it, and can do without; empty if there is no such thing.
     */
    Optional<ObjectNode> concede(ObjectNode body, HttpStatusException refusal);

    /** Records that the server has accepted a body only after {@link #concede}. */
    void remember(ObjectNode conceded);

    /** Returns the decoder of one answer. */
    StreamDecoder decoder(FailureMapper failures);
}
