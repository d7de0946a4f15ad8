package dev.rill.connect;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2WebSocketEvent;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2WebSocketResponse;
import dev.rill.aws.Aws;
import dev.rill.aws.function.Environment;
import dev.rill.aws.function.Priming;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Subject;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import software.amazon.lambda.powertools.logging.PowertoolsLogging;

/**
 * The handler of the routes {@code $connect} and {@code $disconnect}. If it throws at {@code $connect}, API Gateway
 * refuses the connection.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html">
 *     $connect and $disconnect</a>
 */
public final class ConnectHandler implements RequestHandler<APIGatewayV2WebSocketEvent, APIGatewayV2WebSocketResponse> {

    private static final Logger LOG = LoggerFactory.getLogger(ConnectHandler.class);
    private static final String SUBPROTOCOL = "Sec-WebSocket-Protocol";

    private final ConnectionRegistry registry;

    @SuppressWarnings("unused") // kept alive here, because CRaC holds its resources by weak references
    private final Priming priming;

    public ConnectHandler() {
        this(Wiring.registry(Settings.of(Environment.ofProcess()), Aws.ofEnvironment()));
    }

    ConnectHandler(ConnectionRegistry registry) {
        this.registry = registry;
        this.priming = Priming.beforeCheckpoint(registry::prime);
    }

    @Override
    public APIGatewayV2WebSocketResponse handleRequest(APIGatewayV2WebSocketEvent event, Context context) {
        return PowertoolsLogging.withLogging(context, () -> handle(event));
    }

    private APIGatewayV2WebSocketResponse handle(APIGatewayV2WebSocketEvent event) {
        var request = event.getRequestContext();
        var connection = new ConnectionId(request.getConnectionId());
        var accepted = new APIGatewayV2WebSocketResponse();
        accepted.setStatusCode(200);
        try (var _ = MDC.putCloseable("connection_id", connection.value())) {
            switch (request.getRouteKey()) {
                case "$connect" -> {
                    var subprotocol = Subprotocol.choose(offered(event.getMultiValueHeaders()));
                    registry.register(connection, Subject.ANONYMOUS, Subprotocol.of(subprotocol.orElse("")));
                    accepted.setHeaders(
                            subprotocol.map(name -> Map.of(SUBPROTOCOL, name)).orElse(Map.of()));
                    LOG.info("connected");
                }
                case "$disconnect" -> {
                    registry.unregister(connection);
                    LOG.info("disconnected");
                }
                default -> throw new IllegalArgumentException("connect-fn has no route " + request.getRouteKey());
            }
        }
        return accepted;
    }

    /** The subprotocols that the client offers, in its order. Several headers of the name count as one list. */
    private static List<String> offered(Map<String, List<String>> headers) {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(SUBPROTOCOL))
                .flatMap(header -> header.getValue().stream())
                .flatMap(value -> Stream.of(value.split(",", -1)))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
    }
}
