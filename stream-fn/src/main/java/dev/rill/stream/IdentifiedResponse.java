package dev.rill.stream;

import dev.rill.streaming.Request;
import dev.rill.streaming.ResponseHead;
import dev.rill.streaming.ResponseStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * A response with the header {@code x-request-id}: Lambda's id of the request, as in the function's log lines. OpenAI's
 * clients show it with an error.
 *
 * @param response to send
 * @param requestId printable ASCII characters
 */
record IdentifiedResponse(ResponseStream response, String requestId) implements ResponseStream {

    static IdentifiedResponse of(Request request, ResponseStream response) {
        return new IdentifiedResponse(response, request.invocation().requestId());
    }

    @Override
    public OutputStream open(ResponseHead head) throws IOException {
        return response.open(head.header("x-request-id", requestId));
    }

    @Override
    public OutputStream openRaw(String contentType) throws IOException {
        return response.openRaw(contentType);
    }

    @Override
    public boolean isOpen() {
        return response.isOpen();
    }
}
