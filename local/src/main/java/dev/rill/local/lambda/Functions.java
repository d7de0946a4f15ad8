package dev.rill.local.lambda;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/**
 * The functions of the stack, by name, as those who invoke them see them: the gateway, the function URL, the event
 * source mapping and the public Lambda API. Calls block; callers use virtual threads. Safe for use by many threads.
 */
public interface Functions {

    /**
     * Invokes a function and waits for its whole answer ({@code InvocationType: RequestResponse}).
     *
     * @throws InvocationException if the service cannot run it: unknown function, no free concurrency, payload over 6
     *     MB
     */
    Invoked invoke(String functionName, String payload) throws InvocationException, InterruptedException;

    /**
     * Invokes a function by {@code InvokeWithResponseStream}. Returns as soon as the function's first byte is there, or
     * throws if it failed or answered nothing before that. What it writes is readable from {@link Streamed#body()} as
     * it writes it.
     *
     * @throws InvocationException as {@link #invoke}, and when the function failed before its first byte
     */
    Streamed invokeWithResponseStream(String functionName, String payload)
            throws InvocationException, InterruptedException;

    /**
     * What a buffered invocation came to. A function that threw, timed out or died is a result and no exception, as on
     * AWS.
     *
     * @param payload the function's answer, or its error as JSON ({@code errorType}, {@code errorMessage}) where
     *     {@code failed}
     * @param failed AWS's {@code X-Amz-Function-Error} was set
     */
    record Invoked(String payload, boolean failed) {}

    /**
     * A streamed answer under way; close it to let go of it. The function's next piece is refused then, by 410 and a
     * cut connection; what it does about that is its own affair. AWS does not tell a function.
     *
     * @param contentType the {@code Content-Type} that the function's runtime sent; with
     *     {@code application/vnd.awslambda.http-integration-response} the body starts with the JSON prelude and 8 NUL
     *     bytes
     * @param body what the function writes, as it writes it; throws {@link MidStreamException} where the function
     *     failed midway
     */
    record Streamed(String contentType, InputStream body) implements Closeable {
        @Override
        public void close() throws IOException {
            body.close();
        }
    }

    /** The function failed after its first byte: its error trailers, a timeout, or its process died. */
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
         * The HTTP status that AWS answers this code with; 502 where no service error but the function itself failed
         * before its first byte, and {@link #code} is the function's error type.
         */
        public int status() {
            return status;
        }
    }
}
