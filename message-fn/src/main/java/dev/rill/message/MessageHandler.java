package dev.rill.message;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2WebSocketEvent;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2WebSocketResponse;
import dev.rill.aws.Aws;
import dev.rill.aws.function.Environment;
import dev.rill.aws.function.Priming;
import dev.rill.chat.socket.ConnectionId;
import java.util.Optional;
import org.slf4j.MDC;
import software.amazon.lambda.powertools.logging.PowertoolsLogging;

/**
 * The handler of the route {@code $default}: receives every message that a client sends on its socket. Answers API
 * Gateway with 200 once the message has been handled; what the client is told is posted to its socket.
 */
public final class MessageHandler implements RequestHandler<APIGatewayV2WebSocketEvent, APIGatewayV2WebSocketResponse> {

    private final Messages messages;

    @SuppressWarnings("unused") // kept alive here, because CRaC holds its resources by weak references
    private final Priming priming;

    public MessageHandler() {
        this(new Wiring(Settings.of(Environment.ofProcess()), Aws.ofEnvironment()));
    }

    private MessageHandler(Wiring wiring) {
        this(wiring.messages(), wiring::prime);
    }

    MessageHandler(Messages messages, Priming.Action priming) {
        this.messages = messages;
        this.priming = Priming.beforeCheckpoint(priming);
    }

    @Override
    public APIGatewayV2WebSocketResponse handleRequest(APIGatewayV2WebSocketEvent event, Context context) {
        return PowertoolsLogging.withLogging(context, () -> handle(event));
    }

    private APIGatewayV2WebSocketResponse handle(APIGatewayV2WebSocketEvent event) {
        var request = event.getRequestContext();
        var connection = new ConnectionId(request.getConnectionId());
        var address = Optional.ofNullable(request.getIdentity()).map(identity -> identity.getSourceIp());
        try (var _ = MDC.putCloseable("connection_id", connection.value())) {
            messages.receive(connection, address, event.getBody() == null ? "" : event.getBody());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a message was handled", e);
        }
        var handled = new APIGatewayV2WebSocketResponse();
        handled.setStatusCode(200);
        return handled;
    }
}
