package dev.rill.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NothingListensTest {

    @ParameterizedTest
    @ValueSource(strings = {"load", "bench", "faults"})
    void missingServerIsReportedInOneLine(String command) throws Exception {
        int port;
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
        }

        var run = run(command, "--url", "http://127.0.0.1:" + port);

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.errors())
                .startsWith("rill: nothing listens at http://127.0.0.1:" + port)
                .contains("./rill up")
                .hasLineCount(1);
    }

    @Test
    void serverWithoutWebSocketsIsReported() throws Exception {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
        try {
            var url = "ws://127.0.0.1:" + server.getAddress().getPort();

            var run = run("load", "--url", url, "--sockets", "2");

            assertThat(run.status()).isEqualTo(2);
            assertThat(run.errors())
                    .startsWith("rill: no socket could be opened at " + url + ": the socket was not opened: status 404")
                    .hasLineCount(1);
        } finally {
            server.stop(0);
        }
    }

    private record Run(int status, String errors) {}

    private static Run run(String... arguments) {
        var errors = new StringWriter();
        var status = Main.commandLine()
                .setErr(new PrintWriter(errors))
                .setOut(new PrintWriter(new StringWriter()))
                .execute(arguments);
        return new Run(status, errors.toString());
    }
}
