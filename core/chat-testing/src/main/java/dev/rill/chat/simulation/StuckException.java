package dev.rill.chat.simulation;

/** A simulation can't go on: a deadlock, a livelock, or a thread that blocks where the simulation can't see it. */
public final class StuckException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StuckException(String message) {
        super(message);
    }
}
