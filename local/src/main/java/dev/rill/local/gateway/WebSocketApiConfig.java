package dev.rill.local.gateway;

/**
 * A WebSocket API.
 *
 * @param apiId AWS's id of the API, such as {@code a1b2c3d4e5}; it is part of the events
 * @param stage the stage: the first segment of the {@code @connections} path
 */
public record WebSocketApiConfig(String apiId, String stage, Routes routes) {}
