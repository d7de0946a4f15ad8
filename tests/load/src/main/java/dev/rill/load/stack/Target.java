package dev.rill.load.stack;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;

/**
 * Rill's addresses, and the key for them.
 *
 * @param http the base of {@code /v1/responses}
 * @param webSocket the URL of WebSockets
 */
public record Target(URI http, URI webSocket, ApiKey key) {

    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);

    /**
     * Reads the URL of one transport; the other transport has the same host and port, as on the local stack. No key is
     * sent there.
     *
     * @param url with {@code http}, {@code https}, {@code ws} or {@code wss}
     * @throws LoadException if it has another scheme or no host
     */
    public static Target parse(String url) throws LoadException {
        try {
            var given = URI.create(url.replaceFirst("/+$", ""));
            var scheme = given.getScheme() == null ? "" : given.getScheme().toLowerCase(Locale.ROOT);
            if (given.getRawAuthority() != null) {
                var rest = given.toString().substring(scheme.length());
                switch (scheme) {
                    case "http", "ws" -> {
                        return new Target(URI.create("http" + rest), URI.create("ws" + rest), ApiKey.NONE);
                    }
                    case "https", "wss" -> {
                        return new Target(URI.create("https" + rest), URI.create("wss" + rest), ApiKey.NONE);
                    }
                    default -> {}
                }
            }
        } catch (IllegalArgumentException _) {
            // The message below covers it.
        }
        throw new LoadException("--url must be like http://127.0.0.1:3000 or ws://127.0.0.1:3000, and not " + url);
    }

    /** The same addresses with another key. */
    public Target with(ApiKey other) {
        return new Target(http, webSocket, other);
    }

    public int port() {
        return http.getPort();
    }

    /**
     * Checks that Rill accepts connections.
     *
     * @throws LoadException if it accepts none within 5 s
     */
    public void requireListening() throws LoadException {
        int port = http.getPort() >= 0 ? http.getPort() : http.getScheme().equals("https") ? 443 : 80;
        // URI keeps the brackets of an IPv6 address, and has no host for names such as a_b.
        var host = http.getHost() == null ? "" : http.getHost().replaceAll("[\\[\\]]", "");
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), (int) CONNECT_LIMIT.toMillis());
        } catch (IOException e) {
            throw new LoadException(
                    "nothing listens at " + http + " (" + e.getMessage() + "): start ./rill up, or set --url", e);
        }
    }
}
