package dev.rill.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
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
 * @param message the server's message, not yet redacted; empty if absent
 */
record ErrorReport(JsonNode code, JsonNode type, String message) {

    /**
     * The fields of the message, the most specific first: some servers repeat the status in {@code error} or
     * {@code title}.
     */
    private static final List<String> FIELDS =
            List.of("message", "Message", "detail", "error", "errors", "msg", "title");

    private static final int MAX_DEPTH = 5;
    private static final int MAX_REASONS = 3;
    private static final Pattern STATUS = Pattern.compile("[45]\\d\\d");

    /** A report without code, type and message. */
    static final ErrorReport NONE = new ErrorReport(MissingNode.getInstance(), MissingNode.getInstance(), "");

    static ErrorReport of(JsonNode body) {
        var report = body.isArray() ? body.path(0) : body;
        var error = report.path("error").isObject() ? report.path("error") : report;
        return new ErrorReport(error.path("code"), error.path("type"), messageIn(report, MAX_DEPTH));
    }

    /** @param body the body of the error response */
    static ErrorReport ofBody(String body, String contentType, int status) {
        var json = Json.find(body);
        if (json.isPresent()) {
            return of(json.get());
        }
        // In plain text, a 4xx describes the request's error. Plain text of a 5xx usually comes from a gateway and
        // describes the gateway.
        return contentType.startsWith("text/plain") && status >= 400 && status < 500
                ? new ErrorReport(MissingNode.getInstance(), MissingNode.getInstance(), body)
                : NONE;
    }

    boolean hasMessage() {
        return !message.isBlank();
    }

    /** The code as an HTTP status; empty if it is not one. */
    Optional<Integer> status() {
        var text = code.asText("");
        return STATUS.matcher(text).matches() ? Optional.of(Integer.valueOf(text)) : Optional.empty();
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
            case "model_not_found", "not_found_error" -> Optional.of(ModelFailure.NOT_FOUND);
            case "invalid_request_error", "invalid_prompt", "context_length_exceeded" ->
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

    /** FastAPI's path of a request field, such as {@code ["body", "tools", 0, "name"]}. */
    private static String place(JsonNode loc) {
        var path = new ArrayList<String>();
        for (int i = 0; i < loc.size() && i < 2 * MAX_DEPTH; i++) {
            path.add(loc.path(i).asText(""));
        }
        if (!path.isEmpty() && path.getFirst().equals("body")) {
            path.removeFirst();
        }
        return path.isEmpty() ? "" : String.join(".", path) + ": ";
    }
}
