package dev.rill.stream;

import dev.rill.chat.protocol.ApiError;

/** The path exists, but not for the method of the request. Becomes the status 405. */
final class MethodNotAllowed extends Exception {
    private static final long serialVersionUID = 1;

    private final String method;
    private final String allowed;

    MethodNotAllowed(String method, String allowed) {
        super(method + " is not allowed here; " + allowed + " is.");
        this.method = method;
        this.allowed = allowed;
    }

    /** The value of the {@code Allow} header. */
    String allowed() {
        return allowed;
    }

    ApiError error() {
        return new ApiError(
                405,
                "method_not_allowed",
                method + " is not allowed here; " + allowed + (allowed.contains(",") ? " are." : " is."),
                null);
    }
}
