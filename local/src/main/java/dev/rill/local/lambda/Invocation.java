package dev.rill.local.lambda;

import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One invocation on its way through an environment. The runtime answers it, in pieces or with an error; it ends when
 * the runtime asks for the next one or the process is gone, and only then does the caller see the end of the response:
 * so a caller that invokes again finds the environment free.
 */
final class Invocation {

    /** How the caller wants the answer, which sets its size limit. */
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
    private Progress progress = Progress.WAITING;
    private String contentType = "application/octet-stream";
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

    /** The runtime begins its response; false if it may not, since it has begun or answered before. */
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

    /** The function failed, in place of a response or at the end of one; false if it had answered before. */
    synchronized boolean failed(FunctionError failure) {
        if (progress != Progress.WAITING && progress != Progress.RESPONDING) {
            return false;
        }
        progress = Progress.ANSWERED;
        error = failure;
        return true;
    }

    /** The environment is done with it, or gone; an invocation without a whole answer by now has failed as told. */
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

    /** Waits until the end; false if it has not come by then. */
    boolean awaitEnd(long nanos) throws InterruptedException {
        return ended.await(nanos, TimeUnit.NANOSECONDS);
    }

    /** How it failed; null while it has not. */
    synchronized @Nullable FunctionError error() {
        return error;
    }
}
