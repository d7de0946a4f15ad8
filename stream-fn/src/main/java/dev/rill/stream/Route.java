package dev.rill.stream;

import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.streaming.Request;
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
 * {@code useChat} and of the web page never have it.
 */
enum Route {
    /** Text in, text out. */
    TEXT("POST", "/"),
    /** Answers the request, or queues it if {@code background} is true. */
    CREATE("POST", "{v1}/responses"),
    /** The response, or its events if {@code stream=true}. */
    RETRIEVE("GET", "{v1}/responses/{id}"),
    /** Deletes the response. */
    DELETE("DELETE", "{v1}/responses/{id}"),
    /** Cancels the response. */
    CANCEL("POST", "{v1}/responses/{id}/cancel"),
    /** A page of the items that the response was given. */
    INPUT_ITEMS("GET", "{v1}/responses/{id}/input_items"),
    /** Has the model's server compact a conversation. */
    COMPACT("POST", "{v1}/responses/compact"),
    /** Has the model's server count the tokens of an input. */
    INPUT_TOKENS("POST", "{v1}/responses/input_tokens"),
    /** Answers a request of Chat Completions. */
    CHAT("POST", "{v1}/chat/completions"),
    /** Answers a request of the AI SDK's {@code useChat}. */
    UI_CHAT("POST", "/api/chat"),
    /** Resumes the running response of a chat. Its id may have any characters. */
    UI_STREAM("GET", "/api/chat/{id}/stream"),
    /** Cancels the running response of a chat. */
    UI_STOP("POST", "/api/chat/{id}/stop"),
    /** The models that the client may name. */
    MODELS("GET", "{v1}/models"),
    /** One of them. Its name may have slashes. */
    MODEL("GET", "{v1}/models/{name}"),
    /** Issues a ticket for the handshake of a WebSocket. */
    TICKET("POST", "{v1}/tickets"),
    /** What the client has used, and what its limits leave. */
    USAGE("GET", "{v1}/usage"),
    /** Whether the function can be reached. Says nothing of its state, and calls no other service. */
    HEALTH("GET", "{v1}/health", Access.OPEN),
    /**
     * The web page, for a client that names HTML among what it accepts. A browser does; {@code curl}, which accepts all
     * types, does not, and is answered as if there were no page.
     */
    PAGE("GET, HEAD", "/", Access.OPEN, Optional.of("text/html")),
    /** A file of the page whose name changes with its content. */
    ASSET("GET, HEAD", "/assets/{name}", Access.OPEN),
    /** A file of the page that has a fixed name, such as its icon. */
    FILE("GET, HEAD", "/{file}", Access.OPEN),
    /** What the page is told of the deployment. */
    CONFIG("GET, HEAD", "/config\\.json", Access.OPEN);

    private enum Access {
        /** The client shows a good credential, if the deployment asks for one. */
        AUTHENTICATED,
        /** Needs no credential, and reads none. The origin of a page is not checked either. */
        OPEN
    }

    /** What a client is told that asks for an API which Rill does not have. */
    private static final Map<String, String> INSTEAD = Map.of(
            "/completions", "Send the prompt as a message to /v1/chat/completions.",
            "/embeddings", "Rill answers prompts and has no embeddings; ask the model's server for them.");

    private static final String UI_PATH = "/api/chat";

    private final String methods;
    private final Pattern path;
    private final Access access;
    private final Optional<String> accepted;

    Route(String methods, String path) {
        this(methods, path, Access.AUTHENTICATED);
    }

    Route(String methods, String path, Access access) {
        this(methods, path, access, Optional.empty());
    }

    /**
     * @param methods separated by a comma and a space
     * @param accepted a media type that a request must name in {@code Accept} to be for this route; empty for all
     *     requests
     */
    Route(String methods, String path, Access access, Optional<String> accepted) {
        this.access = access;
        this.methods = methods;
        this.accepted = accepted;
        this.path = Pattern.compile(path.replace("{v1}", "(?:/v1)?")
                .replace("{id}", "([^/]+)")
                .replace("{name}", "(.+)")
                .replace("{file}", "[a-z0-9-]+\\.(?:ico|png|svg|txt|webmanifest)"));
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

    /** Finds the route of a request that needs no credential; empty if it is for none. */
    static Optional<Match> findOpen(Request request) {
        return Stream.of(values())
                .filter(route -> route.isOpen() && route.methods().anyMatch(request.method()::equals))
                .flatMap(route -> route.match(request))
                .findFirst();
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
    static Match find(Request request) throws MethodNotAllowed, ApiException {
        var matches = Stream.of(values()).flatMap(route -> route.match(request)).toList();
        if (matches.isEmpty()) {
            throw nothingAt(request.path());
        }
        return matches.stream()
                .filter(match -> match.route().methods().anyMatch(request.method()::equals))
                .findFirst()
                .orElseThrow(() -> new MethodNotAllowed(request.method(), methods(matches)));
    }

    /** The error of a path that does not exist. */
    static ApiException nothingAt(String path) {
        var instead = INSTEAD.getOrDefault(
                path.startsWith("/v1/") ? path.substring("/v1".length()) : path,
                "POST to /v1/responses or /v1/chat/completions, or text to /.");
        return ApiException.of(404, "not_found", "There is nothing at " + path + ". " + instead, null);
    }

    /** One slash at the end of a path is ignored. */
    private Stream<Match> match(Request request) {
        if (accepted.isPresent() && !ListedValues.accept(request.header("accept"), accepted.get())) {
            return Stream.empty();
        }
        var text = request.path();
        int end = text.length() > 1 && text.endsWith("/") ? text.length() - 1 : text.length();
        var matcher = path.matcher(text.substring(0, end));
        return matcher.matches()
                ? Stream.of(
                        new Match(this, matcher.groupCount() == 0 ? Optional.empty() : Optional.of(matcher.group(1))))
                : Stream.empty();
    }

    private Stream<String> methods() {
        return Stream.of(methods.split(", ", -1));
    }

    private static String methods(List<Match> matches) {
        return matches.stream()
                .flatMap(match -> match.route().methods())
                .distinct()
                .collect(Collectors.joining(", "));
    }
}
