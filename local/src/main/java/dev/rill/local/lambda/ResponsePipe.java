package dev.rill.local.lambda;

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
 * What a function writes, on its way to the caller: bytes are readable at once, and a writer that is 256 KB ahead
 * waits. Holds at most that much. One thread writes and one reads. The reader sees the end, or the failure as
 * {@link Functions.MidStreamException}, after the last byte. A reader that closes refuses the writer everything after.
 */
final class ResponsePipe {

    private static final int CAPACITY = 256 * 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<byte[]> pieces = new ArrayDeque<>();
    private int held;
    private State state = State.OPEN;
    private @Nullable FunctionError error;

    private enum State {
        OPEN,
        ENDED,
        ABANDONED
    }

    /** What becomes of a piece. */
    enum Taken {
        /** It will be read, or nobody needs it: the response has ended. */
        TAKEN,
        /** The reader has left. */
        REFUSED
    }

    Taken write(byte[] buffer, int offset, int length) throws InterruptedException {
        if (length == 0) {
            return Taken.TAKEN;
        }
        var piece = new byte[length];
        System.arraycopy(buffer, offset, piece, 0, length);
        lock.lockInterruptibly();
        try {
            while (state == State.OPEN && held > CAPACITY) {
                changed.await();
            }
            if (state == State.OPEN) {
                pieces.add(piece);
                held += length;
                changed.signalAll();
            }
            return state == State.ABANDONED ? Taken.REFUSED : Taken.TAKEN;
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more will come. The first end counts. */
    void end() {
        end(null);
    }

    /** Nothing more will come, because the function failed. The first end counts. */
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

    /** Waits for the first byte or the end. */
    Beginning awaitBeginning() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (state == State.OPEN && pieces.isEmpty()) {
                changed.await();
            }
            if (!pieces.isEmpty()) {
                return new Beginning.Bytes();
            }
            return error == null ? new Beginning.Nothing() : new Beginning.Failed(error);
        } finally {
            lock.unlock();
        }
    }

    /** What stands at the front of a response. */
    sealed interface Beginning {
        /** At least one byte is there to read. */
        record Bytes() implements Beginning {}

        /** The response ended without a byte. */
        record Nothing() implements Beginning {}

        /** The function failed before its first byte. */
        record Failed(FunctionError error) implements Beginning {}
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
                held -= next.length;
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
                held = 0;
                piece = new byte[0];
                position = 0;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
