package dev.rill.local.model;

import java.util.Optional;

/** The model refuses a request with 400 and the error type {@code invalid_request_error}, as OpenAI does. */
final class InvalidRequestException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient Optional<String> param;
    private final transient Optional<String> code;

    /**
     * @param param the field of the request, such as {@code input}; absent is sent as null
     * @param code absent is sent as null
     */
    InvalidRequestException(String message, Optional<String> param, Optional<String> code) {
        super(message, null, false, false);
        this.param = param;
        this.code = code;
    }

    static InvalidRequestException of(String message, String param) {
        return new InvalidRequestException(message, Optional.of(param), Optional.empty());
    }

    String message() {
        return String.valueOf(getMessage());
    }

    Optional<String> param() {
        return param;
    }

    Optional<String> code() {
        return code;
    }
}
