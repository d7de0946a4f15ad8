package dev.rill.local.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.rill.local.dynamodb.DynamoDbFaults;
import dev.rill.local.gateway.ConnectionFaults;
import dev.rill.local.sqs.Redeliveries;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Sets faults and reads counts over HTTP, on its own loopback port. No fault is injected until a plan is set.
 *
 * <table>
 * <caption>Routes</caption>
 * <tr><td>{@code PUT /faults}</td><td>replaces the plan, and restarts its random numbers</td></tr>
 * <tr><td>{@code GET /faults}</td><td>the plan</td></tr>
 * <tr><td>{@code DELETE /faults}</td><td>ends all faults</td></tr>
 * <tr><td>{@code GET /counts}</td><td>numbers of calls and of injected faults</td></tr>
 * <tr><td>{@code DELETE /counts}</td><td>sets the counts to zero</td></tr>
 * </table>
 *
 * <p>Every response is the current plan, the current counts, or {@code {"error": "..."}}. Closing it stops listening;
 * the plan stays in force.
 */
public final class FaultControl implements Closeable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int REQUEST_LIMIT = 64 * 1024;

    private final FaultInjector injection = new FaultInjector();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private FaultControl(HttpServer server) {
        this.server = server;
    }

    /**
     * Starts listening on a free port.
     *
     * @throws IOException if no port is free
     */
    public static FaultControl start() throws IOException {
        var control =
                new FaultControl(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
        control.server.setExecutor(control.threads);
        control.server.createContext("/", control::handle);
        control.server.start();
        return control;
    }

    /** The base URL, such as {@code http://127.0.0.1:3010}. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** The faults of posts to sockets. */
    public ConnectionFaults connections() {
        return (connectionId, message) -> injection.nextPost(message);
    }

    /** The repeated deliveries of queue messages. */
    public Redeliveries redeliveries() {
        return messageId -> injection.nextMessage();
    }

    /** The faults of requests to DynamoDB. */
    public DynamoDbFaults dynamoDb() {
        return injection::next;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private record ControlReply(int status, ObjectNode body) {
        static ControlReply error(int status, String message) {
            return new ControlReply(status, JSON.createObjectNode().put("error", message));
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var answer = answer(exchange);
            var json = (answer.body() + "\n").getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(answer.status(), json.length);
            exchange.getResponseBody().write(json);
        }
    }

    private ControlReply answer(HttpExchange exchange) throws IOException {
        return switch (exchange.getRequestURI().getPath()) {
            case "/faults" ->
                switch (exchange.getRequestMethod()) {
                    case "GET" -> plan();
                    case "PUT" -> replace(exchange.getRequestBody().readNBytes(REQUEST_LIMIT));
                    case "DELETE" -> {
                        injection.plan(FaultPlan.NONE);
                        yield plan();
                    }
                    default -> otherMethod(exchange, "GET, PUT, DELETE");
                };
            case "/counts" ->
                switch (exchange.getRequestMethod()) {
                    case "GET" -> counts();
                    case "DELETE" -> {
                        injection.resetCounts();
                        yield counts();
                    }
                    default -> otherMethod(exchange, "GET, DELETE");
                };
            default -> ControlReply.error(404, "there are /faults and /counts");
        };
    }

    private ControlReply plan() {
        return new ControlReply(200, injection.plan().json());
    }

    private ControlReply counts() {
        return new ControlReply(200, injection.counts().json());
    }

    private ControlReply replace(byte[] body) {
        try {
            injection.plan(FaultPlanReader.read(new String(body, UTF_8)));
            return plan();
        } catch (FaultPlanException e) {
            return ControlReply.error(400, e.problem());
        }
    }

    private static ControlReply otherMethod(HttpExchange exchange, String allowed) {
        exchange.getResponseHeaders().set("Allow", allowed);
        return ControlReply.error(405, exchange.getRequestURI().getPath() + " knows " + allowed);
    }
}
