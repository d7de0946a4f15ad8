package dev.rill.streaming;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A client of Lambda's Runtime API over plain sockets. One connection is kept for events and errors. Each streamed
 * response has its own connection, which is closed after it, as AWS asks of custom runtimes.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html">Runtime API</a>
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming">
 *     Response streaming in a custom runtime</a>
 */
final class RuntimeApi implements Closeable {

    /** The read timeout of reports, which the Runtime API usually answers at once. */
    static final int REPORT_MILLIS = 30_000;

    private static final String PREFIX = "/2018-06-01/runtime/";

    private final String authority;
    private final InetSocketAddress address;
    private final Clock clock;
    private @Nullable Connection kept;

    /** @param authority host and port, the value of {@code AWS_LAMBDA_RUNTIME_API} */
    RuntimeApi(String authority, Clock clock) {
        this.authority = authority;
        this.address = address(authority);
        this.clock = clock;
    }

    Invocation next() throws IOException {
        var answer = exchange(request("GET", "invocation/next", "", new byte[0]), Connection.NO_TIMEOUT);
        if (answer.status() != 200) {
            throw new ProtocolException("the Runtime API answered " + answer.status() + " to invocation/next");
        }
        try {
            return new Invocation(answer.body(), answer.headers(), clock);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Lets Lambda take the snapshot. Returns in an environment that was restored from it. */
    void restoreNext() throws IOException {
        var answer = exchange(request("GET", "restore/next", "", new byte[0]), Connection.NO_TIMEOUT);
        // The connection in the snapshot is dead: every restored environment opens its own.
        close();
        if (answer.status() != 200) {
            throw new ProtocolException("the Runtime API answered " + answer.status() + " to restore/next");
        }
    }

    Answer reportInitError(ErrorReport report) throws IOException {
        return report("init/error", "", report);
    }

    Answer reportRestoreError(ErrorReport report) throws IOException {
        return report("restore/error", "", report);
    }

    Answer reportInvocationError(Invocation invocation, ErrorReport report) throws IOException {
        return report("invocation/" + invocation.requestId() + "/error", invocationIdField(invocation), report);
    }

    /** The request head of a streamed response; chunks follow. */
    byte[] responseHead(Invocation invocation, String contentType) {
        return ("POST " + PREFIX + "invocation/" + invocation.requestId() + "/response HTTP/1.1\r\n" //
                        + "Host: " + authority + "\r\n" //
                        + "User-Agent: rill-streaming-runtime\r\n" //
                        + "Content-Type: " + contentType + "\r\n" //
                        + "Lambda-Runtime-Function-Response-Mode: streaming\r\n" //
                        + invocationIdField(invocation) //
                        + "Transfer-Encoding: chunked\r\n" //
                        + "Trailer: " + ErrorReport.TYPE_FIELD + ", " + ErrorReport.BODY_FIELD + "\r\n" //
                        + "Connection: close\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Opens the connection for a response before the handler has made it. */
    EarlyConnection connectEarly() {
        return EarlyConnection.open(this::connect, clock);
    }

    Connection connect() throws IOException {
        return Connection.open(address);
    }

    @Override
    public void close() {
        if (kept != null) {
            kept.close();
            kept = null;
        }
    }

    private Answer report(String path, String fields, ErrorReport report) throws IOException {
        var typed = fields + ErrorReport.TYPE_FIELD + ": " + report.category() + "\r\n" //
                + "Content-Type: application/json\r\n";
        return exchange(request("POST", path, typed, report.json()), REPORT_MILLIS);
    }

    /** Newer Runtime APIs identify each attempt of a request, and expect the id in the response. */
    private static String invocationIdField(Invocation invocation) {
        var id = invocation.header(Invocation.INVOCATION_ID).orElse("");
        return id.isEmpty() ? "" : Invocation.INVOCATION_ID + ": " + id + "\r\n";
    }

    private byte[] request(String method, String path, String fields, byte[] body) {
        var head = (method + " " + PREFIX + path + " HTTP/1.1\r\n" //
                        + "Host: " + authority + "\r\n" //
                        + "User-Agent: rill-streaming-runtime\r\n" //
                        + fields //
                        + (method.equals("POST") ? "Content-Length: " + body.length + "\r\n\r\n" : "\r\n"))
                .getBytes(StandardCharsets.ISO_8859_1);
        var request = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, request, head.length, body.length);
        return request;
    }

    private Answer exchange(byte[] request, int timeoutMillis) throws IOException {
        if (kept != null) {
            try {
                return exchange(kept, request, timeoutMillis);
            } catch (AnswerReader.NoAnswerException | SocketException e) {
                // The Runtime API may have closed the idle connection. It has not processed the request then, which is
                // sent once more.
                close();
            }
        }
        kept = connect();
        return exchange(kept, request, timeoutMillis);
    }

    private Answer exchange(Connection connection, byte[] request, int timeoutMillis) throws IOException {
        Answer answer;
        try {
            connection.send(request, request.length);
            answer = connection.receive(timeoutMillis);
        } catch (IOException e) {
            close();
            throw e;
        }
        if (answer.persistence() == Answer.Persistence.CLOSE) {
            close();
        }
        return answer;
    }

    private static InetSocketAddress address(String authority) {
        int colon = authority.lastIndexOf(':');
        try {
            var host = authority.substring(0, colon);
            if (host.startsWith("[") && host.endsWith("]")) {
                host = host.substring(1, host.length() - 1);
            }
            return new InetSocketAddress(host, Integer.parseInt(authority.substring(colon + 1)));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("AWS_LAMBDA_RUNTIME_API is not host:port: " + authority, e);
        }
    }
}
