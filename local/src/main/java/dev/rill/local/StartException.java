package dev.rill.local;

import org.jspecify.annotations.Nullable;

/** The stack did not start; the message is one line that says why and, where it can, what to do. */
final class StartException extends Exception {
    private static final long serialVersionUID = 1;

    StartException(String message) {
        super(message);
    }

    StartException(@Nullable String message, Throwable cause) {
        super(message, cause);
    }
}
