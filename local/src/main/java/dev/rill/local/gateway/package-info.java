/**
 * API Gateway on one machine: the WebSocket API, its {@code @connections} API, and the function URL of the streaming
 * function. Start with {@link dev.rill.local.gateway.Gateway}.
 */
@NullMarked
package dev.rill.local.gateway;

import org.jspecify.annotations.NullMarked;
