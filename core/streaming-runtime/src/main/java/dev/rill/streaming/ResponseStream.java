package dev.rill.streaming;

import java.io.IOException;
import java.io.OutputStream;

/**
 * The answer to one invocation. Opening it commits: what was opened cannot be taken back, so open it when the request
 * has been checked and there is something to say.
 *
 * <p>Every {@code write} of more than nothing is sent before it returns; {@code flush} has nothing left to do. Writes
 * of several threads do not mix. Nothing is kept in memory. {@code close} forbids further writes and does not end the
 * answer: the runtime ends it when the handler has returned, so that a failure after {@code close} (as in
 * try-with-resources) is still reported as one. Bytes written later are refused.
 *
 * <p>A write blocks while Lambda takes nothing (the bandwidth after the first 6 MB is limited to 2 MB/s), at most until
 * the function's own timeout. It fails with an {@link IOException} when the Runtime API has refused or dropped the
 * answer, for instance beyond its 200 MB. It does <em>not</em> fail when the client has left: Lambda takes the bytes
 * and throws them away, and the function runs (and is billed) to its end.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html">Response
 *     streaming</a>
 */
public interface ResponseStream {

    /**
     * Answers an HTTP request: sends status, headers and cookies.
     *
     * @throws IllegalArgumentException if the head is larger than the 16 KB that Lambda reads; nothing has been sent
     *     then
     * @throws IllegalStateException if the answer is open already, or the invocation is over
     * @throws IOException if the Runtime API cannot be reached
     */
    OutputStream open(ResponseHead head) throws IOException;

    /**
     * Answers bytes to a caller of {@code InvokeWithResponseStream}, with no HTTP status or headers.
     *
     * @param contentType for instance {@code application/octet-stream}
     * @throws IllegalArgumentException if the content type cannot be a header's value
     * @throws IllegalStateException if the answer is open already, or the invocation is over
     * @throws IOException if the Runtime API cannot be reached
     */
    OutputStream openRaw(String contentType) throws IOException;

    /** Whether an answer has been committed; if not, a failure can still get a status of its own. */
    boolean isOpen();
}
