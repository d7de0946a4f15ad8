package dev.rill.local.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.rill.local.dynamodb.DynamoDbFaults;
import dev.rill.local.gateway.Faults;
import dev.rill.local.sqs.Redeliveries;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Sets faults and reads counts over HTTP, on a loopback port of its own. Until somebody sets a plan nothing goes wrong.
 *
 * <table>
 * <caption>Routes</caption>
 * <tr><td>{@code PUT /faults}</td><td>replaces the plan, and starts its random numbers anew</td></tr>
 * <tr><td>{@code GET /faults}</td><td>the plan</td></tr>
 * <tr><td>{@code DELETE /faults}</td><td>ends all faults</td></tr>
 * <tr><td>{@code GET /counts}</td><td>what was seen, and what went wrong by a fault</td></tr>
 * <tr><td>{@code DELETE /counts}</td><td>sets the counts to zero</td></tr>
 * </table>
 *
 * <p>Every answer is the plan or the counts as they are then, or {@code {"error": "..."}}. Close it to stop listening;
 * the faults go on.
 */
public final class FaultControl implements Closeable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int REQUEST_LIMIT = 64 * 1024;

    private final Injection injection = new Injection();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private FaultControl(HttpServer server) {
        this.server = server;
    }

    /**
     * Starts listening on a free port.
     *
     * @throws IOException where there is none
     */
    public static FaultControl start() throws IOException {
        var control =
                new FaultControl(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
        control.server.setExecutor(control.threads);
        control.server.createContext("/", control::handle);
        control.server.start();
        return control;
    }

    /** Such as {@code http://127.0.0.1:3010}. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** What goes wrong with posts to sockets. */
    public Faults connections() {
        return (connectionId, message) -> injection.nextPost(message);
    }

    /** What comes out of the queue again. */
    public Redeliveries redeliveries() {
        return messageId -> injection.nextMessage();
    }

    /** What goes wrong with requests to DynamoDB. */
    public DynamoDbFaults dynamoDb() {
        return injection::next;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private record Answer(int status, ObjectNode body) {
        static Answer error(int status, String message) {
            return new Answer(status, JSON.createObjectNode().put("error", message));
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

    private Answer answer(HttpExchange exchange) throws IOException {
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
                        injection.forgetCounts();
                        yield counts();
                    }
                    default -> otherMethod(exchange, "GET, DELETE");
                };
            default -> Answer.error(404, "there are /faults and /counts");
        };
    }

    private Answer plan() {
        return new Answer(200, injection.plan().json());
    }

    private Answer counts() {
        return new Answer(200, injection.counts().json());
    }

    private Answer replace(byte[] body) {
        try {
            injection.plan(FaultPlanReader.read(new String(body, UTF_8)));
            return plan();
        } catch (FaultPlanException e) {
            return Answer.error(400, e.problem());
        }
    }

    private static Answer otherMethod(HttpExchange exchange, String allowed) {
        exchange.getResponseHeaders().set("Allow", allowed);
        return Answer.error(405, exchange.getRequestURI().getPath() + " knows " + allowed);
    }
}
