package dev.rill.streaming.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Lambda's Runtime API on a loopback port, for tests that drive a streaming function by the real loop. The
 * {@code will...} methods set its answers before the function asks. It keeps the received responses, which can be read
 * while they arrive.
 *
 * <pre>{@code
 * try (var api = FakeRuntimeApi.start()) {
 *     api.willInvoke("r1", FunctionUrlEvent.post("/").body("hello").bytes());
 *     api.willStop();
 *     new StreamingRuntime(api.environment(), Clock.systemUTC(), failure -> {}).run(factory);
 *     assertThat(api.response("r1").body()).isEqualTo("hello");
 * }
 * }</pre>
 *
 * <p>Every wait has a timeout of 10 s. The caller closes it, which closes every connection.
 */
public final class FakeRuntimeApi implements Closeable {

    /** The default deadline of an invocation. */
    public static final Instant DEADLINE = Instant.parse("2026-11-22T12:00:30Z");

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final String PREFIX = "/2018-06-01/runtime/";

    private final ServerSocket server;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<byte[]> nextAnswers = new LinkedBlockingQueue<>();
    private final Map<String, CompletableFuture<ReceivedResponse>> responses = new ConcurrentHashMap<>();
    private final Map<String, Integer> refusals = new ConcurrentHashMap<>();
    private final List<String> trace = new ArrayList<>();
    private final Map<Integer, CompletableFuture<Boolean>> comings = new ConcurrentHashMap<>();
    private final Map<Integer, CompletableFuture<Boolean>> goings = new ConcurrentHashMap<>();
    private int accepted;

    private FakeRuntimeApi(ServerSocket server) {
        this.server = server;
    }

    public static FakeRuntimeApi start() throws IOException {
        var api = new FakeRuntimeApi(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        Thread.ofVirtual().start(api::accept);
        return api;
    }

    /** The variables that Lambda would set, on-demand initialisation. */
    public Map<String, String> environment() {
        return Map.of(
                "AWS_LAMBDA_RUNTIME_API",
                "127.0.0.1:" + server.getLocalPort(),
                "AWS_LAMBDA_INITIALIZATION_TYPE",
                "on-demand");
    }

    /** The variables that Lambda would set for a function with SnapStart. */
    public Map<String, String> snapStartEnvironment() {
        return Map.of(
                "AWS_LAMBDA_RUNTIME_API",
                "127.0.0.1:" + server.getLocalPort(),
                "AWS_LAMBDA_INITIALIZATION_TYPE",
                "snap-start");
    }

    /** Answers the next {@code invocation/next} with an event, with {@link #DEADLINE}. */
    public void willInvoke(String requestId, byte[] event) {
        willInvoke(requestId, event, Map.of());
    }

    /** Answers the next {@code invocation/next} with an event and further headers of the Runtime API. */
    public void willInvoke(String requestId, byte[] event, Map<String, String> headers) {
        var head = new StringBuilder("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
                .append("Lambda-Runtime-Aws-Request-Id: ")
                .append(requestId)
                .append("\r\nLambda-Runtime-Deadline-Ms: ")
                .append(DEADLINE.toEpochMilli())
                .append("\r\nLambda-Runtime-Invoked-Function-Arn: ")
                .append("arn:aws:lambda:eu-west-1:123456789012:function:test\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        willAnswerNext(concat(ascii(head + "Content-Length: " + event.length + "\r\n\r\n"), event));
    }

    /** Answers {@code invocation/next} with exactly these bytes. */
    public void willAnswerNext(byte[] http) {
        nextAnswers.add(http);
    }

    /** Answers the next {@code invocation/next} as Lambda does when an environment must end; the loop returns. */
    public void willStop() {
        willAnswerNext(ascii("HTTP/1.1 500 Container Error\r\nContent-Length: 0\r\n\r\n"));
    }

    /**
     * Refuses requests to a path, such as {@code invocation/r1/response}, with a status, after reading the whole body.
     */
    public void willRefuse(String path, int status) {
        refusals.put(path, status);
    }

    /** Refuses requests to a path with a status after their headers, and closes the connection. */
    public void willHangUpOn(String path, int status) {
        refusals.put(path, -status);
    }

    /** The function's response to an invocation, complete or not; waits for its first byte. */
    public ReceivedResponse response(String requestId) throws InterruptedException {
        return received("invocation/" + requestId);
    }

    /** The error that was reported to {@code init} or {@code restore}. */
    public ReceivedResponse report(String phase) throws InterruptedException {
        return received(phase);
    }

    private ReceivedResponse received(String key) throws InterruptedException {
        try {
            return future(key).get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new AssertionError("nothing came for " + key + " within " + TIMEOUT + "; so far: " + trace(), e);
        }
    }

    private CompletableFuture<ReceivedResponse> future(String key) {
        return responses.computeIfAbsent(key, ignored -> new CompletableFuture<>());
    }

    /**
     * Adds an entry of the test to the trace.
     *
     * @param what the entry, without a semicolon
     */
    public synchronized void note(String what) {
        trace.add(what);
    }

    /**
     * The requests in the order of their arrival, as {@code next;response r1;next}. See {@link #connectionTrace} for
     * their connections.
     */
    public synchronized String trace() {
        List<String> plain = new ArrayList<>();
        for (var entry : trace) {
            plain.add(entry.replaceFirst("^\\d+:", ""));
        }
        return String.join(";", plain);
    }

    /** The trace with the number of the connection before each request: {@code 1:next;2:response r1;1:next}. */
    public synchronized String connectionTrace() {
        return String.join(";", trace);
    }

    /** Waits until a connection, counted from 1, has been opened. */
    public void awaitOpened(int connection) throws InterruptedException {
        await(comings, connection, "no connection " + connection);
    }

    /** Waits until a connection has been closed. */
    public void awaitClosed(int connection) throws InterruptedException {
        await(goings, connection, "still open: connection " + connection);
    }

    private static void await(Map<Integer, CompletableFuture<Boolean>> of, int connection, String otherwise)
            throws InterruptedException {
        try {
            of.computeIfAbsent(connection, ignored -> new CompletableFuture<>())
                    .get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new AssertionError(otherwise + " after " + TIMEOUT, e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (var connection : connections) {
            connection.close();
        }
    }

    private void accept() {
        try {
            while (true) {
                var connection = server.accept();
                connections.add(connection);
                int number = ++accepted;
                comings.computeIfAbsent(number, ignored -> new CompletableFuture<>())
                        .complete(true);
                Thread.ofVirtual().start(() -> serve(connection, number));
            }
        } catch (IOException e) {
            // The server was closed.
        }
    }

    private void serve(Socket connection, int number) {
        try (connection) {
            connection.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(connection.getInputStream());
            for (var requestLine = requestLine(in); !requestLine.isEmpty(); requestLine = requestLine(in)) {
                var words = requestLine.split(" ", -1);
                if (words.length != 3 || !words[1].startsWith(PREFIX) || !words[2].equals("HTTP/1.1")) {
                    throw new IOException("no request of the Runtime API: " + requestLine);
                }
                var headers = fields(in);
                if (!headers.containsKey("Host")) {
                    throw new IOException("no Host header");
                }
                var answer = answer(number, words[0], words[1].substring(PREFIX.length()), headers, in);
                connection.getOutputStream().write(answer);
                if ("close".equals(headers.get("Connection"))
                        || new String(answer, StandardCharsets.ISO_8859_1).contains("close")) {
                    return;
                }
            }
        } catch (IOException e) {
            note("lost " + number + " (" + e.getMessage() + ")");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            connections.remove(connection);
            goings.computeIfAbsent(number, ignored -> new CompletableFuture<>()).complete(true);
        }
    }

    private byte[] answer(int connection, String method, String path, Map<String, String> headers, InputStream in)
            throws IOException, InterruptedException {
        switch (method + " " + path) {
            case "GET invocation/next" -> {
                note(connection + ":next");
                var answer = nextAnswers.poll(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
                return answer == null
                        ? ascii("HTTP/1.1 500 no event was scripted\r\nContent-Length: 0\r\n\r\n")
                        : answer;
            }
            case "GET restore/next" -> {
                note(connection + ":restore");
                var refusal = refusals.get("restore/next");
                return status(refusal == null ? 200 : refusal);
            }
            default -> {
                if (!method.equals("POST")) {
                    return status(404);
                }
            }
        }
        var parts = path.split("/", -1);
        boolean ofInvocation = parts.length == 3 && parts[0].equals("invocation");
        note(connection + ":" + (ofInvocation ? parts[2] + " " + parts[1] : parts[0] + " " + parts[1]));
        var received = new ReceivedResponse(path, headers);
        future(ofInvocation ? parts[0] + "/" + parts[1] : parts[0]).complete(received);
        var refusal = refusals.get(path);
        if (refusal != null && refusal < 0) {
            received.end(null);
            return ascii("HTTP/1.1 " + -refusal + " Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        }
        receive(received, headers, in);
        return status(refusal == null ? 202 : refusal);
    }

    private static void receive(ReceivedResponse received, Map<String, String> headers, InputStream in)
            throws IOException {
        try {
            if ("chunked".equals(headers.get("Transfer-Encoding"))) {
                for (int size = chunkSize(in); size > 0; size = chunkSize(in)) {
                    var chunk = exactly(in, size);
                    requireEmpty(line(in));
                    received.add(chunk);
                }
                received.end(fields(in));
            } else {
                received.add(exactly(in, Integer.parseInt(headers.getOrDefault("Content-Length", "0"))));
                received.end(Map.of());
            }
        } catch (IOException e) {
            received.end(null);
            throw e;
        }
    }

    private static int chunkSize(InputStream in) throws IOException {
        var line = line(in);
        try {
            return Integer.parseInt(line, 16);
        } catch (NumberFormatException e) {
            throw new IOException("no size of a chunk: " + line, e);
        }
    }

    private static void requireEmpty(String line) throws IOException {
        if (!line.isEmpty()) {
            throw new IOException("a chunk is longer than it says");
        }
    }

    private static Map<String, String> fields(InputStream in) throws IOException {
        Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (var line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(": ");
            if (colon < 1 || fields.put(line.substring(0, colon), line.substring(colon + 2)) != null) {
                throw new IOException("malformed or repeated header: " + line);
            }
        }
        return fields;
    }

    /** The first line of a request; empty when the connection ended between two requests. */
    private static String requestLine(InputStream in) throws IOException {
        in.mark(1);
        if (in.read() < 0) {
            return "";
        }
        in.reset();
        return line(in);
    }

    /** A line that ends in CR LF. */
    private static String line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\r') {
                if (in.read() != '\n') {
                    throw new IOException("CR without LF");
                }
                return line.toString(StandardCharsets.ISO_8859_1);
            }
            line.write(b);
        }
        throw new EOFException("the connection ended within a line");
    }

    private static byte[] exactly(InputStream in, int length) throws IOException {
        var bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the connection ended within a body");
        }
        return bytes;
    }

    private static byte[] status(int status) {
        return ascii("HTTP/1.1 " + status + " Status\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        var both = new ByteArrayOutputStream();
        both.writeBytes(first);
        both.writeBytes(second);
        return both.toByteArray();
    }
}
