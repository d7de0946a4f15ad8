package dev.rill.local.lambda;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One invocation in an environment. The runtime sends a response, in pieces, or an error. The invocation ends when the
 * runtime asks for the next one or the process ends. Only then does the caller see the end of the response, so that a
 * caller that invokes again finds the environment free.
 */
final class Invocation {

    /** How the caller reads the response, which determines its size limit. */
    enum Mode {
        BUFFERED,
        STREAMED
    }

    private enum Progress {
        WAITING,
        RESPONDING,
        ANSWERED,
        ENDED
    }

    private final String requestId;
    private final byte[] payload;
    private final Mode mode;
    private final Instant deadline;
    private final ResponsePipe response = new ResponsePipe();
    private final CountDownLatch ended = new CountDownLatch(1);

    @GuardedBy("this")
    private Progress progress = Progress.WAITING;

    @GuardedBy("this")
    private String contentType = "application/octet-stream";

    @GuardedBy("this")
    private @Nullable FunctionError error;

    Invocation(String requestId, byte[] payload, Mode mode, Instant deadline) {
        this.requestId = requestId;
        this.payload = payload;
        this.mode = mode;
        this.deadline = deadline;
    }

    String requestId() {
        return requestId;
    }

    byte[] payload() {
        return payload;
    }

    /** The payload as text. */
    String event() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    Mode mode() {
        return mode;
    }

    Instant deadline() {
        return deadline;
    }

    ResponsePipe response() {
        return response;
    }

    synchronized String contentType() {
        return contentType;
    }

    /** The runtime starts its response; false if it has started or sent one before. */
    synchronized boolean begin(String type) {
        if (progress != Progress.WAITING) {
            return false;
        }
        progress = Progress.RESPONDING;
        contentType = type;
        return true;
    }

    /** The runtime's response is complete. */
    synchronized void answered() {
        if (progress == Progress.RESPONDING) {
            progress = Progress.ANSWERED;
        }
    }

    /** The function failed, instead of a response or at the end of one; false if it had answered before. */
    synchronized boolean failed(FunctionError failure) {
        if (progress != Progress.WAITING && progress != Progress.RESPONDING) {
            return false;
        }
        progress = Progress.ANSWERED;
        error = failure;
        return true;
    }

    /**
     * The environment has finished the invocation, or has ended. An invocation without a complete response fails with
     * this error.
     */
    synchronized void end(FunctionError unlessAnswered) {
        failed(unlessAnswered);
        progress = Progress.ENDED;
        if (error == null) {
            response.end();
        } else {
            response.fail(error);
        }
        ended.countDown();
    }

    /** Waits for the end; false if the invocation still runs afterwards. */
    boolean awaitEnd(long nanos) throws InterruptedException {
        return ended.await(nanos, TimeUnit.NANOSECONDS);
    }

    /** The error; null if the invocation has not failed. */
    synchronized @Nullable FunctionError error() {
        return error;
    }
}
