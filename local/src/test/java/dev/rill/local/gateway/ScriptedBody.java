package dev.rill.local.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/** A streamed response that a test writes piece by piece; each piece is one read. */
final class ScriptedBody extends InputStream {
    private final BlockingQueue<Piece> pieces = new LinkedBlockingQueue<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    private sealed interface Piece {
        record Text(String text) implements Piece {}

        record Failure(IOException failure) implements Piece {}

        record End() implements Piece {}
    }

    ScriptedBody thenWrites(String text) {
        pieces.add(new Piece.Text(text));
        return this;
    }

    ScriptedBody thenFails(IOException failure) {
        pieces.add(new Piece.Failure(failure));
        return this;
    }

    ScriptedBody thenEnds() {
        pieces.add(new Piece.End());
        return this;
    }

    CountDownLatch closed() {
        return closed;
    }

    @Override
    public int read() {
        throw new UnsupportedOperationException("Read whole pieces");
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        try {
            return switch (pieces.take()) {
                case Piece.Text(String text) -> {
                    var bytes = text.getBytes(StandardCharsets.UTF_8);
                    System.arraycopy(bytes, 0, buffer, offset, bytes.length);
                    yield bytes.length;
                }
                case Piece.Failure(IOException failure) -> throw failure;
                case Piece.End() -> -1;
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
