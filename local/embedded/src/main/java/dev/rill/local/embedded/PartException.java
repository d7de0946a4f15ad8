package dev.rill.local.embedded;

/** A part of the stack did not start; the message says which, why and where its log is. */
public final class PartException extends Exception {
    private static final long serialVersionUID = 1;

    PartException(String message) {
        super(message);
    }

    PartException(String message, Throwable cause) {
        super(message, cause);
    }
}
