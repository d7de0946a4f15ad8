package dev.rill.streaming;

/**
 * The event does not have the format that the handler expects. The message names the position and never quotes the
 * event.
 */
public final class MalformedEventException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    MalformedEventException(String message) {
        super(message);
    }
}
