package dev.rill.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An HTTP/1.1 server on loopback that answers each request with the next line of its script, byte for byte. */
final class ScriptedServer implements AutoCloseable {

    /** A received request. Names of headers are in lower case. */
    record Request(String line, Map<String, String> headers, String body) {}

    private enum Then {
        KEEP_ALIVE,
        CLOSE
    }

    private interface Line {
        Then play(InputStream in, OutputStream out, Socket socket) throws IOException;
    }

    private static final String EVENTS = head(200, Map.of("Content-Type", "text/event-stream; charset=utf-8"), -1);

    private final ServerSocket listener;
    private final BlockingQueue<Line> script = new LinkedBlockingQueue<>();
    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private final BlockingQueue<Socket> gone = new LinkedBlockingQueue<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();

    ScriptedServer() throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.startVirtualThread(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort() + "/v1");
    }

    void respondWithEvents(String... events) {
        respondWithPieces(sse(events) + "data: [DONE]\n\n");
    }

    /** Answers with this stream of events, each piece as its own chunk and its own write. */
    void respondWithPieces(String... pieces) {
        var bytes = new byte[pieces.length][];
        for (int i = 0; i < pieces.length; i++) {
            bytes[i] = pieces[i].getBytes(UTF_8);
        }
        respondWithPieces(bytes);
    }

    void respondWithPieces(byte[]... pieces) {
        script.add((_, out, _) -> {
            write(out, EVENTS);
            for (var piece : pieces) {
                writeChunk(out, piece);
            }
            write(out, "0\r\n\r\n");
            return Then.KEEP_ALIVE;
        });
    }

    void respondWithEventsThenStayOpen(String... events) {
        respondWithStreamThenStayOpen(sse(events));
    }

    void respondWithStreamThenStayOpen(String stream) {
        script.add((in, out, _) -> {
            write(out, EVENTS);
            writeChunk(out, stream.getBytes(UTF_8));
            return awaitEnd(in);
        });
    }

    void respondWithEventsThenBreakOff(String... events) {
        respondWithStreamThenBreakOff(sse(events));
    }

    void respondWithStreamThenBreakOff(String stream) {
        script.add((_, out, _) -> {
            write(out, EVENTS);
            writeChunk(out, stream.getBytes(UTF_8));
            return Then.CLOSE;
        });
    }

    void respondWithEventsThenReset(String... events) {
        script.add((_, out, socket) -> {
            write(out, EVENTS);
            writeChunk(out, sse(events).getBytes(UTF_8));
            socket.setSoLinger(true, 0);
            return Then.CLOSE;
        });
    }

    /** Ends the body by closing the connection, as HTTP/1.0 servers do. */
    void respondWithoutLengthAndClose(String body) {
        script.add((_, out, _) -> {
            write(out, "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + body);
            return Then.CLOSE;
        });
    }

    void respondWith(int status, Map<String, String> headers, String body) {
        script.add((_, out, _) -> {
            var bytes = body.getBytes(UTF_8);
            write(out, head(status, headers, bytes.length));
            out.write(bytes);
            out.flush();
            return Then.KEEP_ALIVE;
        });
    }

    /** Answers with a status and then repeats the same bytes until the client disconnects. */
    void respondWithoutEnd(int status, String contentType, String piece) {
        script.add((_, out, _) -> {
            write(out, head(status, Map.of("Content-Type", contentType), -1));
            while (true) {
                writeChunk(out, piece.getBytes(UTF_8));
            }
        });
    }

    void takeAndStaySilent() {
        script.add((in, _, _) -> awaitEnd(in));
    }

    void takeAndHangUp() {
        script.add((_, _, _) -> Then.CLOSE);
    }

    Request nextRequest() throws InterruptedException {
        return require(requests.poll(10, TimeUnit.SECONDS), "a request");
    }

    boolean hasRequest() {
        return !requests.isEmpty();
    }

    /** Returns once a connection has ended. */
    void awaitConnectionEnd() throws InterruptedException {
        require(gone.poll(10, TimeUnit.SECONDS), "the end of a connection");
    }

    int acceptedConnections() {
        return accepted.get();
    }

    int openConnections() {
        return open.size();
    }

    @Override
    public void close() {
        closeQuietly(listener);
        open.forEach(ScriptedServer::closeQuietly);
    }

    static String sse(String... events) {
        var text = new StringBuilder();
        for (var event : events) {
            text.append("data: ").append(event).append("\n\n");
        }
        return text.toString();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                var socket = listener.accept();
                accepted.incrementAndGet();
                open.add(socket);
                Thread.startVirtualThread(() -> serve(socket));
            } catch (IOException _) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            var in = new BufferedInputStream(socket.getInputStream());
            var then = Then.KEEP_ALIVE;
            while (then == Then.KEEP_ALIVE) {
                var request = read(in);
                if (request == null) {
                    break;
                }
                requests.add(request);
                then = require(script.poll(10, TimeUnit.SECONDS), "a line of the script")
                        .play(in, socket.getOutputStream(), socket);
            }
        } catch (IOException | InterruptedException _) {
            // The client has disconnected.
        } finally {
            open.remove(socket);
            gone.add(socket);
        }
    }

    private static @Nullable Request read(InputStream in) throws IOException {
        var line = readLine(in);
        if (line.isEmpty()) {
            return null;
        }
        var headers = new ConcurrentHashMap<String, String>();
        for (var header = readLine(in); !header.isEmpty(); header = readLine(in)) {
            var colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        var body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        return new Request(line, headers, new String(body, UTF_8));
    }

    private static String readLine(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (var b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            line.write(b);
        }
        return line.toString(UTF_8).strip();
    }

    private static Then awaitEnd(InputStream in) throws IOException {
        while (in.read() >= 0) {
            // Only the end of the connection is expected.
        }
        return Then.CLOSE;
    }

    private static String head(int status, Map<String, String> headers, int length) {
        return "HTTP/1.1 " + status + " Whatever\r\n"
                + headers.entrySet().stream()
                        .map(h -> h.getKey() + ": " + h.getValue() + "\r\n")
                        .collect(Collectors.joining())
                + (length < 0 ? "Transfer-Encoding: chunked" : "Content-Length: " + length) + "\r\n\r\n";
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(UTF_8));
        out.flush();
    }

    private static void writeChunk(OutputStream out, byte[] bytes) throws IOException {
        if (bytes.length == 0) {
            return;
        }
        var chunk = new ByteArrayOutputStream();
        chunk.writeBytes((Integer.toHexString(bytes.length) + "\r\n").getBytes(UTF_8));
        chunk.writeBytes(bytes);
        chunk.writeBytes("\r\n".getBytes(UTF_8));
        out.write(chunk.toByteArray());
        out.flush();
    }

    private static <T> T require(@Nullable T value, String what) {
        if (value == null) {
            throw new AssertionError("waited in vain for " + what);
        }
        return value;
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception _) {
            // The test is over.
        }
    }
}
