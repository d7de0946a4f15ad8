package dev.rill.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A server's description of an error, in the forms that servers use: {@code {"error": {"message", "code", "type"}}},
 * the same without its envelope, {@code {"error": "..."}}, {@code {"detail": "..."}}, {@code {"detail": [{"loc",
 * "msg"}]}} (FastAPI), {@code {"title", "detail"}} (RFC 9457), {@code {"errors": [...]}}, or any of these in an array.
 *
 * @param code a text or a number; a missing node if absent
 * @param type a text; a missing node if absent
 * @param param the field of the request that the server names; empty if it names none
 * @param message the server's message, not yet redacted; empty if absent
 */
record ErrorReport(JsonNode code, JsonNode type, String param, String message) {

    /**
     * The fields of the message, the most specific first: some servers repeat the status in {@code error} or
     * {@code title}.
     */
    private static final List<String> FIELDS =
            List.of("message", "Message", "detail", "error", "errors", "msg", "title");

    private static final int MAX_DEPTH = 5;
    private static final int MAX_REASONS = 3;
    private static final Pattern CODE = Pattern.compile("[A-Za-z][\\w.-]{0,63}");
    private static final Pattern PARAM = Pattern.compile("[A-Za-z][\\w.\\[\\]-]{0,99}");
    private static final Pattern MODEL = Pattern.compile("(?i)\\bmodel\\b");
    private static final Pattern STATUS = Pattern.compile("[45]\\d\\d");

    private static final String CONTEXT_LENGTH_EXCEEDED = "context_length_exceeded";

    /** llama.cpp's type of the same error, which has the status as its code. */
    private static final String LLAMA_CPP_CONTEXT = "exceed_context_size_error";

    /** A report without code, type, param and message. */
    static final ErrorReport NONE = ofText("");

    static ErrorReport of(JsonNode body) {
        var error = errorIn(body, MAX_DEPTH);
        return new ErrorReport(
                error.path("code"),
                error.path("type"),
                paramOf(error),
                messageIn(body.isArray() ? body.path(0) : body, MAX_DEPTH));
    }

    private static ErrorReport ofText(String message) {
        return new ErrorReport(MissingNode.getInstance(), MissingNode.getInstance(), "", message);
    }

    /**
     * The object that describes the error: the body, or what its {@code error}, {@code detail} or {@code errors} has.
     */
    private static JsonNode errorIn(JsonNode node, int depth) {
        var first = node.isArray() ? node.path(0) : node;
        if (depth > 0) {
            for (var field : List.of("error", "detail", "errors")) {
                var inner = first.path(field);
                if ((inner.isObject() || inner.path(0).isObject()) && (field.equals("error") || !first.has("code"))) {
                    return errorIn(inner, depth - 1);
                }
            }
        }
        return first;
    }

    private static String paramOf(JsonNode error) {
        var named = error.path("param").isTextual() ? error.path("param").textValue() : pathOf(error.path("loc"));
        return PARAM.matcher(named).matches() ? named : "";
    }

    /** @param body the body of the error response */
    static ErrorReport ofBody(String body, String contentType, int status) {
        var json = Json.find(body);
        if (json.isPresent()) {
            return of(json.get());
        }
        // In plain text, a 4xx describes the request's error. Plain text of a 5xx usually comes from a gateway and
        // describes the gateway.
        return contentType.startsWith("text/plain") && status >= 400 && status < 500 ? ofText(body) : NONE;
    }

    /** Whether a body with status 200 describes an error, and is not a response. */
    static boolean isError(ObjectNode body) {
        var object = body.path("object").asText("");
        return object.equals("error")
                || body.path("type").asText("").equals("error")
                || body.path("error").isObject()
                || body.path("error").isTextual()
                || (object.isEmpty() && of(body).hasMessage());
    }

    boolean hasMessage() {
        return !message.isBlank();
    }

    /** The code as an HTTP status; empty if it is not one. */
    Optional<Integer> status() {
        var text = code.asText("");
        return STATUS.matcher(text).matches() ? Optional.of(Integer.valueOf(text)) : Optional.empty();
    }

    /**
     * The server's own code, such as {@code context_length_exceeded}; empty if it has none, repeats the type or the
     * status, or uses one of Rill's codes, which would tell the client what Rill does not mean.
     */
    Optional<String> ownCode() {
        if (type.asText("").equals(LLAMA_CPP_CONTEXT)) {
            return Optional.of(CONTEXT_LENGTH_EXCEEDED);
        }
        return Optional.of(code.asText(""))
                .filter(CODE.asMatchPredicate())
                .filter(own -> code.isTextual()
                        && !own.equals(type.asText(""))
                        && ModelFailure.ofCode(own).isEmpty());
    }

    /** Whether the server says that it is the model that it does not know, and not the path. */
    boolean saysThatTheModelIsUnknown() {
        return failure().filter(ModelFailure.NOT_FOUND::equals).isPresent()
                || param.equals("model")
                || MODEL.matcher(message).find();
    }

    /** The failure of the code, or else of the type. */
    Optional<ModelFailure> failure() {
        return failureOf(code.asText("")).or(() -> failureOf(type.asText("")));
    }

    private static Optional<ModelFailure> failureOf(String word) {
        return switch (word) {
            case "insufficient_quota", "billing_hard_limit_reached", "billing_not_active" ->
                Optional.of(ModelFailure.OUT_OF_QUOTA);
            case "rate_limit_exceeded", "rate_limit_error", "too_many_requests" ->
                Optional.of(ModelFailure.RATE_LIMITED);
            case "invalid_api_key", "authentication_error", "permission_error" ->
                Optional.of(ModelFailure.UNAUTHORIZED);
            case "model_not_found" -> Optional.of(ModelFailure.NOT_FOUND);
            case "invalid_request_error", "invalid_prompt", CONTEXT_LENGTH_EXCEEDED, LLAMA_CPP_CONTEXT ->
                Optional.of(ModelFailure.REJECTED);
            default -> Optional.empty();
        };
    }

    private static String messageIn(JsonNode node, int depth) {
        if (depth == 0) {
            return "";
        }
        if (node.isTextual()) {
            return node.textValue().strip();
        }
        if (node.isArray()) {
            return messagesOf(node, depth);
        }
        for (var field : FIELDS) {
            var message = messageIn(node.path(field), depth - 1);
            if (!message.isEmpty()) {
                return field.equals("msg") ? place(node.path("loc")) + message : message;
            }
        }
        return "";
    }

    private static String messagesOf(JsonNode errors, int depth) {
        var reasons = new ArrayList<String>();
        for (int i = 0; i < errors.size() && reasons.size() < MAX_REASONS; i++) {
            var message = messageIn(errors.get(i), depth - 1);
            if (!message.isEmpty()) {
                reasons.add(message);
            }
        }
        return String.join("; ", reasons);
    }

    private static String place(JsonNode loc) {
        var path = pathOf(loc);
        return path.isEmpty() ? "" : path + ": ";
    }

    /** FastAPI's path of a request field, such as {@code ["body", "tools", 0, "name"]}. */
    private static String pathOf(JsonNode loc) {
        var path = new ArrayList<String>();
        for (int i = 0; i < loc.size() && i < 2 * MAX_DEPTH; i++) {
            path.add(loc.path(i).asText(""));
        }
        if (!path.isEmpty() && path.getFirst().equals("body")) {
            path.removeFirst();
        }
        return String.join(".", path);
    }
}
