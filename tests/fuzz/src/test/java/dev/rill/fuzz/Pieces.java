package dev.rill.fuzz;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Bytes that arrive in pieces, as from a network. */
public final class Pieces extends FilterInputStream {

    private final int size;

    private Pieces(InputStream bytes, int size) {
        super(bytes);
        this.size = size;
    }

    public static InputStream of(byte[] bytes, int size) {
        return new Pieces(new ByteArrayInputStream(bytes), size);
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        return super.read(into, offset, Math.min(length, size));
    }
}
