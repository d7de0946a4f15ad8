package dev.rill.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.amazonaws.services.lambda.runtime.events.APIGatewayV2WebSocketEvent;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2WebSocketResponse;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.aws.function.Priming;
import dev.rill.chat.memory.InMemoryConnections;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Connections;
import dev.rill.chat.socket.Grant;
import dev.rill.testing.lambda.TestContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectHandlerTest {
    private static final ConnectionId ID = new ConnectionId("JpZ3kfqPFiACEkg=");
    private static final String CONNECT = LambdaWire.resource("connect.json");
    private static final String DISCONNECT = LambdaWire.resource("disconnect.json");

    private final ManualTime time = new ManualTime();
    private final Connections connections = new InMemoryConnections(time);
    private final ConnectHandler handler = handler(connections);

    @Test
    void connectStoresTheConnectionUntilItExpires() throws Exception {
        var answer = call(CONNECT);

        assertThat(answer.path("statusCode").asInt()).isEqualTo(200);
        assertThat(connections.find(ID))
                .contains(new Connection(
                        ID,
                        Grant.ANONYMOUS,
                        Subprotocol.OTHER,
                        time.instant(),
                        time.instant().plus(Duration.ofHours(3))));
        time.advance(Duration.ofHours(3));
        assertThat(connections.find(ID)).isEmpty();
    }

    @Test
    void disconnectRemovesTheConnection() throws Exception {
        call(CONNECT);

        assertThat(call(DISCONNECT).path("statusCode").asInt()).isEqualTo(200);

        assertThat(connections.find(ID)).isEmpty();
    }

    @Test
    void disconnectWithoutConnectSucceeds() throws Exception {
        assertThat(call(DISCONNECT).path("statusCode").asInt()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "Sec-WebSocket-Protocol, '\"rill.v1\"', rill.v1, RILL_V1",
        "sec-websocket-protocol, '\"auth, rill.v1, token.abc\"', rill.v1, RILL_V1",
        "Sec-WebSocket-Protocol, '\"auth\",\" rill.v1\"', rill.v1, RILL_V1",
        "Sec-WebSocket-Protocol, '\" ,first,second\"', first, OTHER",
        "Sec-WebSocket-Protocol, '\"RILL.V1\"', RILL.V1, OTHER"
    })
    void firstKnownSubprotocolIsChosenElseTheFirst(
            String header, String offered, String chosen, Subprotocol subprotocol) throws Exception {
        assertThat(call(offering(header, offered)).path("headers").toString())
                .isEqualTo("{\"Sec-WebSocket-Protocol\":\"" + chosen + "\"}");
        assertThat(connections.find(ID).map(Connection::subprotocol)).contains(subprotocol);
    }

    @Test
    void emptyOfferIsIgnored() throws Exception {
        assertThat(call(offering("Sec-WebSocket-Protocol", "\" , \""))
                        .path("headers")
                        .has("Sec-WebSocket-Protocol"))
                .isFalse();
    }

    private static String offering(String header, String offered) {
        return CONNECT.replace(
                "\"multiValueHeaders\": {", "\"multiValueHeaders\": {\"" + header + "\": [" + offered + "],");
    }

    @Test
    void noSubprotocolIsNamedWithoutAnOffer() throws Exception {
        assertThat(call(CONNECT).path("headers").has("Sec-WebSocket-Protocol")).isFalse();
    }

    /** API Gateway refuses a connection if the handler throws. */
    @Test
    void connectFailsIfTheTableIsUnavailable() {
        var broken = handler(new BrokenConnections());

        assertThatThrownBy(() -> call(broken, CONNECT)).hasMessage("no table");
    }

    @Test
    void unknownRouteIsRefused() {
        assertThatThrownBy(() -> call(CONNECT.replace("$connect", "$default")))
                .hasMessage("connect-fn has no route $default");
    }

    @Test
    void primingAddsAndRemovesAConnection() {
        var trace = new ArrayList<String>();
        registry(new TracedConnections(trace)).prime();

        assertThat(String.join("; ", trace)).isEqualTo("add snapshot-priming; remove snapshot-priming");
    }

    @Test
    void primingSurvivesAnUnavailableTable() {
        Priming.prime(registry(new BrokenConnections())::prime);
    }

    private ConnectHandler handler(Connections store) {
        var registry = registry(store);
        return new ConnectHandler(new Handshakes(() -> AccessPolicy.OPEN, registry), registry, registry::prime);
    }

    private ConnectionRegistry registry(Connections store) {
        return new ConnectionRegistry(store, Duration.ofHours(3), time);
    }

    private JsonNode call(String event) throws Exception {
        return call(handler, event);
    }

    private static JsonNode call(ConnectHandler handler, String event) throws Exception {
        return new ObjectMapper()
                .readTree(LambdaWire.call(
                        handler,
                        APIGatewayV2WebSocketEvent.class,
                        APIGatewayV2WebSocketResponse.class,
                        event,
                        new TestContext("connect-fn", "request-1", Duration.ofSeconds(10))));
    }

    private record TracedConnections(List<String> trace) implements Connections {
        @Override
        public void add(Connection connection) {
            trace.add("add " + connection.id());
        }

        @Override
        public Optional<Connection> find(ConnectionId id) {
            return Optional.empty();
        }

        @Override
        public boolean renew(ConnectionId id, Grant grant) {
            return false;
        }

        @Override
        public void remove(ConnectionId id) {
            trace.add("remove " + id);
        }
    }

    private record BrokenConnections() implements Connections {
        @Override
        public void add(Connection connection) {
            throw new IllegalStateException("no table");
        }

        @Override
        public Optional<Connection> find(ConnectionId id) {
            throw new IllegalStateException("no table");
        }

        @Override
        public boolean renew(ConnectionId id, Grant grant) {
            throw new IllegalStateException("no table");
        }

        @Override
        public void remove(ConnectionId id) {
            throw new IllegalStateException("no table");
        }
    }
}
