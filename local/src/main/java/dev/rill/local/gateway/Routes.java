package dev.rill.local.gateway;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The functions of the WebSocket API's routes. A route may have no function: without {@code $connect} every client is
 * accepted, without {@code $disconnect} no function is invoked, and a message that has neither a route nor
 * {@code $default} is answered {@code Forbidden}.
 *
 * @param named functions by route key
 * @param selection selects the route key of a message
 */
public record Routes(
        @Nullable String connect,
        @Nullable String disconnect,
        @Nullable String defaultFunction,
        Map<String, String> named,
        RouteSelection selection) {

    public Routes {
        named = Map.copyOf(named);
    }

    /** A route and its function. */
    record Route(String key, String function) {}

    /** The route of a message; null if there is none. */
    @Nullable
    Route select(String message) {
        // Without named routes the message need not be parsed.
        String key = named.isEmpty() ? null : selection.keyOf(message);
        String function = key == null ? null : named.get(key);
        if (key != null && function != null) {
            return new Route(key, function);
        }
        return defaultFunction == null ? null : new Route("$default", defaultFunction);
    }
}
