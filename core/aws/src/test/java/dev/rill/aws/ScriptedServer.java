package dev.rill.aws;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * An HTTP server on the loopback interface. It answers the next requests by its script, all others by its default
 * handler, and keeps the requests. Safe for use by many threads.
 */
public final class ScriptedServer implements AutoCloseable {

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Deque<Handler> script = new ArrayDeque<>();
    private final Handler defaultHandler;

    public ScriptedServer(Handler defaultHandler) {
        this.defaultHandler = defaultHandler;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new IllegalStateException("no server on the loopback interface", e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** A request of a client. */
    public record Request(String method, URI uri, Headers headers, String body) {

        /** The first header of this name; an empty text if there is none. */
        String header(String name) {
            return headers.getOrDefault(name, List.of("")).getFirst();
        }
    }

    @FunctionalInterface
    public interface Handler {
        Answer answer(Request request) throws Exception;
    }

    /** The outcome of a request. */
    public sealed interface Answer {

        /** The server closes the connection without an answer. */
        record Lost() implements Answer {}

        record Reply(int status, String errorType, String body) implements Answer {}

        static Answer ok(String body) {
            return new Reply(200, "", body);
        }

        static Answer error(int status, String type) {
            return error(status, type, "{\"message\":\"" + status + "\"}");
        }

        /** An error of AWS's JSON services, whose type is in a header. */
        static Answer error(int status, String type, String body) {
            return new Reply(status, type, body);
        }
    }

    /** Adds answers to the script: each is for one request. */
    public ScriptedServer next(Answer... answers) {
        Arrays.stream(answers).forEach(answer -> next(_ -> answer));
        return this;
    }

    ScriptedServer next(Handler handler) {
        synchronized (script) {
            script.add(handler);
        }
        return this;
    }

    public List<Request> requests() {
        return List.copyOf(requests);
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        threads.close();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var request = new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI(),
                    exchange.getRequestHeaders(),
                    new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            requests.add(request);
            switch (handler().answer(request)) {
                case Answer.Lost _ -> {
                    // Closing the exchange breaks the connection.
                }
                case Answer.Reply reply -> {
                    if (!reply.errorType().isEmpty()) {
                        exchange.getResponseHeaders().add("x-amzn-ErrorType", reply.errorType());
                    }
                    var body = reply.body().getBytes(UTF_8);
                    exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
                    exchange.getResponseBody().write(body);
                }
            }
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    private Handler handler() {
        synchronized (script) {
            var next = script.poll();
            return next == null ? defaultHandler : next;
        }
    }
}
