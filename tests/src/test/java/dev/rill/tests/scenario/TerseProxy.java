package dev.rill.tests.scenario;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A model's server that leaves fields out of its events, as many servers do. It passes requests on to another server,
 * and drops the fields from what that one answers. Close it.
 */
final class TerseProxy implements AutoCloseable {

    /** A name that stands for all fields of a response object but those without which it says nothing. */
    static final String ECHOED = "echoed fields";

    private static final Set<String> SAYING =
            Set.of("id", "status", "output", "usage", "error", "incomplete_details", "object");
    private static final String DATA = "data: ";
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final URI target;
    private final HttpServer server;
    private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client = HttpClient.newHttpClient();
    private volatile Set<String> dropped = Set.of();

    private TerseProxy(URI target) throws IOException {
        this.target = target;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(requests);
        server.createContext("/", this::pass);
        server.start();
    }

    static TerseProxy start(URI target) throws IOException {
        return new TerseProxy(target);
    }

    /** Its own address in place of the target's, with the target's path. */
    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + target.getPath());
    }

    /** The fields that it drops from now on, at any depth. */
    void drop(Set<String> fields) {
        dropped = fields;
    }

    private void pass(HttpExchange exchange) throws IOException {
        try (exchange) {
            var request = HttpRequest.newBuilder(target.resolve(exchange.getRequestURI()))
                    .timeout(TIMEOUT)
                    .header("content-type", "application/json")
                    .POST(BodyPublishers.ofByteArray(exchange.getRequestBody().readAllBytes()))
                    .build();
            var answer = client.send(request, BodyHandlers.ofInputStream());
            var type = answer.headers().firstValue("content-type").orElse("application/json");
            exchange.getResponseHeaders().add("content-type", type);
            exchange.sendResponseHeaders(answer.statusCode(), 0);
            try (var lines = new BufferedReader(new InputStreamReader(answer.body(), UTF_8));
                    var body = exchange.getResponseBody()) {
                for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                    body.write((terse(line) + "\n").getBytes(UTF_8));
                    body.flush();
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private String terse(String line) {
        if (!line.startsWith(DATA + "{")) {
            return line;
        }
        var event = Json.read(line.substring(DATA.length()));
        var status = event.at("/response/status");
        strip(event);
        if (event.path("response") instanceof ObjectNode response) {
            if (dropped.contains(ECHOED)) {
                response.retain(SAYING);
            }
            // Without it the stream would say nothing of its end.
            response.set("status", status);
        }
        return DATA + event;
    }

    private void strip(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.remove(dropped);
        }
        node.forEach(this::strip);
    }

    @Override
    public void close() {
        server.stop(0);
        requests.shutdownNow();
        client.shutdownNow();
    }
}
