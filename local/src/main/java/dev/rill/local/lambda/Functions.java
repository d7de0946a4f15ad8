package dev.rill.local.lambda;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/**
 * Invokes the functions of the stack by name, for the gateway, the function URL, the event source mapping and the
 * public Lambda API. Calls block; callers use virtual threads. Safe for use by many threads.
 */
public interface Functions {

    /**
     * Invokes a function and waits for its complete response ({@code InvocationType: RequestResponse}).
     *
     * @throws InvocationException if the service refuses the invocation: unknown function, no free concurrency, or a
     *     payload over 6 MB
     */
    InvocationResult invoke(String functionName, String payload) throws InvocationException, InterruptedException;

    /**
     * Invokes a function by {@code InvokeWithResponseStream}. Returns once the function has written its first byte, or
     * throws if it failed or ended before that. {@link ResponseBody#body()} provides the bytes while the function
     * writes them.
     *
     * @throws InvocationException as {@link #invoke}, and if the function failed before its first byte
     */
    ResponseBody invokeWithResponseStream(String functionName, String payload)
            throws InvocationException, InterruptedException;

    /**
     * The result of a buffered invocation. A function that threw, timed out or exited is a result and not an exception,
     * as on AWS.
     *
     * @param payload the function's response, or, if {@code failed}, its error as JSON ({@code errorType},
     *     {@code errorMessage})
     * @param failed whether AWS would set {@code X-Amz-Function-Error}
     */
    record InvocationResult(String payload, boolean failed) {}

    /**
     * The response of a streamed invocation that is still running. After {@link #close} the function's next write is
     * refused with 410 and its connection is closed. AWS does not notify a function of a disconnected client.
     *
     * @param contentType the {@code Content-Type} that the function's runtime sent; with
     *     {@code application/vnd.awslambda.http-integration-response} the body starts with the JSON prelude and 8 NUL
     *     bytes
     * @param body the bytes while the function writes them; throws {@link MidStreamException} if the function fails
     *     after its first byte
     */
    record ResponseBody(String contentType, InputStream body) implements Closeable {
        @Override
        public void close() throws IOException {
            body.close();
        }
    }

    /** The function failed after its first byte: it sent error trailers, timed out, or its process ended. */
    final class MidStreamException extends IOException {
        private static final long serialVersionUID = 1;
        private final String errorType;

        public MidStreamException(String errorType, String message) {
            super(message);
            this.errorType = errorType;
        }

        /** Lambda's error type, such as {@code Sandbox.Timedout} or {@code Runtime.ExitError}. */
        public String errorType() {
            return errorType;
        }
    }

    /** The service refused or failed an invocation, with AWS's error code and status. */
    final class InvocationException extends Exception {
        private static final long serialVersionUID = 1;
        private final String code;
        private final int status;

        public InvocationException(String code, int status, String message) {
            super(message);
            this.code = code;
            this.status = status;
        }

        /** AWS's exception name, such as {@code ResourceNotFoundException} or {@code TooManyRequestsException}. */
        public String code() {
            return code;
        }

        /**
         * The HTTP status that AWS uses for this code; 502 if the function itself failed before its first byte, and
         * then {@link #code} is the function's error type.
         */
        public int status() {
            return status;
        }
    }
}
