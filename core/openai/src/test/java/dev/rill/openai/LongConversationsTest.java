package dev.rill.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Checks the memory that long conversations take. */
@Timeout(120)
class LongConversationsTest {

    private static final int CONVERSATIONS = 10;
    private static final int BYTES = 8_000_000;

    /** A worker's heap is 85 % of 1,769 MB. */
    private static final int HEAP_MEGABYTES = Integer.getInteger("heap", 384);

    @Test
    void tenOf8MbFitIntoAQuarterOfAWorkersHeap() throws Exception {
        try (var model = new PatientModel()) {
            var output = Path.of("target", "long-conversations.txt");
            var process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx" + HEAP_MEGABYTES + "m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                            LongConversations.class.getName(),
                            model.url(),
                            String.valueOf(CONVERSATIONS),
                            String.valueOf(BYTES))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try {
                assertThat(process.waitFor(100, TimeUnit.SECONDS))
                        .as("ended in time, see " + output)
                        .isTrue();
            } finally {
                process.destroyForcibly();
            }
            assertThat(output).content().contains("[]");
            assertThat(process.exitValue()).isZero();
            assertThat(model.lengths)
                    .hasSize(CONVERSATIONS)
                    .allSatisfy(length -> assertThat(length).isBetween(7_500_000, 8_388_608));
        }
    }

    /** Ends no response before all requests have arrived, so that all responses run at once. */
    private static final class PatientModel implements AutoCloseable {
        private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final CountDownLatch asked = new CountDownLatch(CONVERSATIONS);
        private final List<Integer> lengths = Collections.synchronizedList(new ArrayList<>());

        PatientModel() throws IOException {
            Thread.startVirtualThread(() -> {
                while (!listener.isClosed()) {
                    try {
                        var socket = listener.accept();
                        Thread.startVirtualThread(() -> answer(socket));
                    } catch (IOException _) {
                        return;
                    }
                }
            });
        }

        String url() {
            return "http://127.0.0.1:" + listener.getLocalPort() + "/v1";
        }

        private void answer(Socket socket) {
            try (socket) {
                socket.setSoTimeout(60_000);
                var in = new BufferedInputStream(socket.getInputStream());
                var length = 0;
                for (var line = line(in); !line.isEmpty(); line = line(in)) {
                    if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                        length = Integer.parseInt(line.substring(15).strip());
                    }
                }
                in.skipNBytes(length);
                lengths.add(length);
                var out = socket.getOutputStream();
                out.write(("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                                + ScriptedServer.sse("{\"type\":\"response.in_progress\"}"))
                        .getBytes(UTF_8));
                out.flush();
                asked.countDown();
                if (asked.await(60, TimeUnit.SECONDS)) {
                    out.write(ScriptedServer.sse("{\"type\":\"response.completed\",\"response\":{\"output\":[]}}")
                            .getBytes(UTF_8));
                }
            } catch (IOException | InterruptedException _) {
                // The process under test reports the missing response.
            }
        }

        private static String line(InputStream in) throws IOException {
            var line = new ByteArrayOutputStream();
            for (var b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
                line.write(b);
            }
            return line.toString(UTF_8).strip();
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }
}
