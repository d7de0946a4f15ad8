package dev.rill.local.model;

/** No instance could be made: the schema is invalid, has none, or is too large. */
final class NoInstanceException extends Exception {
    private static final long serialVersionUID = 1;

    NoInstanceException(String message) {
        super(message);
    }
}
