package dev.rill.tests.examples;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A TCP proxy on a loopback port that cuts its first connection after the server has sent a number of bytes on it, and
 * passes all later ones on. Close it; that closes every connection.
 */
final class CuttingProxy implements AutoCloseable {

    private final URI target;
    private final int cutAfterBytes;
    private final ServerSocket server;
    private final AtomicInteger connections = new AtomicInteger();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private CuttingProxy(URI target, int cutAfterBytes) throws IOException {
        this.target = target;
        this.cutAfterBytes = cutAfterBytes;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    static CuttingProxy start(URI target, int cutAfterBytes) throws IOException {
        var proxy = new CuttingProxy(target, cutAfterBytes);
        var _ = Thread.ofVirtual().name("cutting proxy").start(proxy::accept);
        return proxy;
    }

    /** The target's address with this proxy's host and port. */
    URI address() {
        return URI.create(
                target.getScheme() + "://" + server.getInetAddress().getHostAddress() + ":" + server.getLocalPort());
    }

    /** Connections that were accepted so far. */
    int connections() {
        return connections.get();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (var socket : open) {
            socket.close();
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                var client = server.accept();
                int limit = connections.incrementAndGet() == 1 ? cutAfterBytes : Integer.MAX_VALUE;
                var upstream = new Socket(target.getHost(), target.getPort());
                open.add(client);
                open.add(upstream);
                var _ = Thread.ofVirtual().start(() -> copy(client, upstream, Integer.MAX_VALUE));
                var _ = Thread.ofVirtual().start(() -> copy(upstream, client, limit));
            } catch (IOException _) {
                // The proxy was closed, or a client left at once.
            }
        }
    }

    private static void copy(Socket from, Socket to, int limit) {
        try (from;
                to) {
            var buffer = new byte[1024];
            int left = limit;
            for (int read = from.getInputStream().read(buffer);
                    read >= 0 && left > 0;
                    read = from.getInputStream().read(buffer)) {
                int passed = Math.min(read, left);
                to.getOutputStream().write(buffer, 0, passed);
                left -= passed;
            }
        } catch (IOException _) {
            // One side has closed the connection; try-with-resources closes the other.
        }
    }
}
