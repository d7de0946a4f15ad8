package dev.rill.local.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.events.APIGatewayV2HTTPEvent;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2WebSocketEvent;
import com.amazonaws.services.lambda.runtime.serialization.events.LambdaEventSerializers;
import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.local.lambda.Functions.ResponseBody;
import java.io.ByteArrayInputStream;
import org.junit.jupiter.api.Test;

/** AWS's own event classes and serialization, which Java functions use, read the events. */
class EventsTest {

    @Test
    void theEventsOfTheWebSocketApiAreRead() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var opened = gateway.open("/?token=t", "User-Agent: raw/1")) {
            var connect = read(opened.event(), APIGatewayV2WebSocketEvent.class);
            assertThat(connect.getQueryStringParameters())
                    .containsOnlyKeys("token")
                    .containsEntry("token", "t");
            assertThat(connect.getMultiValueHeaders()).containsKey("Sec-WebSocket-Key");
            assertThat(brief(connect)).isEqualTo("$connect CONNECT " + opened.id() + " prod raw/1 null null");
            assertThat(connect.getRequestContext().getConnectedAt())
                    .isEqualTo(gateway.time.instant().toEpochMilli());

            opened.socket().sendText("hello");
            var message = read(gateway.functions.next(), APIGatewayV2WebSocketEvent.class);
            assertThat(brief(message) + " " + message.isIsBase64Encoded())
                    .isEqualTo("$default MESSAGE " + opened.id() + " prod raw/1 hello set false");

            opened.socket().cut();
            var disconnect = read(gateway.functions.next(), APIGatewayV2WebSocketEvent.class);
            assertThat(brief(disconnect)).isEqualTo("$disconnect DISCONNECT " + opened.id() + " prod raw/1 null null");
        }
    }

    @Test
    void theEventOfTheFunctionUrlIsRead() throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.uri())) {
            gateway.functions.streams(
                    "Stream", event -> new ResponseBody("text/plain", new ByteArrayInputStream("ok".getBytes(UTF_8))));
            socket.send("POST /v1/responses?a=b HTTP/1.1\r\nHost: x\r\nCookie: c=1\r\nContent-Type: text/plain\r\n");
            socket.send("Content-Length: 5\r\nConnection: close\r\n\r\nhello");
            socket.readToEnd();
            var event = read(gateway.functions.next(), APIGatewayV2HTTPEvent.class);
            assertThat(String.join(
                            " ",
                            event.getVersion(),
                            event.getRawPath(),
                            event.getRawQueryString(),
                            event.getBody(),
                            event.getCookies().toString(),
                            event.getRequestContext().getHttp().getMethod(),
                            event.getHeaders().get("content-type")))
                    .isEqualTo("2.0 /v1/responses a=b hello [c=1] POST text/plain");
        }
    }

    private static String brief(APIGatewayV2WebSocketEvent event) {
        var context = event.getRequestContext();
        return String.join(
                " ",
                context.getRouteKey(),
                context.getEventType(),
                context.getConnectionId(),
                context.getStage(),
                context.getIdentity().getUserAgent(),
                event.getBody(),
                context.getMessageId() == null ? null : "set");
    }

    private static <T> T read(JsonNode event, Class<T> type) {
        return LambdaEventSerializers.serializerFor(type, EventsTest.class.getClassLoader())
                .fromJson(event.toString());
    }
}
