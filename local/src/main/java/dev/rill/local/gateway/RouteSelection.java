package dev.rill.local.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A route selection expression on the message's body: {@code $request.body.action}, {@code ${request.body.action}}, or
 * a longer path. A message that is not JSON, or has no text at that path, has no route key.
 *
 * @param path the names of the properties, outermost first
 * @see <a href="https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html">Create
 *     routes for WebSocket APIs</a>
 */
public record RouteSelection(List<String> path) {
    private static final Pattern EXPRESSION =
            Pattern.compile("\\$(?:\\{request\\.body\\.(.+)\\}|request\\.body\\.(.+))");

    public RouteSelection {
        path = List.copyOf(path);
    }

    /**
     * Parses an expression.
     *
     * @throws IllegalArgumentException if it does not select from {@code request.body}
     */
    public static RouteSelection parse(String expression) {
        var matcher = EXPRESSION.matcher(expression);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "Route selection expression must look like $request.body.action: " + expression);
        }
        String names = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        return new RouteSelection(List.of(names.split("\\.", -1)));
    }

    @Nullable
    String keyOf(String message) {
        JsonNode node;
        try {
            node = Json.MAPPER.readTree(message);
        } catch (JsonProcessingException notJson) {
            return null;
        }
        for (var name : path) {
            node = node.path(name);
        }
        return node.isTextual() ? node.textValue() : null;
    }
}
