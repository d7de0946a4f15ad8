package dev.rill.stream;

import dev.rill.streaming.Invocation;
import dev.rill.streaming.ResponseStream;
import dev.rill.streaming.StreamingHandler;
import org.slf4j.MDC;

/**
 * Adds the request id to every log line of an invocation, as {@code function_request_id}: the name that Powertools uses
 * in the other functions.
 *
 * @param handler handles the invocation
 */
record LoggedHandler(StreamingHandler handler) implements StreamingHandler {

    @Override
    public void handle(Invocation invocation, ResponseStream response) throws Exception {
        try (var _ = MDC.putCloseable("function_request_id", invocation.requestId())) {
            handler.handle(invocation, response);
        }
    }
}
