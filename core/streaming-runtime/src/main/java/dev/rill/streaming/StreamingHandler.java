package dev.rill.streaming;

/**
 * What a function does with an event. The event is handed over as Lambda sent it; for requests of a function URL or an
 * HTTP API, write an {@link HttpHandler} and turn it into one of these by {@link #http}.
 *
 * <p>The runtime calls it on one thread, for one invocation after the other. The handler opens the response when it
 * knows how to answer, writes, and returns; the answer ends when it returns, and the runtime closes it. It may write
 * from other threads too, as long as these are done when it returns.
 *
 * <p>An exception thrown before the response was opened becomes an invocation error (a function URL answers 502). One
 * thrown later cuts the answer off: its status is on its way, and callers of {@code InvokeWithResponseStream} are told
 * the type and the message. Either is reported once to the runtime's failure log.
 */
@FunctionalInterface
public interface StreamingHandler {

    void handle(Invocation invocation, ResponseStream response) throws Exception;

    /**
     * A handler for the events of function URLs and HTTP APIs (payload format 2.0). Any other event ends in an
     * invocation error of type {@link MalformedEventException}.
     */
    static StreamingHandler http(HttpHandler handler) {
        return (invocation, response) -> handler.handle(Request.of(invocation), response);
    }
}
