package dev.rill.streaming;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** One TCP connection to the Runtime API. */
final class Connection implements Closeable {

    /** No timeout: the next event may come in hours, and the environment is frozen in between. */
    static final int NO_TIMEOUT = 0;

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

    /** Sends bytes, with one system call if the socket's buffer has room for them. */
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
            // The exchange has been answered, or has failed already.
        }
    }
}
