package dev.rill.chat.simulation;

/** A request to something outside of the flow has failed, as an adapter reports it after its own tries. */
public final class PortException extends RuntimeException {
    private static final long serialVersionUID = 1;

    PortException(String message) {
        super(message);
    }

    PortException(String message, Throwable cause) {
        super(message, cause);
    }
}
