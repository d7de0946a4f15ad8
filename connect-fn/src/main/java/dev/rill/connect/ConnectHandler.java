package dev.rill.connect;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2WebSocketEvent;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2WebSocketResponse;
import dev.rill.auth.AuthenticationException;
import dev.rill.aws.Aws;
import dev.rill.aws.function.Environment;
import dev.rill.aws.function.Priming;
import dev.rill.aws.function.RefusalLog;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.socket.ConnectionId;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import software.amazon.lambda.powertools.logging.PowertoolsLogging;

/**
 * The handler of the routes {@code $connect} and {@code $disconnect}. API Gateway refuses the connection with the
 * status that it is answered at {@code $connect}, and with 500 if the handler throws.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html">
 *     $connect and $disconnect</a>
 */
public final class ConnectHandler implements RequestHandler<APIGatewayV2WebSocketEvent, APIGatewayV2WebSocketResponse> {

    private static final Logger LOG = LoggerFactory.getLogger(ConnectHandler.class);

    /** A 401 must have it: RFC 9110, section 15.5.2. */
    private static final Map<String, String> CHALLENGE = Map.of("WWW-Authenticate", "Bearer");

    private final Handshakes handshakes;
    private final ConnectionRegistry registry;

    @SuppressWarnings("unused") // kept alive here, because CRaC holds its resources by weak references
    private final Priming priming;

    public ConnectHandler() {
        this(new Wiring(Settings.of(Environment.ofProcess()), Aws.ofEnvironment()));
    }

    private ConnectHandler(Wiring wiring) {
        this(wiring.handshakes(), wiring.registry(), wiring::prime);
    }

    ConnectHandler(Handshakes handshakes, ConnectionRegistry registry, Priming.Action priming) {
        this.handshakes = handshakes;
        this.registry = registry;
        this.priming = Priming.beforeCheckpoint(priming);
    }

    @Override
    public APIGatewayV2WebSocketResponse handleRequest(APIGatewayV2WebSocketEvent event, Context context) {
        return PowertoolsLogging.withLogging(context, () -> handle(event));
    }

    private APIGatewayV2WebSocketResponse handle(APIGatewayV2WebSocketEvent event) {
        var request = event.getRequestContext();
        var connection = new ConnectionId(request.getConnectionId());
        try (var _ = MDC.putCloseable("connection_id", connection.value())) {
            return switch (request.getRouteKey()) {
                case "$connect" -> connect(connection, event);
                case "$disconnect" -> {
                    registry.unregister(connection);
                    LOG.info("disconnected");
                    yield answer(200, Map.of());
                }
                default -> throw new IllegalArgumentException("connect-fn has no route " + request.getRouteKey());
            };
        }
    }

    private APIGatewayV2WebSocketResponse connect(ConnectionId connection, APIGatewayV2WebSocketEvent event) {
        try {
            var query = event.getMultiValueQueryStringParameters();
            var subprotocol =
                    handshakes.accept(connection, event.getMultiValueHeaders(), query == null ? Map.of() : query);
            LOG.info("connected");
            return answer(200, subprotocol.map(ConnectHandler::selecting).orElse(Map.of()));
        } catch (AuthenticationException e) {
            RefusalLog.log(e);
            return refusal(e);
        }
    }

    private static APIGatewayV2WebSocketResponse refusal(AuthenticationException e) {
        var error = e.toApiException().error();
        var answer = answer(error.status(), error.status() == 401 ? CHALLENGE : Map.of());
        var body = Json.object();
        body.set("error", error.toJson());
        answer.setBody(Json.write(body));
        return answer;
    }

    private static Map<String, String> selecting(String subprotocol) {
        return Map.of("Sec-WebSocket-Protocol", subprotocol);
    }

    private static APIGatewayV2WebSocketResponse answer(int status, Map<String, String> headers) {
        var answer = new APIGatewayV2WebSocketResponse();
        answer.setStatusCode(status);
        answer.setHeaders(headers);
        return answer;
    }
}
