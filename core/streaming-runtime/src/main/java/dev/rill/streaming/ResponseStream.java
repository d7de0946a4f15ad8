package dev.rill.streaming;

import java.io.IOException;
import java.io.OutputStream;

/**
 * The response to one invocation. Opening it commits status and headers, so check the request before you open it.
 *
 * <p>Every {@code write} of at least one byte is sent before it returns; {@code flush} does nothing. Several threads
 * may write; each write is sent as a whole. Nothing is kept in memory. After {@code close} further writes are refused,
 * but the response does not end: the runtime ends it when the handler has returned, so that a failure after
 * {@code close} (as in try-with-resources) is still reported.
 *
 * <p>A write blocks while Lambda accepts no bytes (after the first 6 MB the bandwidth is limited to 2 MB/s), at most
 * until the function's timeout. It fails with an {@link IOException} if the Runtime API has refused or dropped the
 * response, for example above 200 MB. It does <em>not</em> fail if the client has disconnected: Lambda accepts and
 * drops the bytes, and the function runs (and is billed) to its end.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html">Response
 *     streaming</a>
 */
public interface ResponseStream {

    /**
     * Opens the response to an HTTP request: sends status, headers and cookies.
     *
     * @throws IllegalArgumentException if the head is larger than the 16 KB that Lambda reads; nothing was sent then
     * @throws IllegalStateException if the response is open already, or the invocation has ended
     * @throws IOException if the Runtime API cannot be reached
     */
    OutputStream open(ResponseHead head) throws IOException;

    /**
     * Opens a response of bytes to a caller of {@code InvokeWithResponseStream}, without HTTP status and headers.
     *
     * @param contentType such as {@code application/octet-stream}
     * @throws IllegalArgumentException if the content type is not a valid header value
     * @throws IllegalStateException if the response is open already, or the invocation has ended
     * @throws IOException if the Runtime API cannot be reached
     */
    OutputStream openRaw(String contentType) throws IOException;

    /** Whether the response has been opened. If not, a failure can still be answered with an error status. */
    boolean isOpen();
}
