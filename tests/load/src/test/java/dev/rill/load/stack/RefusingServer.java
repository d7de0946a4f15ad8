package dev.rill.load.stack;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Refuses every request and handshake, and notes the credential of each. Close it. */
public final class RefusingServer implements AutoCloseable {

    private final HttpServer server;
    private final List<String> credentials = new CopyOnWriteArrayList<>();

    private RefusingServer(HttpServer server) {
        this.server = server;
    }

    /** One that answers 401 to all. */
    public static RefusingServer start() throws IOException {
        return start(401, 401);
    }

    /** One that answers with one status to those with a credential, and with another to those without. */
    public static RefusingServer start(int withCredential, int without) throws IOException {
        var http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        var server = new RefusingServer(http);
        http.createContext("/", exchange -> {
            try (exchange) {
                server.credentials.add(
                        String.join(", ", exchange.getRequestHeaders().getOrDefault("Authorization", List.of("none"))));
                boolean has = exchange.getRequestHeaders().containsKey("Authorization");
                exchange.sendResponseHeaders(has ? withCredential : without, -1);
            }
        });
        http.start();
        return server;
    }

    /** Its address, with the key {@code rill_abc}. */
    public Target target() throws LoadException {
        return Target.parse("http://127.0.0.1:" + server.getAddress().getPort())
                .with(ApiKey.of(Map.of(ApiKey.VARIABLE, "rill_abc")));
    }

    /** The header {@code Authorization} of each request so far. */
    public List<String> credentials() {
        return List.copyOf(credentials);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
