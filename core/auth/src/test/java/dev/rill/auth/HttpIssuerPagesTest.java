package dev.rill.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a page of an issuer is read. The server is a socket, so that it can stop anywhere in its answer. */
@Timeout(20)
class HttpIssuerPagesTest {

    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";

    /** So that it is not the silence of the server that ends a read. */
    private static final Duration LONG = Duration.ofMinutes(1);

    private final ServerSocket server = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
    private final CompletableFuture<Void> sent = new CompletableFuture<>();

    HttpIssuerPagesTest() throws IOException {}

    @AfterEach
    void close() throws IOException {
        server.close();
        background.shutdownNow();
    }

    @Test
    void wholePageIsRead() throws Exception {
        var _ = background.submit(answering(HEAD + "{}"));

        assertThat(new HttpIssuerPages().read(url())).isEqualTo("{}");
    }

    /** The time is over as soon as the server has sent this much of its answer, and it sends no more. */
    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 2", HEAD, HEAD + "{"})
    void readOfAServerThatDripsIsCut(String sentInTime) throws Exception {
        var closedByClient = background.submit(answering(sentInTime));
        var pages = new HttpIssuerPages(LONG, page -> {
            var _ = sent.thenRun(() -> page.completeExceptionally(new TimeoutException()));
            return page;
        });

        assertThatThrownBy(() -> pages.read(url()))
                .isInstanceOf(IOException.class)
                .hasMessage("the page was not sent within 3 s");
        assertThat(closedByClient.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void interruptedReadIsCut() throws Exception {
        var closedByClient = background.submit(answering(HEAD));
        var reading = background.submit(() -> new HttpIssuerPages(LONG, page -> page).read(url()));
        sent.get(10, TimeUnit.SECONDS);

        reading.cancel(true);

        assertThat(closedByClient.get(10, TimeUnit.SECONDS)).isTrue();
    }

    /** Sends a text, then waits until the client closes the connection. */
    private Callable<Boolean> answering(String text) {
        return () -> {
            try (var socket = server.accept()) {
                var request = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
                String line;
                do {
                    line = request.readLine();
                } while (line != null && !line.isEmpty());
                socket.getOutputStream().write(text.getBytes(UTF_8));
                socket.getOutputStream().flush();
                sent.complete(null);
                return socket.getInputStream().read() == -1;
            }
        };
    }

    private String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/keys";
    }
}
