package dev.rill.streaming;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** One TCP connection to the Runtime API. */
final class Connection implements Closeable {

    /** Waits for as long as it takes: the next event may come in hours, and the environment freezes in between. */
    static final int FOREVER = 0;

    private static final int CONNECT_MILLIS = 5_000;

    private final Socket socket;
    private final AnswerReader reader;

    private Connection(Socket socket) throws IOException {
        this.socket = socket;
        this.reader = new AnswerReader(socket.getInputStream());
    }

    static Connection open(InetSocketAddress address) throws IOException {
        var socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.connect(address, CONNECT_MILLIS);
            return new Connection(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Sends bytes; one call of the operating system where its buffer takes them. */
    void send(byte[] bytes, int length) throws IOException {
        socket.getOutputStream().write(bytes, 0, length);
    }

    Answer receive(int timeoutMillis) throws IOException {
        socket.setSoTimeout(timeoutMillis);
        return reader.read();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // What the caller cared about has been sent and answered, or has failed already.
        }
    }
}
