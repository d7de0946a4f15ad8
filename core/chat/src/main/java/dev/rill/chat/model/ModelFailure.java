package dev.rill.chat.model;

/** The ways in which a model fails, each with the code that a client acts on and the status of an HTTP answer. */
public enum ModelFailure {
    /** 400, 413, 422: this request will never do. */
    REJECTED("invalid_prompt", 400, Retry.POINTLESS),
    /** 401, 403: the operator's key is missing, wrong, or may not use the model. */
    UNAUTHORIZED("model_unauthorized", 502, Retry.POINTLESS),
    /** 404: no such model, or no such server behind the base URL. */
    NOT_FOUND("model_not_found", 404, Retry.POINTLESS),
    /** 429: busy; worth asking again after a while. */
    RATE_LIMITED("rate_limit_exceeded", 429, Retry.SENSIBLE),
    /** 429 for want of money: asking again does not help. */
    OUT_OF_QUOTA("insufficient_quota", 429, Retry.POINTLESS),
    /** 5xx, or the model's own report of an error on its side. */
    SERVER_ERROR("server_error", 502, Retry.SENSIBLE),
    /** No connection came about. */
    UNREACHABLE("model_unreachable", 502, Retry.SENSIBLE),
    /** No byte for the idle limit. */
    STALLED("model_timeout", 504, Retry.POINTLESS),
    /** The stream ended or was cut before its terminal event. */
    DISCONNECTED("model_disconnected", 502, Retry.SENSIBLE),
    /** What came is no stream of events. */
    INVALID_OUTPUT("model_invalid_output", 502, Retry.POINTLESS),
    /**
     * It was not asked: an earlier response of the conversation has expired or was deleted after the request was
     * accepted.
     */
    HISTORY_GONE("previous_response_not_found", 400, Retry.POINTLESS),
    /** It was not asked: the conversation is larger than the limit, which was higher when the request was accepted. */
    HISTORY_TOO_LONG("conversation_too_long", 400, Retry.POINTLESS);

    private enum Retry {
        SENSIBLE,
        POINTLESS
    }

    private final String code;
    private final int httpStatus;
    private final Retry retry;

    ModelFailure(String code, int httpStatus, Retry retry) {
        this.code = code;
        this.httpStatus = httpStatus;
        this.retry = retry;
    }

    /** The {@code error.code} of {@code response.failed}. */
    public String code() {
        return code;
    }

    /** The status of an HTTP answer that has not begun yet. */
    public int httpStatus() {
        return httpStatus;
    }

    /** The same request may succeed a little later. */
    public boolean isRetryable() {
        return retry == Retry.SENSIBLE;
    }

    /** A client that asks for the same again, a minute or an hour later, may well be answered. */
    public boolean isTransient() {
        return switch (this) {
            case RATE_LIMITED, SERVER_ERROR, UNREACHABLE, STALLED, DISCONNECTED -> true;
            case REJECTED, UNAUTHORIZED, NOT_FOUND, OUT_OF_QUOTA, INVALID_OUTPUT, HISTORY_GONE, HISTORY_TOO_LONG -> false;
        };
    }

    /** What an HTTP status of the model's server means; statuses below 400 are nonsense. */
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
