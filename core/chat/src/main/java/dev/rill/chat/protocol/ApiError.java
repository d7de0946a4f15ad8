package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The error object of an HTTP error body and of an {@code error} event, in OpenAI's form.
 *
 * @param status the HTTP status; also a field of the {@code error} event on sockets
 * @param code the stable identifier that client programs compare
 * @param message the explanation for people; names the offending field
 * @param param the path of the offending field, such as {@code input[0].role}; null if the error concerns no single
 *     field
 * @param headers of the HTTP response, such as {@code retry-after}; members of {@code headers} in an {@code error}
 *     event
 */
public record ApiError(
        int status, String code, String message, @Nullable String param, Map<String, String> headers) {

    /** An error without headers. */
    public ApiError(int status, String code, String message, @Nullable String param) {
        this(status, code, message, param, Map.of());
    }

    /**
     * Returns a copy that names the field as a client of another protocol does.
     *
     * @param ownParam the name in place of {@link #param}, which must not be null
     */
    public ApiError renamed(String ownParam) {
        return new ApiError(status, code, message.replace("'" + param + "'", "'" + ownParam + "'"), ownParam, headers);
    }

    /** Returns {@code {"type", "code", "message", "param"}}; the status is not included. */
    public ObjectNode toJson() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", type())
                .put("code", code)
                .put("message", message)
                .put("param", param);
    }

    /** Returns the class of the error, such as {@code invalid_request_error}; follows from the status. */
    public String type() {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 429 -> "rate_limit_error";
            default -> status >= 500 ? "server_error" : "invalid_request_error";
        };
    }
}
