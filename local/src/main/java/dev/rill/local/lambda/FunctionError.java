package dev.rill.local.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * The error of a failed function.
 *
 * @param type Lambda's or the function's error type, such as {@code Sandbox.Timedout} or
 *     {@code java.lang.IllegalStateException}
 * @param message the description of the error
 * @param payload the JSON that is returned to the caller of a buffered invocation
 */
record FunctionError(String type, String message, String payload) {

    static final String TIMED_OUT = "Sandbox.Timedout";
    static final String EXITED = "Runtime.ExitError";
    static final String TRUNCATED = "Runtime.TruncatedResponse";
    static final String TOO_LARGE = "Function.ResponseSizeTooLarge";
    static final String INVALID_ENTRYPOINT = "Runtime.InvalidEntrypoint";
    static final String INVALID_MODE = "Runtime.InvalidResponseModeHeader";
    static final String UNKNOWN = "Runtime.Unknown";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** An error that the service detected. */
    static FunctionError of(String type, String message) {
        var payload = JSON.createObjectNode()
                .put("errorType", type)
                .put("errorMessage", message)
                .toString();
        return new FunctionError(type, message, payload);
    }

    /**
     * An error that the runtime reported. The body takes precedence; the declared type (a header or trailer) is used if
     * the body names none. A body that is not error JSON becomes the message unchanged.
     */
    static FunctionError reported(String declaredType, String body) {
        var json = object(body);
        var type = json.path("errorType").asText(declaredType.isEmpty() ? UNKNOWN : declaredType);
        if (json.isMissingNode()) {
            return of(type, body);
        }
        return new FunctionError(type, json.path("errorMessage").asText(""), body);
    }

    private static JsonNode object(String body) {
        var missing = JSON.missingNode();
        try {
            var json = JSON.readTree(body);
            return json != null && json.isObject() ? json : missing;
        } catch (JsonProcessingException e) {
            return missing;
        }
    }
}
