package dev.rill.local.gateway;

/**
 * What the gateway serves, and where.
 *
 * @param host the interface of the front port, such as {@code 127.0.0.1}; {@code 0.0.0.0} lets other machines in
 * @param frontPort the port of the WebSocket API and the function URL; 0 takes a free one
 * @param managementPort the port of the {@code @connections} API, on the loopback interface; 0 takes a free one
 * @param apiId AWS's id of the WebSocket API, such as {@code a1b2c3d4e5}; it appears in the events
 * @param region the region that appears in the events' domain names
 * @param stage the stage of the WebSocket API: the first segment of the {@code @connections} path
 */
public record GatewayConfig(
        String host,
        int frontPort,
        int managementPort,
        String apiId,
        String region,
        String stage,
        Routes routes,
        FunctionUrlConfig functionUrl,
        Limits limits) {

    /** The name that AWS would serve the WebSocket API under. */
    String webSocketDomain() {
        return apiId + ".execute-api." + region + ".amazonaws.com";
    }

    /** The name that AWS would serve the function URL under. */
    String functionUrlDomain() {
        return functionUrl.urlId() + ".lambda-url." + region + ".on.aws";
    }
}
