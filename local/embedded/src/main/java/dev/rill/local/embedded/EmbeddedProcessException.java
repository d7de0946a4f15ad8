package dev.rill.local.embedded;

/** An embedded process did not start. The message names the process, the reason and the log. */
public final class EmbeddedProcessException extends Exception {
    private static final long serialVersionUID = 1;

    EmbeddedProcessException(String message) {
        super(message);
    }

    EmbeddedProcessException(String message, Throwable cause) {
        super(message, cause);
    }
}
