package dev.rill.local.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.eclipse.jetty.server.Request;

/**
 * Builds the events that functions get from the WebSocket API.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html">
 *     Input format of a Lambda function for proxy integration for WebSocket APIs</a>
 */
final class WebSocketEvents {
    static final DateTimeFormatter REQUEST_TIME = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final GatewayConfig config;
    private final IdGenerator ids;

    WebSocketEvents(GatewayConfig config, IdGenerator ids) {
        this.config = config;
        this.ids = ids;
    }

    /**
     * The client of a connection.
     *
     * @param host the {@code Host} header of its handshake
     * @param userAgent empty if it sent none
     */
    record Client(String connectionId, Instant connectedAt, String sourceIp, String userAgent, String host) {}

    /** An event and its request id. */
    record Event(String requestId, String json) {}

    Event connect(Client client, Request request, Instant now) {
        var event = Json.object();
        var headers = event.putObject("headers");
        var multiValueHeaders = event.putObject("multiValueHeaders");
        for (var field : request.getHeaders()) {
            String value = field.getValue() == null ? "" : field.getValue();
            headers.put(field.getName(), value);
            multiValueHeaders.withArrayProperty(field.getName()).add(value);
        }
        added(headers, multiValueHeaders, "X-Amzn-Trace-Id", ids.nextTrace(now.getEpochSecond()));
        added(headers, multiValueHeaders, "X-Forwarded-For", client.sourceIp());
        added(headers, multiValueHeaders, "X-Forwarded-Port", Integer.toString(Request.getLocalPort(request)));
        added(headers, multiValueHeaders, "X-Forwarded-Proto", "http");
        var query = Request.extractQueryParameters(request);
        if (!query.isEmpty()) {
            var single = event.putObject("queryStringParameters");
            var multiple = event.putObject("multiValueQueryStringParameters");
            for (var field : query) {
                single.put(field.getName(), field.getValues().getLast());
                var values = multiple.putArray(field.getName());
                field.getValues().forEach(values::add);
            }
        }
        var requestId = context(event, client, "$connect", "CONNECT", now);
        return finish(event, requestId);
    }

    Event message(Client client, String routeKey, String body, Instant now) {
        var event = Json.object();
        var requestId = context(event, client, routeKey, "MESSAGE", now);
        event.withObjectProperty("requestContext").put("messageId", ids.next());
        event.put("body", body);
        return finish(event, requestId);
    }

    Event disconnect(Client client, CloseReason reason, Instant now) {
        var event = Json.object();
        var headers = event.putObject("headers");
        var multiValueHeaders = event.putObject("multiValueHeaders");
        // AWS sends the host and these three names without values.
        added(headers, multiValueHeaders, "Host", client.host());
        added(headers, multiValueHeaders, "x-api-key", "");
        added(headers, multiValueHeaders, "X-Forwarded-For", "");
        added(headers, multiValueHeaders, "x-restapi", "");
        var requestId = context(event, client, "$disconnect", "DISCONNECT", now);
        event.withObjectProperty("requestContext")
                .put("disconnectStatusCode", reason.code())
                .put("disconnectReason", reason.phrase());
        return finish(event, requestId);
    }

    private String context(ObjectNode event, Client client, String routeKey, String eventType, Instant now) {
        var requestId = ids.next();
        var context = event.putObject("requestContext");
        context.put("routeKey", routeKey)
                .put("eventType", eventType)
                .put("extendedRequestId", requestId)
                .put("requestTime", REQUEST_TIME.format(now))
                .put("messageDirection", "IN")
                .put("stage", config.webSocketApi().stage())
                .put("connectedAt", client.connectedAt().toEpochMilli())
                .put("requestTimeEpoch", now.toEpochMilli());
        var identity = context.putObject("identity");
        if (!client.userAgent().isEmpty()) {
            identity.put("userAgent", client.userAgent());
        }
        identity.put("sourceIp", client.sourceIp());
        context.put("requestId", requestId)
                .put("domainName", config.webSocketDomain())
                .put("connectionId", client.connectionId())
                .put("apiId", config.webSocketApi().apiId());
        return requestId;
    }

    private static Event finish(ObjectNode event, String requestId) {
        event.put("isBase64Encoded", false);
        return new Event(requestId, Json.write(event));
    }

    private static void added(ObjectNode headers, ObjectNode multiValueHeaders, String name, String value) {
        headers.put(name, value);
        multiValueHeaders.putArray(name).add(value);
    }
}
