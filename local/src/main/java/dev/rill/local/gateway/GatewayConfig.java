package dev.rill.local.gateway;

/**
 * The API, the function URL and the ports of a gateway.
 *
 * @param host the interface of the front port, such as {@code 127.0.0.1}; {@code 0.0.0.0} accepts other machines
 * @param frontPort the port of the WebSocket API and the function URL; 0 takes a free one
 * @param managementPort the port of the {@code @connections} API, on the loopback interface; 0 takes a free one
 * @param apiId AWS's id of the WebSocket API, such as {@code a1b2c3d4e5}; it is part of the events
 * @param region the region in the domain names of the events
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

    /** The domain name that the WebSocket API would have on AWS. */
    String webSocketDomain() {
        return apiId + ".execute-api." + region + ".amazonaws.com";
    }

    /** The domain name that the function URL would have on AWS. */
    String functionUrlDomain() {
        return functionUrl.urlId() + ".lambda-url." + region + ".on.aws";
    }
}
