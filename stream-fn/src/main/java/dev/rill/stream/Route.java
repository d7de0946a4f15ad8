package dev.rill.stream;

import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.ResponseId;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The routes of the HTTP API, in the order of the header {@code Allow}. {@code /v1} may be left out; the paths of
 * {@code useChat} never have it.
 */
enum Route {
    /** Text in, text out. */
    TEXT("POST", "/"),
    /** Answers the request, or queues it if {@code background} is true. */
    CREATE("POST", "/responses"),
    /** The response, or its events if {@code stream=true}. */
    RETRIEVE("GET", "/responses/{id}"),
    /** Deletes the response. */
    DELETE("DELETE", "/responses/{id}"),
    /** Cancels the response. */
    CANCEL("POST", "/responses/{id}/cancel"),
    /** A page of the items that the response was given. */
    INPUT_ITEMS("GET", "/responses/{id}/input_items"),
    /** Has the model's server compact a conversation. */
    COMPACT("POST", "/responses/compact"),
    /** Has the model's server count the tokens of an input. */
    INPUT_TOKENS("POST", "/responses/input_tokens"),
    /** Answers a request of Chat Completions. */
    CHAT("POST", "/chat/completions"),
    /** Answers a request of the AI SDK's {@code useChat}. */
    UI_CHAT("POST", "/api/chat"),
    /** Resumes the running response of a chat. Its id may have any characters. */
    UI_STREAM("GET", "/api/chat/{id}/stream"),
    /** Cancels the running response of a chat. */
    UI_STOP("POST", "/api/chat/{id}/stop"),
    /** The models that the client may name. */
    MODELS("GET", "/models"),
    /** One of them. Its name may have slashes. */
    MODEL("GET", "/models/{name}"),
    /** Issues a ticket for the handshake of a WebSocket. */
    TICKET("POST", "/tickets"),
    /** What the client has used, and what its limits leave. */
    USAGE("GET", "/usage"),
    /** Whether the function can be reached. Says nothing of its state, and calls no other service. */
    HEALTH("GET", "/health", Access.OPEN);

    private enum Access {
        /** The client shows a good credential, if the deployment asks for one. */
        AUTHENTICATED,
        /** Needs no credential, and reads none. */
        OPEN
    }

    /** What a client is told that asks for an API which Rill does not have. */
    private static final Map<String, String> INSTEAD = Map.of(
            "/completions", "Send the prompt as a message to /v1/chat/completions.",
            "/embeddings", "Rill answers prompts and has no embeddings; ask the model's server for them.");

    private static final String UI_PATH = "/api/chat";

    private final String method;
    private final Pattern path;
    private final Access access;

    Route(String method, String path) {
        this(method, path, Access.AUTHENTICATED);
    }

    Route(String method, String path, Access access) {
        this.access = access;
        this.method = method;
        this.path = Pattern.compile(
                path.equals("/")
                        ? "/"
                        : (path.startsWith(UI_PATH) ? "" : "(?:/v1)?")
                                + path.replace("{id}", "([^/]+)").replace("{name}", "(.+)"));
    }

    /**
     * A route and the response that the path names.
     *
     * @param segment the part of the path in place of the id or the name; empty if the route has none
     */
    record Match(Route route, Optional<String> segment) {

        /** @throws ApiException if the path names no response that could exist */
        ResponseId id() throws ApiException {
            return segment.flatMap(ResponseId::find).orElseThrow(() -> ApiException.noResponse("response_id"));
        }

        /** The name that the path ends with, decoded; as it is if it is not encoded well. */
        String name() {
            var encoded = segment.orElse("");
            try {
                return URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException _) {
                return encoded;
            }
        }
    }

    /** Whether a request is for a route that needs no credential. */
    static boolean isOpen(String method, String path) {
        return Stream.of(values())
                .filter(route -> route.access == Access.OPEN && route.method.equals(method))
                .anyMatch(route -> route.match(path).findAny().isPresent());
    }

    /** The form of an error about a path, which may not exist. */
    static HttpErrors.Form errorForm(String path) {
        return path.equals(UI_PATH) || path.startsWith(UI_PATH + "/")
                ? HttpErrors.Form.MESSAGE
                : HttpErrors.Form.OBJECT;
    }

    boolean isOpen() {
        return access == Access.OPEN;
    }

    /**
     * Finds the route of a request.
     *
     * @throws MethodNotAllowed if the path exists for other methods
     * @throws ApiException if the path does not exist
     */
    static Match match(String method, String path) throws MethodNotAllowed, ApiException {
        var matches = Stream.of(values()).flatMap(route -> route.match(path)).toList();
        if (matches.isEmpty()) {
            var instead = INSTEAD.getOrDefault(
                    path.startsWith("/v1/") ? path.substring("/v1".length()) : path,
                    "POST to /v1/responses or /v1/chat/completions, or text to /.");
            throw ApiException.of(404, "not_found", "There is nothing at " + path + ". " + instead, null);
        }
        return matches.stream()
                .filter(match -> match.route().method.equals(method))
                .findFirst()
                .orElseThrow(() -> new MethodNotAllowed(method, methods(matches)));
    }

    /** One slash at the end of a path is ignored. */
    private Stream<Match> match(String text) {
        int end = text.length() > 1 && text.endsWith("/") ? text.length() - 1 : text.length();
        var matcher = path.matcher(text.substring(0, end));
        return matcher.matches()
                ? Stream.of(
                        new Match(this, matcher.groupCount() == 0 ? Optional.empty() : Optional.of(matcher.group(1))))
                : Stream.empty();
    }

    private static String methods(List<Match> matches) {
        return matches.stream().map(match -> match.route().method).collect(Collectors.joining(", "));
    }
}
