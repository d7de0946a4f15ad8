package dev.rill.chat.model;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The kinds of failure of a model, with the {@code error.code} and the HTTP status that clients are sent. */
public enum ModelFailure {
    /** The server refuses the request: status 400, 413 or 422. */
    REJECTED("invalid_prompt", 400, Retry.NEVER),
    /** The operator's API key is missing, invalid, or not permitted to use the model: status 401 or 403. */
    UNAUTHORIZED("model_unauthorized", 502, Retry.NEVER),
    /** The model, or the path of the base URL, does not exist: status 404. */
    NOT_FOUND("model_not_found", 404, Retry.NEVER),
    /** The server limits the rate of requests: status 429. */
    RATE_LIMITED("rate_limit_exceeded", 429, Retry.AT_ONCE),
    /** The operator's account has no quota or credit left: status 429. A retry does not help. */
    OUT_OF_QUOTA("insufficient_quota", 429, Retry.NEVER),
    /** The server failed: status 5xx, an {@code error} event, or an unexpected error of Rill. */
    SERVER_ERROR("server_error", 502, Retry.AT_ONCE),
    /** No connection to the server could be opened. */
    UNREACHABLE("model_unreachable", 502, Retry.AT_ONCE),
    /** The server sent no byte for the idle limit. */
    STALLED("model_timeout", 504, Retry.NEVER),
    /** The stream ended, or the connection broke, before the terminal event. */
    DISCONNECTED("model_disconnected", 502, Retry.AT_ONCE),
    /** The server sent something other than a valid stream of events. */
    INVALID_OUTPUT("model_invalid_output", 502, Retry.NEVER),
    /** The server has no such endpoint: status 404, 405 or 501. */
    NOT_SUPPORTED("not_supported_by_model_server", 501, Retry.NEVER),
    /**
     * An earlier response of the conversation has expired or was deleted after the request was accepted. The model was
     * not asked.
     */
    HISTORY_GONE("previous_response_not_found", 400, Retry.NEVER),
    /** The conversation exceeds the limit, which was higher when the request was accepted. The model was not asked. */
    HISTORY_TOO_LONG("conversation_too_long", 400, Retry.NEVER);

    private static final Map<String, ModelFailure> BY_CODE =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(ModelFailure::code, Function.identity()));

    private enum Retry {
        AT_ONCE,
        NEVER
    }

    private final String code;
    private final int httpStatus;
    private final Retry retry;

    ModelFailure(String code, int httpStatus, Retry retry) {
        this.code = code;
        this.httpStatus = httpStatus;
        this.retry = retry;
    }

    /** Returns the failure with this {@code error.code}; empty if the code is the model's own. */
    public static Optional<ModelFailure> ofCode(String code) {
        return Optional.ofNullable(BY_CODE.get(code));
    }

    /** Returns the {@code error.code} of {@code response.failed}. */
    public String code() {
        return code;
    }

    /** Returns the status of an HTTP answer that has not begun. */
    public int httpStatus() {
        return httpStatus;
    }

    /** Whether the same attempt may send the request again, seconds later. */
    public boolean isRetryable() {
        return retry == Retry.AT_ONCE;
    }

    /** Whether the same request may succeed minutes or hours later, so that a client may repeat it. */
    public boolean isTransient() {
        return switch (this) {
            case RATE_LIMITED, SERVER_ERROR, UNREACHABLE, STALLED, DISCONNECTED -> true;
            case REJECTED,
                    UNAUTHORIZED,
                    NOT_FOUND,
                    OUT_OF_QUOTA,
                    INVALID_OUTPUT,
                    NOT_SUPPORTED,
                    HISTORY_GONE,
                    HISTORY_TOO_LONG -> false;
        };
    }

    /**
     * Returns the failure that an HTTP status of the model's server means; {@link #INVALID_OUTPUT} for one below 400.
     */
    public static ModelFailure ofStatus(int status) {
        return switch (status) {
            case 401, 403 -> UNAUTHORIZED;
            case 404 -> NOT_FOUND;
            case 408, 409, 425 -> SERVER_ERROR;
            case 429 -> RATE_LIMITED;
            default -> {
                if (status >= 500) {
                    yield SERVER_ERROR;
                }
                yield status >= 400 ? REJECTED : INVALID_OUTPUT;
            }
        };
    }
}
