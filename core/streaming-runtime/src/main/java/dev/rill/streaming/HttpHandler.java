package dev.rill.streaming;

/**
 * What a function does with an HTTP request. The rules of {@link StreamingHandler} hold: check the request first, open
 * the response with the status that fits, write, return.
 */
@FunctionalInterface
public interface HttpHandler {

    void handle(Request request, ResponseStream response) throws Exception;
}
