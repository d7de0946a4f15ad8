package dev.rill.local.gateway;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which function serves which route of the WebSocket API. A route without a function is allowed: without
 * {@code $connect} every client is let in, without {@code $disconnect} nobody is told, and a message that finds neither
 * its route nor {@code $default} is answered {@code Forbidden}.
 *
 * @param named functions by route key
 * @param selection what finds the route key in a message
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

    /** The route of a message; null where there is none. */
    @Nullable
    Route select(String message) {
        // Without named routes the answer is known: the message need not be parsed.
        String key = named.isEmpty() ? null : selection.keyOf(message);
        String function = key == null ? null : named.get(key);
        if (key != null && function != null) {
            return new Route(key, function);
        }
        return defaultFunction == null ? null : new Route("$default", defaultFunction);
    }
}
