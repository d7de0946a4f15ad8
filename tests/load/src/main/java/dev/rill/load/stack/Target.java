package dev.rill.load.stack;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;

/**
 * Where Rill is.
 *
 * @param http the base of {@code /v1/responses}
 * @param webSocket where sockets are opened
 */
public record Target(URI http, URI webSocket) {

    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);

    /**
     * Reads a URL of either transport; the other one is at the same place, as on the local stack.
     *
     * @param url with {@code http}, {@code https}, {@code ws} or {@code wss}
     * @throws LoadException if it is another one
     */
    public static Target parse(String url) throws LoadException {
        try {
            var given = URI.create(url.replaceFirst("/+$", ""));
            var scheme = given.getScheme() == null ? "" : given.getScheme().toLowerCase(Locale.ROOT);
            if (given.getRawAuthority() != null) {
                var rest = given.toString().substring(scheme.length());
                switch (scheme) {
                    case "http", "ws" -> {
                        return new Target(URI.create("http" + rest), URI.create("ws" + rest));
                    }
                    case "https", "wss" -> {
                        return new Target(URI.create("https" + rest), URI.create("wss" + rest));
                    }
                    default -> {}
                }
            }
        } catch (IllegalArgumentException _) {
            // Said below.
        }
        throw new LoadException("--url is such as http://127.0.0.1:3000 or ws://127.0.0.1:3000, not " + url);
    }

    public int port() {
        return http.getPort();
    }

    /**
     * Opens a connection and closes it again.
     *
     * @throws LoadException if there is none to be had within 5 s
     */
    public void requireListening() throws LoadException {
        int port = http.getPort() >= 0 ? http.getPort() : http.getScheme().equals("https") ? 443 : 80;
        // A host of IPv6 keeps its brackets; one that is no host's name, such as a_b, is none to a URI.
        var host = http.getHost() == null ? "" : http.getHost().replaceAll("[\\[\\]]", "");
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), (int) CONNECT_LIMIT.toMillis());
        } catch (IOException e) {
            throw new LoadException(
                    "nothing listens at " + http + " (" + e.getMessage()
                            + "): start ./rill up, or name the place by --url",
                    e);
        }
    }
}
