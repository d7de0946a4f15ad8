package dev.rill.local.gateway;

/**
 * The API, the function URL and the ports of a gateway.
 *
 * @param access the hosts and origins that the front port answers
 * @param region the region in the domain names of the events
 */
public record GatewayConfig(
        Ports ports,
        FrontAccess access,
        String region,
        WebSocketApiConfig webSocketApi,
        FunctionUrlConfig functionUrl,
        Limits limits) {

    /**
     * The ports of a gateway.
     *
     * @param host the interface of the front port, such as {@code 127.0.0.1}; {@code 0.0.0.0} accepts other machines
     * @param front the port of the WebSocket API and the function URL; 0 takes a free one
     * @param management the port of the {@code @connections} API, on the loopback interface; 0 takes a free one
     */
    public record Ports(String host, int front, int management) {}

    /** The domain name that the WebSocket API would have on AWS. */
    String webSocketDomain() {
        return webSocketApi.apiId() + ".execute-api." + region + ".amazonaws.com";
    }

    /** The domain name that the function URL would have on AWS. */
    String functionUrlDomain() {
        return functionUrl.urlId() + ".lambda-url." + region + ".on.aws";
    }
}
