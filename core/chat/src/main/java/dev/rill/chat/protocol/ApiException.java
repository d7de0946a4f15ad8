package dev.rill.chat.protocol;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request that is refused. {@link #error} is safe to send to the client: it contains no internal detail. */
public final class ApiException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient ApiError error;

    private ApiException(ApiError error) {
        super(error.code() + ": " + error.message());
        this.error = error;
    }

    public static ApiException of(int status, String code, String message, @Nullable String param) {
        return new ApiException(new ApiError(status, code, message, param));
    }

    /** A refusal with this error. */
    public static ApiException of(ApiError error) {
        return new ApiException(error);
    }

    public static ApiException notJson() {
        return of(
                400,
                "invalid_json",
                "The message is not a JSON object, has a name twice in an object, or is beyond a limit: "
                        + "100 levels, 500,000 tokens, numbers of 1,000 digits and 1,000 decimal places.",
                null);
    }

    public static ApiException missing(String param) {
        return of(400, "missing_required_parameter", "Missing required parameter: '" + param + "'.", param);
    }

    public static ApiException wrongType(String param, String expected) {
        return of(400, "invalid_type", "Invalid type for '" + param + "': expected " + expected + ".", param);
    }

    public static ApiException invalidValue(String param, String rule) {
        return of(400, "invalid_value", "Invalid value for '" + param + "': " + rule + ".", param);
    }

    public static ApiException unsupported(String param, String why) {
        return of(400, "unsupported_parameter", "Unsupported parameter: '" + param + "'. " + why, param);
    }

    public static ApiException tooLarge(int bytes, int limit) {
        return of(
                413,
                "request_too_large",
                "The request has " + bytes + " bytes; at most " + limit + " are taken.",
                null);
    }

    /**
     * 404. The response never existed, has expired, was deleted, or belongs to another subject. One error stands for
     * all four, so that no client learns that another subject's response exists.
     */
    public static ApiException noResponse(String param) {
        return of(404, "not_found", "There is no such response.", param);
    }

    /**
     * 409. The request repeats one whose response has ended and has {@code store: false}. Such a response is sent only
     * to a client that states the last event it has.
     */
    public static ApiException notStored(ResponseId id) {
        return of(
                409,
                "response_not_stored",
                "This request was answered by " + id
                        + ", which is not stored. Read it with starting_after=0 or more, within two hours of the request.",
                null);
    }

    /** 429, with the headers that tell when to ask again. */
    public static ApiException tooManyRequests(String code, String message, Map<String, String> headers) {
        return new ApiException(new ApiError(429, code, message, null, headers));
    }

    public ApiError error() {
        return error;
    }
}
