package dev.rill.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.local.gateway.FunctionUrlConfig.InvokeMode;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.apigatewaymanagementapi.ApiGatewayManagementApiClient;

/** A gateway on free ports with scripted functions and manual time. */
final class GatewayFixture implements AutoCloseable {
    static final String OK = "{\"statusCode\":200}";

    final ScriptedFunctions functions = new ScriptedFunctions()
            .answers("Connect", OK)
            .answers("Disconnect", OK)
            .answers("Message", OK);
    final ManualTime time = new ManualTime();
    private Limits limits =
            Limits.aws().withWaits(Duration.ofSeconds(29), Duration.ofSeconds(10), Duration.ofSeconds(2));
    private Routes routes =
            new Routes("Connect", "Disconnect", "Message", Map.of(), RouteSelection.parse("$request.body.action"));
    private FunctionUrlConfig url = new FunctionUrlConfig("Stream", "abcdef", InvokeMode.RESPONSE_STREAM, null);
    private ConnectionFaults faults = ConnectionFaults.NONE;
    private String host = "127.0.0.1";
    private FrontAccess access = new FrontAccess(Set.of("*"), Set.of("*"));
    private @Nullable DistributionConfig domain;
    private @Nullable Gateway gateway;
    private @Nullable ApiGatewayManagementApiClient client;

    GatewayFixture limits(Limits newLimits) {
        limits = newLimits;
        return this;
    }

    GatewayFixture routes(Routes newRoutes) {
        routes = newRoutes;
        return this;
    }

    GatewayFixture url(InvokeMode mode, @Nullable Cors cors) {
        url = new FunctionUrlConfig("Stream", "abcdef", mode, cors);
        return this;
    }

    GatewayFixture faults(ConnectionFaults newFaults) {
        faults = newFaults;
        return this;
    }

    /** The distribution through which requests come. */
    GatewayFixture domain(DistributionConfig newDomain) {
        domain = newDomain;
        return this;
    }

    /** The interface of the front port. */
    GatewayFixture host(String newHost) {
        host = newHost;
        return this;
    }

    /** The hosts and origins that are answered; all if this is not called. */
    GatewayFixture access(FrontAccess newAccess) {
        access = newAccess;
        return this;
    }

    GatewayFixture start() throws IOException {
        var config = new GatewayConfig(
                new GatewayConfig.Ports(host, 0, 0),
                access,
                "eu-central-1",
                new WebSocketApiConfig("a1b2c3d4e5", "prod", routes),
                url,
                limits);
        gateway = Gateway.start(
                config, Optional.ofNullable(domain), functions, new GatewayContext(time, time, new Random(7), faults));
        return this;
    }

    Gateway gateway() {
        if (gateway == null) {
            throw new IllegalStateException("Not started");
        }
        return gateway;
    }

    /** AWS's client of {@code @connections}, without retries. */
    ApiGatewayManagementApiClient client() {
        var made = client;
        if (made == null) {
            made = client(gateway().managementEndpoint());
            client = made;
        }
        return made;
    }

    /** AWS's client of another endpoint. */
    ApiGatewayManagementApiClient client(URI endpoint) {
        return ApiGatewayManagementApiClient.builder()
                .endpointOverride(endpoint)
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .overrideConfiguration(o -> o.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                .build();
    }

    void post(String connectionId, String text) {
        client().postToConnection(r -> r.connectionId(connectionId).data(SdkBytes.fromUtf8String(text)));
    }

    URI uri() {
        return gateway().httpUri();
    }

    /**
     * Opens a socket and takes its {@code $connect} event. The gateway has registered the connection when this returns.
     */
    OpenSocket open(String path, String... headers) throws IOException, InterruptedException {
        var socket = RawSocket.open(uri(), path, headers);
        // The 101 is sent before the connection is registered, but a ping is answered only afterwards.
        socket.sendFrame(0x89, new byte[0]);
        assertThat(socket.nextFrame()).isEqualTo("pong:");
        return new OpenSocket(socket, functions.next());
    }

    /** A socket and its {@code $connect} event. */
    record OpenSocket(RawSocket socket, JsonNode event) implements AutoCloseable {
        String id() {
            return event.at("/requestContext/connectionId").textValue();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** {@code routeKey eventType disconnectStatusCode disconnectReason} of an event; absent fields are empty. */
    static String brief(JsonNode event) {
        var context = event.path("requestContext");
        return String.join(
                        " ",
                        List.of(
                                context.path("routeKey").asText(),
                                context.path("eventType").asText(),
                                context.path("disconnectStatusCode").asText(),
                                context.path("disconnectReason").asText()))
                .strip();
    }

    @Override
    public void close() {
        if (client != null) {
            client.close();
        }
        if (gateway != null) {
            gateway.close();
        }
    }
}
