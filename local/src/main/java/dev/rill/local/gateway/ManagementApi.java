package dev.rill.local.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.URIUtil;
import org.jspecify.annotations.Nullable;

/**
 * The {@code @connections} API. A request must be signed, but the signature is not checked.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html">
 *     Use {@code @connections} commands in your backend service</a>
 */
final class ManagementApi {
    private final GatewayConfig config;
    private final GatewayContext context;
    private final WebSocketApi webSockets;
    private final IdGenerator ids;

    ManagementApi(GatewayConfig config, GatewayContext context, WebSocketApi webSockets) {
        this.config = config;
        this.context = context;
        this.webSockets = webSockets;
        this.ids = new IdGenerator(context.random());
    }

    /** AWS's errors. The SDK throws the exception of the same name if its model has one. */
    private enum Problem {
        GONE(410, "GoneException", "Gone"), //
        TOO_LARGE(413, "PayloadTooLargeException", "Message payload is too large"), //
        LIMIT_EXCEEDED(429, "LimitExceededException", "Too Many Requests"), //
        FORBIDDEN(403, "ForbiddenException", "Forbidden"), //
        UNSIGNED(403, "MissingAuthenticationTokenException", "Missing Authentication Token"), //
        INVALID_ID(400, "BadRequestException", "Invalid connectionId: "), //
        NOT_TEXT(400, "BadRequestException", "Message payload is not UTF-8"), //
        SERVER_ERROR(500, "InternalServerErrorException", "Internal server error");

        final int status;
        final String type;
        final String message;

        Problem(int status, String type, String message) {
            this.status = status;
            this.type = type;
            this.message = message;
        }
    }

    /** Handles a request; blocks while the message waits for its socket. */
    void handle(Request request, Response response, Callback callback) throws IOException, InterruptedException {
        var connectionId = connectionId(request);
        if (connectionId == null) {
            refuse(Problem.FORBIDDEN, null, response, callback);
        } else if (!isSigned(request)) {
            refuse(Problem.UNSIGNED, connectionId, response, callback);
        } else if (!IdGenerator.isConnectionId(connectionId)) {
            refuse(Problem.INVALID_ID, connectionId, response, callback);
        } else {
            switch (request.getMethod()) {
                case "POST" -> post(connectionId, request, response, callback);
                case "GET" -> get(connectionId, response, callback);
                case "DELETE" -> delete(connectionId, response, callback);
                default -> refuse(Problem.FORBIDDEN, connectionId, response, callback);
            }
        }
    }

    private void post(String connectionId, Request request, Response response, Callback callback)
            throws IOException, InterruptedException {
        var body =
                Content.Source.asInputStream(request).readNBytes(config.limits().messageBytes() + 1);
        if (body.length > config.limits().messageBytes()) {
            refuse(Problem.TOO_LARGE, connectionId, response, callback);
            return;
        }
        switch (context.faults().beforePost(connectionId, body)) {
            case GONE -> {
                var connection = webSockets.find(connectionId);
                if (connection != null) {
                    connection.cut();
                }
                refuse(Problem.GONE, connectionId, response, callback);
            }
            case LIMIT_EXCEEDED -> refuse(Problem.LIMIT_EXCEEDED, connectionId, response, callback);
            case SERVER_ERROR -> refuse(Problem.SERVER_ERROR, connectionId, response, callback);
            case HANG ->
                context.scheduler().after(config.limits().post(), () -> {
                    request.getConnectionMetaData()
                            .getConnection()
                            .getEndPoint()
                            .close();
                    callback.failed(new TimeoutException("an injected fault: the post is not answered"));
                });
            case NONE -> deliver(connectionId, body, response, callback);
        }
    }

    private void deliver(String connectionId, byte[] body, Response response, Callback callback)
            throws InterruptedException {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            refuse(Problem.NOT_TEXT, connectionId, response, callback);
            return;
        }
        var connection = webSockets.find(connectionId);
        if (connection == null || connection.send(text) == Connection.SendResult.GONE) {
            refuse(Problem.GONE, connectionId, response, callback);
            return;
        }
        answer(200, null, response, callback);
    }

    private void get(String connectionId, Response response, Callback callback) {
        var connection = webSockets.find(connectionId);
        if (connection == null) {
            refuse(Problem.GONE, connectionId, response, callback);
            return;
        }
        var client = connection.client();
        var body = Json.object().put("connectedAt", client.connectedAt().toString());
        body.putObject("identity").put("sourceIp", client.sourceIp()).put("userAgent", client.userAgent());
        body.put("lastActiveAt", connection.lastActive().toString());
        answer(200, body, response, callback);
    }

    private void delete(String connectionId, Response response, Callback callback) {
        var connection = webSockets.find(connectionId);
        if (connection == null) {
            refuse(Problem.GONE, connectionId, response, callback);
            return;
        }
        connection.close(CloseReason.DELETED);
        answer(204, null, response, callback);
    }

    private void refuse(Problem problem, @Nullable String connectionId, Response response, Callback callback) {
        var body = Json.object()
                .put("message", problem == Problem.INVALID_ID ? problem.message + connectionId : problem.message);
        if (connectionId != null) {
            body.put("connectionId", connectionId);
        }
        var requestId = ids.nextUuid();
        body.put("requestId", requestId);
        response.getHeaders().put("x-amzn-ErrorType", problem.type).put("x-amzn-RequestId", requestId);
        answer(problem.status, body, response, callback);
    }

    private void answer(int status, @Nullable ObjectNode body, Response response, Callback callback) {
        response.setStatus(status);
        if (!response.getHeaders().contains("x-amzn-RequestId")) {
            response.getHeaders().put("x-amzn-RequestId", ids.nextUuid());
        }
        if (body == null) {
            response.write(true, null, callback);
        } else {
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
            response.write(true, StandardCharsets.UTF_8.encode(Json.write(body)), callback);
        }
    }

    /** The id in {@code /{stage}/@connections/{id}}; null for any other path. */
    private @Nullable String connectionId(Request request) {
        var path = request.getHttpURI().getPath();
        String[] segments = path == null ? new String[0] : path.split("/", -1);
        return segments.length == 4
                        && segments[0].isEmpty()
                        && URIUtil.decodePath(segments[1])
                                .equals(config.webSocketApi().stage())
                        && URIUtil.decodePath(segments[2]).equals("@connections")
                ? URIUtil.decodePath(segments[3])
                : null;
    }

    private static boolean isSigned(Request request) {
        var authorization = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        return authorization != null && authorization.startsWith("AWS4-HMAC-SHA256 ");
    }
}
