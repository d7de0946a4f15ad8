package dev.rill.tests.scenario;

import dev.rill.streaming.ResponseHead;
import dev.rill.streaming.ResponseStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpHeaders;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One HTTP response between stream-fn's handler, whose threads write, and a client's thread, which reads while it
 * comes. A write fails when the client has closed its end.
 */
final class MemoryResponse implements ResponseStream {

    private static final long TIMEOUT_SECONDS = 60;
    /** No write puts an empty chunk, so that one means the end. */
    private static final byte[] END = {};

    private final CompletableFuture<HttpAnswer> answer = new CompletableFuture<>();
    private final BlockingQueue<byte[]> chunks = new LinkedBlockingQueue<>();
    private volatile boolean clientGone;

    /** Waits for the head, at most for a minute. */
    HttpAnswer await() throws InterruptedException {
        try {
            return answer.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("no response within " + TIMEOUT_SECONDS + " s", e);
        }
    }

    @Override
    public OutputStream open(ResponseHead head) {
        answer.complete(new HttpAnswer(head.status(), HttpHeaders.of(head.headers(), (_, _) -> true), new Body()));
        return new OutputStream() {
            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                if (clientGone) {
                    throw new IOException("the client has gone");
                }
                if (length > 0) {
                    chunks.add(Arrays.copyOfRange(bytes, from, from + length));
                }
            }

            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }
        };
    }

    @Override
    public OutputStream openRaw(String contentType) {
        throw new UnsupportedOperationException("stream-fn answers HTTP requests");
    }

    @Override
    public boolean isOpen() {
        return answer.isDone();
    }

    /** The handler has returned: the body ends. */
    void end() {
        chunks.add(END);
    }

    /** The handler has failed before it opened the response. */
    void fail(Exception cause) {
        answer.completeExceptionally(cause);
        end();
    }

    private final class Body extends InputStream {

        private byte[] chunk = new byte[1];
        private int position = 1;
        private boolean ended;

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            if (position == chunk.length && !ended) {
                chunk = next();
                position = 0;
                ended = chunk.length == 0;
            }
            if (ended) {
                return -1;
            }
            var count = Math.min(length, chunk.length - position);
            System.arraycopy(chunk, position, to, offset, count);
            position += count;
            return count;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        private byte[] next() throws IOException {
            try {
                var next = chunks.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
                if (next == null) {
                    throw new IOException("no byte for " + TIMEOUT_SECONDS + " s");
                }
                return next;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }

        @Override
        public void close() {
            clientGone = true;
        }
    }
}
