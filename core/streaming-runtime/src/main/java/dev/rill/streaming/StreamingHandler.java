package dev.rill.streaming;

/**
 * Handles the events of a function. The event is passed as Lambda sent it. For requests of a function URL or an HTTP
 * API, write an {@link HttpHandler} and convert it with {@link #http}.
 *
 * <p>The runtime calls it on one thread, one invocation after the other. The handler opens the response, writes, and
 * returns; then the runtime ends the response. Other threads may write as well, if they finish before the handler
 * returns.
 *
 * <p>An exception before the response is opened becomes an invocation error (a function URL answers 502). A later
 * exception cuts the response off: its status has been sent, and callers of {@code InvokeWithResponseStream} get the
 * exception's type and message. Either is reported once to the runtime's failure log.
 */
@FunctionalInterface
public interface StreamingHandler {

    void handle(Invocation invocation, ResponseStream response) throws Exception;

    /**
     * Creates a handler for the events of function URLs and HTTP APIs (payload format 2.0). Any other event causes an
     * invocation error of type {@link MalformedEventException}.
     */
    static StreamingHandler http(HttpHandler handler) {
        return (invocation, response) -> handler.handle(Request.of(invocation), response);
    }
}
