package dev.rill.local.lambda;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Passes a function's response to the caller. Bytes are readable at once; a writer blocks while more than 256 KB are
 * unread. One thread writes and one reads. After the last byte the reader sees the end, or the failure as
 * {@link Functions.MidStreamException}. Once the reader is closed, all writes are refused.
 */
final class ResponsePipe {

    private static final int CAPACITY = 256 * 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final Deque<byte[]> pieces = new ArrayDeque<>();

    @GuardedBy("lock")
    private int bufferedBytes;

    @GuardedBy("lock")
    private State state = State.OPEN;

    @GuardedBy("lock")
    private @Nullable FunctionError error;

    private enum State {
        OPEN,
        ENDED,
        ABANDONED
    }

    /** The result of a write. */
    enum WriteResult {
        /** The piece can be read, or was dropped because the response has ended. */
        ACCEPTED,
        /** The reader is closed. */
        REFUSED
    }

    WriteResult write(byte[] buffer, int offset, int length) throws InterruptedException {
        if (length == 0) {
            return WriteResult.ACCEPTED;
        }
        var piece = new byte[length];
        System.arraycopy(buffer, offset, piece, 0, length);
        lock.lockInterruptibly();
        try {
            while (state == State.OPEN && bufferedBytes > CAPACITY) {
                changed.await();
            }
            if (state == State.OPEN) {
                pieces.add(piece);
                bufferedBytes += length;
                changed.signalAll();
            }
            return state == State.ABANDONED ? WriteResult.REFUSED : WriteResult.ACCEPTED;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the response. Only the first end has an effect. */
    void end() {
        end(null);
    }

    /** Ends the response because the function failed. Only the first end has an effect. */
    void fail(FunctionError failure) {
        end(failure);
    }

    private void end(@Nullable FunctionError failure) {
        lock.lock();
        try {
            if (state == State.OPEN) {
                state = State.ENDED;
                error = failure;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the first bytes or the end. */
    ResponseStart awaitStart() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (state == State.OPEN && pieces.isEmpty()) {
                changed.await();
            }
            if (!pieces.isEmpty()) {
                return new ResponseStart.FirstBytes();
            }
            return error == null ? new ResponseStart.Empty() : new ResponseStart.Failure(error);
        } finally {
            lock.unlock();
        }
    }

    /** How a response starts. */
    sealed interface ResponseStart {
        /** At least one byte can be read. */
        record FirstBytes() implements ResponseStart {}

        /** The response ended without any byte. */
        record Empty() implements ResponseStart {}

        /** The function failed before its first byte. */
        record Failure(FunctionError error) implements ResponseStart {}
    }

    InputStream reader() {
        return new Reader();
    }

    private final class Reader extends InputStream {

        private byte[] piece = new byte[0];
        private int position;

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, buffer.length);
            if (length == 0) {
                return 0;
            }
            if (position == piece.length && !nextPiece()) {
                return -1;
            }
            int count = Math.min(length, piece.length - position);
            System.arraycopy(piece, position, buffer, offset, count);
            position += count;
            return count;
        }

        @Override
        public int available() {
            return piece.length - position;
        }

        private boolean nextPiece() throws IOException {
            try {
                lock.lockInterruptibly();
            } catch (InterruptedException e) {
                throw interrupted();
            }
            try {
                while (state == State.OPEN && pieces.isEmpty()) {
                    changed.await();
                }
                var next = pieces.poll();
                if (next == null) {
                    if (state == State.ABANDONED) {
                        throw new IOException("the stream is closed");
                    }
                    if (error != null) {
                        throw new Functions.MidStreamException(error.type(), error.message());
                    }
                    return false;
                }
                bufferedBytes -= next.length;
                changed.signalAll();
                piece = next;
                position = 0;
                return true;
            } catch (InterruptedException e) {
                throw interrupted();
            } finally {
                lock.unlock();
            }
        }

        private IOException interrupted() {
            Thread.currentThread().interrupt();
            return new InterruptedIOException("interrupted while waiting for the function");
        }

        @Override
        public void close() {
            lock.lock();
            try {
                state = State.ABANDONED;
                pieces.clear();
                bufferedBytes = 0;
                piece = new byte[0];
                position = 0;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
