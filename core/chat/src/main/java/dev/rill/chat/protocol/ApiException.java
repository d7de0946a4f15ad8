package dev.rill.chat.protocol;

import org.jspecify.annotations.Nullable;

/** A request can't be taken; {@link #error} says why, in words that are safe to send. */
public final class ApiException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient ApiError error;

    private ApiException(ApiError error) {
        super(error.code() + ": " + error.message());
        this.error = error;
    }

    public static ApiException of(int status, String code, String message, @Nullable String param) {
        return new ApiException(new ApiError(status, ApiError.typeOf(status), code, message, param));
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
     * No such response for this subject: never was, expired, removed, or somebody else's, which nobody else is told.
     */
    public static ApiException noResponse(String param) {
        return of(404, "not_found", "There is no such response.", param);
    }

    /**
     * A repeat of a request whose response has ended and was not to be stored: it is shown only to a client that reads
     * on.
     */
    public static ApiException notStored(ResponseId id) {
        return of(
                409,
                "response_not_stored",
                "This request was answered by " + id
                        + ", which is not stored. Read it with starting_after=0 or more, within two hours of the request.",
                null);
    }

    public static ApiException tooManyRequests(String message) {
        return of(429, "too_many_requests", message, null);
    }

    public ApiError error() {
        return error;
    }
}
