package dev.rill.local.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Faults that the web page injects by the front port, so that a person sees an answer go on: {@code POST
 * /local/faults/kill-worker} and {@code POST /local/faults/cut-sockets}. The page learns of them by a header of
 * {@code /config.json}.
 *
 * <p>Only programs and pages on this machine may call them: the client's address is a loopback one, and a page is of
 * the origin that it calls. A page of another origin can't send {@code application/json} without a preflight request,
 * and that is refused too.
 */
final class FaultRoutes {

    private static final String FOLDER = "/local/faults";
    private static final String CONFIG = "/config.json";
    private static final String HEADER = "x-rill-faults";
    private static final int REQUEST_LIMIT = 4 * 1024;
    private static final Pattern RESPONSE_ID = Pattern.compile("resp_[A-Za-z0-9_-]{1,100}");

    private final WebSocketApi webSockets;
    private final WorkerFaults workers;

    FaultRoutes(WebSocketApi webSockets, WorkerFaults workers) {
        this.webSockets = webSockets;
        this.workers = workers;
    }

    /** Whether a request is for these routes. */
    static boolean isFor(Request request) {
        var path = path(request);
        return path.equals(FOLDER) || path.startsWith(FOLDER + "/");
    }

    /** Adds to the response of {@code /config.json} where faults are injected, if this client may do that. */
    static void announce(Request request, Response response) {
        if (path(request).equals(CONFIG) && isLocal(request)) {
            response.getHeaders().put(HEADER, FOLDER);
        }
    }

    /** Handles a request for these routes. */
    void handle(Request request, Response response, Callback callback) throws IOException {
        ObjectNode body;
        int status = 200;
        try {
            body = injected(request);
        } catch (RefusedException e) {
            status = e.status;
            body = JsonErrors.openAi(e.code, e.problem);
            if (status == 405) {
                response.getHeaders().put(HttpHeader.ALLOW, "POST");
            }
        }
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        response.write(true, StandardCharsets.UTF_8.encode(Json.write(body) + "\n"), callback);
    }

    private ObjectNode injected(Request request) throws IOException, RefusedException {
        requireOwnPage(request);
        return switch (path(request)) {
            case FOLDER + "/kill-worker" -> {
                var killed = workers.kill(responseId(request));
                yield killed.isPresent()
                        ? Json.object().put("killed", killed.getAsLong())
                        : Json.object().putNull("killed");
            }
            case FOLDER + "/cut-sockets" -> Json.object().put("cut", webSockets.cut(field(request, "connection_id")));
            default ->
                throw new RefusedException(
                        404, "not_found", "There are " + FOLDER + "/kill-worker and " + FOLDER + "/cut-sockets.");
        };
    }

    private static Optional<String> responseId(Request request) throws IOException, RefusedException {
        var id = field(request, "response_id");
        if (id.isPresent() && !RESPONSE_ID.matcher(id.get()).matches()) {
            throw invalid("response_id");
        }
        return id;
    }

    private static void requireOwnPage(Request request) throws RefusedException {
        var authority = Objects.requireNonNullElse(request.getHttpURI().getAuthority(), "");
        if (!isLocal(request)
                || !FrontAccess.isSameOrigin(request.getHeaders().getValuesList(HttpHeader.ORIGIN), authority)) {
            throw new RefusedException(
                    403, "faults_not_allowed", "Only this machine and the stack's own page may inject faults.");
        }
        if (!request.getMethod().equals("POST")) {
            throw new RefusedException(405, "method_not_allowed", "Faults are injected by POST.");
        }
        var type = Objects.requireNonNullElse(request.getHeaders().get(HttpHeader.CONTENT_TYPE), "");
        if (!type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
            throw new RefusedException(415, "unsupported_media_type", "The content-type must be 'application/json'.");
        }
    }

    /** The only field that a body may have; empty if it has none, or there is no body. */
    private static Optional<String> field(Request request, String name) throws IOException, RefusedException {
        var bytes = Content.Source.asInputStream(request).readNBytes(REQUEST_LIMIT);
        var fields = bytes.length == 0 ? Json.object() : parsed(bytes);
        for (var field : fields.properties()) {
            if (!field.getKey().equals(name) || !field.getValue().isTextual()) {
                throw invalid(name);
            }
        }
        return Optional.ofNullable(fields.get(name)).map(JsonNode::textValue);
    }

    private static JsonNode parsed(byte[] body) throws IOException, RefusedException {
        try {
            var json = Json.MAPPER.readTree(body);
            if (json.isObject()) {
                return json;
            }
        } catch (JsonProcessingException _) {
            // The message below covers it.
        }
        throw new RefusedException(400, "invalid_json", "The body is no JSON object.");
    }

    private static RefusedException invalid(String name) {
        return new RefusedException(
                400, "invalid_value", "The body may have the text '" + name + "' and nothing else.");
    }

    private static boolean isLocal(Request request) {
        return request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress client
                && client.getAddress().isLoopbackAddress();
    }

    private static String path(Request request) {
        return Objects.requireNonNullElse(request.getHttpURI().getPath(), "");
    }

    /** A request that injects nothing. */
    private static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;
        private final int status;
        private final String code;
        private final String problem;

        RefusedException(int status, String code, String problem) {
            super(problem);
            this.status = status;
            this.code = code;
            this.problem = problem;
        }
    }
}
