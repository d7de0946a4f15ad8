package dev.rill.streaming;

/** The event is not what the handler was written for. The message names the place; it never quotes the event. */
public final class MalformedEventException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    MalformedEventException(String message) {
        super(message);
    }
}
