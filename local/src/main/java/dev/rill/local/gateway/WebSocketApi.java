package dev.rill.local.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.local.gateway.Integration.Outcome;
import dev.rill.local.gateway.WebSocketEvents.Client;
import dev.rill.local.gateway.WebSocketEvents.Event;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.jspecify.annotations.Nullable;

/**
 * The WebSocket API: handshakes, messages and their routes, and the open connections.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-overview.html">Overview
 *     of WebSocket APIs in API Gateway</a>
 */
final class WebSocketApi implements Connection.Owner {
    private final GatewayConfig config;
    private final GatewayContext context;
    private final Executor executor;
    private final ServerWebSocketContainer container;
    private final Integration integration;
    private final IdGenerator ids;
    private final WebSocketEvents events;
    private final Map<String, Connection> connections = new ConcurrentHashMap<>();
    private final Object departure = new Object();
    private volatile boolean stopping;

    WebSocketApi(
            GatewayConfig config,
            GatewayContext context,
            Executor executor,
            Integration integration,
            ServerWebSocketContainer container) {
        this.config = config;
        this.context = context;
        this.executor = executor;
        this.container = container;
        this.integration = integration;
        this.ids = new IdGenerator(context.random());
        this.events = new WebSocketEvents(config, ids);
        container.setMaxFrameSize(config.limits().frameBytes());
        container.setMaxTextMessageSize(config.limits().messageBytes());
        container.setMaxBinaryMessageSize(config.limits().messageBytes());
        // Otherwise Jetty would split a too long frame instead of refusing it.
        container.setAutoFragment(false);
        // A connection checks its own age, by the injected clock.
        container.setIdleTimeout(Duration.ZERO);
    }

    /** The open connection of this id; null if it was never opened or is closed. */
    @Nullable
    Connection find(String connectionId) {
        return connections.get(connectionId);
    }

    /** Handles a handshake; blocks while {@code $connect} runs. */
    void handle(Request request, Response response, Callback callback) throws InterruptedException {
        if (!Handshake.isValid(request)) {
            refuse(400, "Bad Request", null, response, callback);
            return;
        }
        var now = context.clock().instant();
        var client = new Client(
                ids.next(),
                now,
                Request.getRemoteAddr(request),
                orEmpty(request.getHeaders().get(HttpHeader.USER_AGENT)),
                orEmpty(request.getHeaders().get(HttpHeader.HOST)));
        var function = config.webSocketApi().routes().connect();
        if (function == null) {
            accept(client, null, request, response, callback);
            return;
        }
        var event = events.connect(client, request, now);
        switch (integration.invoke(function, event.json())) {
            case Outcome.Answer(int status, JsonNode answer)
            when status >= 200 && status < 300 -> accept(client, subprotocol(answer), request, response, callback);
            case Outcome.Answer(int status, JsonNode answer) -> {
                response.setStatus(status >= 300 && status <= 599 ? status : 502);
                response.write(true, null, callback);
            }
            case Outcome.Failure failure -> {
                switch (failure) {
                    case FAILED -> refuse(502, "Internal server error", new Refusal(client, event), response, callback);
                    case REFUSED ->
                        refuse(500, "Internal server error", new Refusal(client, event), response, callback);
                    case TIMED_OUT ->
                        refuse(504, "Endpoint request timed out", new Refusal(client, event), response, callback);
                }
            }
        }
    }

    private record Refusal(Client client, Event event) {}

    private void accept(
            Client client, @Nullable String subprotocol, Request request, Response response, Callback callback) {
        var connection = new Connection(client, config.limits(), context, this);
        // If the client has disconnected meanwhile, {@code $disconnect} is invoked, because {@code $connect} accepted
        // it.
        var upgraded = Callback.from(
                () -> {
                    if (response.getStatus() != 101) {
                        connection.ended(CloseReason.ABNORMAL);
                    }
                    callback.succeeded();
                },
                failure -> {
                    connection.ended(CloseReason.ABNORMAL);
                    callback.failed(failure);
                });
        try {
            boolean handled = container.upgrade(
                    (upgrade, answer, ignored) -> {
                        // API Gateway does not compress, and a deflater for each socket takes memory.
                        answer.setExtensions(List.of());
                        if (subprotocol != null) {
                            answer.setAcceptedSubProtocol(subprotocol);
                        }
                        return connection;
                    },
                    request,
                    response,
                    upgraded);
            if (!handled) {
                connection.ended(CloseReason.ABNORMAL);
                refuse(400, "Bad Request", null, response, callback);
            }
        } catch (RuntimeException notAcceptable) {
            // For example, the function chose a subprotocol that the client did not offer.
            connection.ended(CloseReason.ABNORMAL);
            throw notAcceptable;
        }
    }

    private static void refuse(
            int status, String message, @Nullable Refusal refused, Response response, Callback callback) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        String body = refused == null
                ? Json.write(Json.object().put("message", message))
                : problem(message, refused.client(), refused.event());
        response.write(true, StandardCharsets.UTF_8.encode(body), callback);
    }

    @Override
    public void opened(Connection connection) {
        connections.put(connection.client().connectionId(), connection);
        if (stopping) {
            connection.close(CloseReason.GOING_AWAY);
        }
    }

    @Override
    public void message(Connection connection, String text) {
        executor.execute(() -> {
            try {
                route(connection, text);
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
            } finally {
                connection.messageDone();
            }
        });
    }

    private void route(Connection connection, String text) throws InterruptedException {
        var client = connection.client();
        var route = config.webSocketApi().routes().select(text);
        if (route == null) {
            var event = events.message(client, "$default", text, context.clock().instant());
            connection.send(problem("Forbidden", client, event));
            return;
        }
        var event = events.message(client, route.key(), text, context.clock().instant());
        switch (integration.invoke(route.function(), event.json())) {
            // There is no route response: the function's answer is not sent to the client.
            case Outcome.Answer answered -> {}
            case Outcome.Failure failure -> {
                switch (failure) {
                    case FAILED, REFUSED -> connection.send(problem("Internal server error", client, event));
                    case TIMED_OUT -> connection.send(problem("Endpoint request timed out", client, event));
                }
            }
        }
    }

    @Override
    public void closed(Connection connection, CloseReason reason) {
        tellDisconnect(connection, reason);
        synchronized (departure) {
            connections.remove(connection.client().connectionId());
            departure.notifyAll();
        }
    }

    private void tellDisconnect(Connection connection, CloseReason reason) {
        var function = config.webSocketApi().routes().disconnect();
        if (function != null) {
            var event = events.disconnect(
                    connection.client(), reason, context.clock().instant());
            integration.invokeAsync(function, event.json());
        }
    }

    /**
     * Cuts sockets without a close frame, as a lost network does.
     *
     * @param connectionId of the socket; empty for all
     * @return how many are cut
     */
    int cut(Optional<String> connectionId) {
        var cut = connections.values().stream()
                .filter(connection -> connectionId.isEmpty()
                        || connectionId.get().equals(connection.client().connectionId()))
                .toList();
        cut.forEach(Connection::cut);
        return cut.size();
    }

    /** Starts to close every socket; they are closed after at most {@link Limits#closing}. */
    void closeAll() {
        stopping = true;
        connections.values().forEach(connection -> connection.close(CloseReason.GOING_AWAY));
    }

    /** Waits until no socket is open, at most for this long. */
    void awaitEmpty(Duration most) throws InterruptedException {
        long end = System.nanoTime() + most.toNanos();
        synchronized (departure) {
            for (long left = most.toNanos(); left > 0 && !connections.isEmpty(); left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(departure, left);
            }
        }
    }

    /** The number of open sockets. */
    int size() {
        return connections.size();
    }

    /** AWS's message to the client if a route's invocation fails. */
    private static String problem(String message, Client client, Event event) {
        return Json.write(Json.object()
                .put("message", message)
                .put("connectionId", client.connectionId())
                .put("requestId", event.requestId()));
    }

    private static @Nullable String subprotocol(JsonNode answer) {
        for (var header : answer.path("headers").properties()) {
            if (header.getKey().equalsIgnoreCase("Sec-WebSocket-Protocol")
                    && header.getValue().isTextual()) {
                return header.getValue().textValue();
            }
        }
        return null;
    }

    private static String orEmpty(@Nullable String value) {
        return value == null ? "" : value;
    }
}
