package dev.rill.streaming;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The response to one invocation, on its own connection. */
final class StreamedResponse implements ResponseStream, Closeable {

    private static final String HTTP_INTEGRATION = "application/vnd.awslambda.http-integration-response";

    /** In bytes. A chunk and its framing are sent in one write; a larger piece is sent as several chunks. */
    private static final int MAX_CHUNK = 32 * 1024;

    private static final int FRAME = 16;
    private static final int REFUSAL_MILLIS = 1_000;
    private static final String DROPPED = "the Runtime API has dropped the response";

    private enum State {
        UNOPENED,
        OPEN,
        ENDED,
        BROKEN
    }

    private final RuntimeApi api;
    private final Invocation invocation;
    private final EarlyConnection early;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private State state = State.UNOPENED;

    @GuardedBy("lock")
    private @Nullable Connection connection;

    @GuardedBy("lock")
    private byte[] buffer = new byte[0];

    /** Tries to open the connection. The caller closes this object. */
    StreamedResponse(RuntimeApi api, Invocation invocation) {
        this.api = api;
        this.invocation = invocation;
        this.early = api.connectEarly();
    }

    @Override
    public OutputStream open(ResponseHead head) throws IOException {
        return commit(HTTP_INTEGRATION, head.prelude());
    }

    @Override
    public OutputStream openRaw(String contentType) throws IOException {
        ResponseHead.requireFieldValue("content-type", contentType);
        return commit(contentType, new byte[0]);
    }

    @Override
    public boolean isOpen() {
        lock.lock();
        try {
            return state == State.OPEN || state == State.BROKEN;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends the response as complete, and returns the Runtime API's answer; null if the response was never opened.
     *
     * @throws IOException if the Runtime API has not accepted all of it
     */
    @Nullable
    Answer end() throws IOException {
        lock.lock();
        try {
            if (state == State.BROKEN) {
                throw new IOException(DROPPED);
            }
        } finally {
            lock.unlock();
        }
        return finish("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Ends the response as failed; null if there is no connection to report it on. */
    @Nullable
    Answer fail(ErrorReport report) throws IOException {
        return finish(report.trailers());
    }

    /** Closes the connection if the response did not use it. */
    @Override
    public void close() {
        lock.lock();
        try {
            early.close();
        } finally {
            lock.unlock();
        }
    }

    private OutputStream commit(String contentType, byte[] first) throws IOException {
        lock.lock();
        try {
            if (state != State.UNOPENED) {
                throw new IllegalStateException(
                        state == State.ENDED ? "the invocation is over" : "the response has been opened already");
            }
            connection = early.take();
            var head = api.responseHead(invocation, contentType);
            buffer = new byte[Math.max(head.length + ResponseHead.PRELUDE_LIMIT, MAX_CHUNK) + FRAME];
            System.arraycopy(head, 0, buffer, 0, head.length);
            int length = first.length == 0 ? head.length : frame(head.length, first, 0, first.length);
            sendFirst(connection, length);
            state = State.OPEN;
            return new Body();
        } finally {
            lock.unlock();
        }
    }

    private void writeChunks(byte[] bytes, int offset, int length) throws IOException {
        lock.lock();
        try {
            for (int done = 0; done < length; ) {
                switch (state) {
                    case OPEN -> {
                        int size = Math.min(length - done, MAX_CHUNK);
                        send(frame(0, bytes, offset + done, size));
                        done += size;
                    }
                    case BROKEN -> throw new IOException(DROPPED);
                    case UNOPENED, ENDED -> throw new IOException("the invocation is over");
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Puts a chunk into the buffer, and returns the index of its end. */
    @GuardedBy("lock")
    private int frame(int start, byte[] bytes, int offset, int length) {
        int at = start;
        var size = Integer.toHexString(length);
        for (int i = 0; i < size.length(); i++) {
            buffer[at++] = (byte) size.charAt(i);
        }
        buffer[at++] = '\r';
        buffer[at++] = '\n';
        System.arraycopy(bytes, offset, buffer, at, length);
        at += length;
        buffer[at++] = '\r';
        buffer[at++] = '\n';
        return at;
    }

    /** Nothing is committed until this has succeeded: the handler may try again, or fail with an invocation error. */
    @GuardedBy("lock")
    private void sendFirst(Connection fresh, int length) throws IOException {
        try {
            fresh.send(buffer, length);
        } catch (IOException e) {
            fresh.close();
            throw e;
        }
    }

    @GuardedBy("lock")
    private void send(int length) throws IOException {
        var open = Objects.requireNonNull(connection);
        try {
            open.send(buffer, length);
        } catch (IOException e) {
            state = State.BROKEN;
            throw new IOException(whyDropped(open), e);
        } finally {
            if (state == State.BROKEN) {
                open.close();
            }
        }
    }

    /** Reads why the Runtime API has refused the response, if it answered before it closed the connection. */
    private static String whyDropped(Connection broken) {
        try {
            return DROPPED + " with status " + broken.receive(REFUSAL_MILLIS).status();
        } catch (IOException e) {
            return DROPPED;
        }
    }

    private @Nullable Answer finish(byte[] last) throws IOException {
        lock.lock();
        try {
            var before = state;
            state = State.ENDED;
            if (before != State.OPEN) {
                return null;
            }
            try (var open = Objects.requireNonNull(connection)) {
                open.send(last, last.length);
                return open.receive(RuntimeApi.REPORT_MILLIS);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The stream that the handler writes to. */
    private final class Body extends OutputStream {

        private volatile boolean closed;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            if (closed) {
                throw new IOException("the body has been closed");
            }
            writeChunks(bytes, offset, length);
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
