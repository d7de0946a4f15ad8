package dev.rill.streaming;

/**
 * Handles the HTTP requests of a function. The rules of {@link StreamingHandler} apply: check the request, open the
 * response with its status, write, return.
 */
@FunctionalInterface
public interface HttpHandler {

    void handle(Request request, ResponseStream response) throws Exception;
}
