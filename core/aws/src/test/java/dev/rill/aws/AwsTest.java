package dev.rill.aws;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkClientException;

class AwsTest {

    /** Answers the first request and keeps its connection open; closes the connection after each later request. */
    private static final class ServerThatBreaksOff implements AutoCloseable {

        final List<String> bodies = new CopyOnWriteArrayList<>();
        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final Thread thread = Thread.ofVirtual().start(this::serve);

        ServerThatBreaksOff() throws IOException {}

        private void serve() {
            while (true) {
                try (var socket = server.accept()) {
                    serve(socket);
                } catch (IOException _) {
                    return;
                }
            }
        }

        private void serve(Socket socket) throws IOException {
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
            bodies.add(body(in));
            if (bodies.size() == 1) {
                socket.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(ISO_8859_1));
                bodies.add(body(in));
            }
        }

        private static String body(BufferedReader in) throws IOException {
            int length = 0;
            for (var line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                if (line.regionMatches(true, 0, "Content-Length: ", 0, 16)) {
                    length = Integer.parseInt(line.substring(16));
                }
            }
            var body = new char[length];
            int read = 0;
            // One read may return a part of the body.
            for (int more = in.read(body); more > 0; more = in.read(body, read, length - read)) {
                read += more;
            }
            return new String(body, 0, read);
        }

        URI uri() {
            return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/stage");
        }

        @Override
        public void close() throws IOException {
            server.close();
            try {
                assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Test
    void postIsNotRepeatedOnABrokenConnection() throws Exception {
        var server = new ServerThatBreaksOff();
        try (server;
                var aws = Emulators.aws();
                var api = aws.managementApi(server.uri())) {
            api.postToConnection(post -> post.connectionId("c").data(SdkBytes.fromUtf8String("one")));

            assertThatExceptionOfType(SdkClientException.class)
                    .isThrownBy(() ->
                            api.postToConnection(post -> post.connectionId("c").data(SdkBytes.fromUtf8String("two"))));
        }

        assertThat(server.bodies).containsExactly("one", "two");
    }

    @Test
    void moreIdleConnectionsAreKeptThanByDefault() {
        Emulators.aws().close();

        assertThat(System.getProperty("http.maxConnections")).isEqualTo("64");
        assertThat(System.getProperty("sun.net.http.retryPost")).isEqualTo("false");
    }
}
