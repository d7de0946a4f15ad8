package dev.rill.load.stack;

/** A command can't go on. The message tells in one line why, and what the operator can do. */
public final class LoadException extends Exception {
    private static final long serialVersionUID = 1;

    public LoadException(String message) {
        super(message);
    }

    public LoadException(String message, Throwable cause) {
        super(message, cause);
    }
}
