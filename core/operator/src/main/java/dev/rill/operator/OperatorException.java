package dev.rill.operator;

/** A command can't go on. The message tells in one line why, and what the operator can do. */
final class OperatorException extends Exception {
    private static final long serialVersionUID = 1;

    OperatorException(String message) {
        super(message);
    }

    OperatorException(String message, Throwable cause) {
        super(message, cause);
    }
}
