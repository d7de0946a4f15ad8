package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * An error as a client reads it, in OpenAI's form.
 *
 * @param status the HTTP status, also told on sockets
 * @param type the class of the error, such as {@code invalid_request_error}
 * @param code what a program acts on
 * @param message what a person reads; names the field
 * @param param the path of the offending field, such as {@code input[0].role}; null where there is none
 */
public record ApiError(
        int status,
        String type,
        String code,
        String message,
        @Nullable String param) {

    /** {@code {"type", "code", "message", "param"}}. */
    public ObjectNode toJson() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", type)
                .put("code", code)
                .put("message", message)
                .put("param", param);
    }

    /** The {@code type} that belongs to a status. */
    public static String typeOf(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 429 -> "rate_limit_error";
            default -> status >= 500 ? "server_error" : "invalid_request_error";
        };
    }
}
