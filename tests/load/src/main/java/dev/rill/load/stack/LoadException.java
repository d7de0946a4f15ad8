package dev.rill.load.stack;

/** Nothing can be measured; the message says in one line why and what to do. */
public final class LoadException extends Exception {
    private static final long serialVersionUID = 1;

    public LoadException(String message) {
        super(message);
    }

    public LoadException(String message, Throwable cause) {
        super(message, cause);
    }
}
