package dev.rill.tests.browser;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Serves one page on a loopback port, under each host name that a browser asks for, and takes what the page reports: a
 * text for each of its cases. Close it.
 *
 * <table>
 * <caption>Routes</caption>
 * <tr><td>{@code GET /}</td><td>the page</td></tr>
 * <tr><td>{@code GET /settings}</td><td>the JSON that {@link #serve} has set</td></tr>
 * <tr><td>{@code POST /outcomes/CASE}</td><td>the outcome of a case, under the host of the request</td></tr>
 * </table>
 */
public final class PageServer implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 30;
    private static final String OUTCOMES = "/outcomes/";
    private static final int OUTCOME_LIMIT = 64 * 1024;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final byte[] page;
    private final Map<String, CompletableFuture<String>> outcomes = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> broken = new CompletableFuture<>();
    private volatile byte[] settings = {};

    private PageServer(HttpServer server, byte[] page) {
        this.server = server;
        this.page = page;
    }

    /**
     * Starts listening on a free port.
     *
     * @param page the name of a resource beside this class
     */
    public static PageServer start(String page) throws IOException {
        try (InputStream source = Objects.requireNonNull(PageServer.class.getResourceAsStream(page), page)) {
            var http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            var server = new PageServer(http, source.readAllBytes());
            http.setExecutor(server.threads);
            http.createContext("/", server::handle);
            http.start();
            return server;
        }
    }

    /** The page's origin under a host name, such as {@code http://evil.example:40123}. */
    public URI origin(String host) {
        return URI.create("http://" + host + ":" + server.getAddress().getPort());
    }

    /** Sets what the page gets at {@code /settings}. */
    public void serve(Map<String, String> pageSettings) throws IOException {
        settings = new JsonMapper().writeValueAsBytes(pageSettings);
    }

    /** Ends the wait for outcomes when this future fails, as it does when the browser has ended. */
    public void breakWith(CompletableFuture<Void> end) {
        var _ = end.whenComplete((_, failure) -> {
            if (failure != null) {
                broken.completeExceptionally(failure);
            }
        });
    }

    /**
     * Waits for the outcome of a case.
     *
     * @param host the host under which the page runs
     */
    public String outcome(String host, String name) throws InterruptedException {
        var outcome = outcomes.computeIfAbsent(host + " " + name, _ -> new CompletableFuture<>());
        try {
            CompletableFuture.anyOf(outcome, broken).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return outcome.resultNow();
        } catch (TimeoutException | ExecutionException e) {
            throw new AssertionError("the page of " + host + " does not report " + name, e);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().getPath();
            if (path.startsWith(OUTCOMES)) {
                var host = exchange.getRequestHeaders().getFirst("Host").replaceFirst(":[0-9]+$", "");
                var text = new String(exchange.getRequestBody().readNBytes(OUTCOME_LIMIT), UTF_8);
                outcomes.computeIfAbsent(host + " " + path.substring(OUTCOMES.length()), _ -> new CompletableFuture<>())
                        .complete(text);
                exchange.sendResponseHeaders(204, -1);
            } else if (path.equals("/settings")) {
                answer(exchange, "application/json", settings);
            } else if (path.equals("/")) {
                answer(exchange, "text/html; charset=utf-8", page);
            } else {
                exchange.sendResponseHeaders(404, -1);
            }
        }
    }

    private static void answer(HttpExchange exchange, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
