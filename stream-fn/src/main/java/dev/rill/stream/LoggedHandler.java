package dev.rill.stream;

import dev.rill.streaming.Invocation;
import dev.rill.streaming.ResponseStream;
import dev.rill.streaming.StreamingHandler;
import org.slf4j.MDC;

/**
 * Gives every log line of an invocation its request id, by the name that powertools-logging gives it in the other
 * functions.
 */
record LoggedHandler(StreamingHandler handler) implements StreamingHandler {

    @Override
    public void handle(Invocation invocation, ResponseStream response) throws Exception {
        try (var _ = MDC.putCloseable("function_request_id", invocation.requestId())) {
            handler.handle(invocation, response);
        }
    }
}
