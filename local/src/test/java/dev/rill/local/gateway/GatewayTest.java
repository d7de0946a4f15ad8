package dev.rill.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.local.gateway.FunctionUrlConfig.InvokeMode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GatewayTest {

    @Test
    void nothingListensBeyondTheHost() throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            for (var uri :
                    List.of(gateway.gateway().httpUri(), gateway.gateway().managementEndpoint())) {
                assertThat(uri.getHost()).isEqualTo("127.0.0.1");
                // Another loopback address: on Linux a server that listens on all addresses would answer there.
                assertThatThrownBy(() -> new Socket(InetAddress.ofLiteral("127.0.0.2"), uri.getPort()).close())
                        .isInstanceOf(ConnectException.class);
            }
        }
    }

    @Test
    void onlyTheFrontPortListensOnOtherInterfaces() throws Exception {
        try (var gateway = new GatewayFixture().host("0.0.0.0").start()) {
            new Socket(InetAddress.ofLiteral("127.0.0.2"), gateway.uri().getPort()).close();

            var management = gateway.gateway().managementEndpoint();
            assertThat(management.getHost()).isEqualTo("127.0.0.1");
            assertThatThrownBy(() -> new Socket(InetAddress.ofLiteral("127.0.0.2"), management.getPort()).close())
                    .isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void afterCloseNothingListens() throws Exception {
        var gateway = new GatewayFixture().start();
        int port = gateway.uri().getPort();
        gateway.close();
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                .isInstanceOf(ConnectException.class);
    }

    @Test
    void namesAPortThatIsTaken() throws Exception {
        try (var gateway = new GatewayFixture().start()) {
            int port = gateway.uri().getPort();
            var config = new GatewayConfig(
                    new GatewayConfig.Ports("127.0.0.1", 0, port),
                    FrontAccess.LOOPBACK,
                    "eu-central-1",
                    new WebSocketApiConfig(
                            "a",
                            "prod",
                            new Routes(null, null, null, Map.of(), RouteSelection.parse("$request.body.action"))),
                    new FunctionUrlConfig("Stream", "b", InvokeMode.RESPONSE_STREAM, null),
                    Limits.aws());
            assertThatThrownBy(() -> Gateway.start(
                            config,
                            gateway.functions,
                            new GatewayContext(gateway.time, gateway.time, new Random(1), ConnectionFaults.NONE)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("127.0.0.1:" + port);
        }
    }

    @Test
    void routeSelectionMustReadTheBody() {
        assertThat(RouteSelection.parse("$request.body.a.b").path()).containsExactly("a", "b");
        assertThatThrownBy(() -> RouteSelection.parse("$request.header.action"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("$request.header.action");
    }
}
