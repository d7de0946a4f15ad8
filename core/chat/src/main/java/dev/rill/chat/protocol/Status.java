package dev.rill.chat.protocol;

/** The state of a response: {@code queued -> in_progress -> completed, incomplete, failed or cancelled}. */
public enum Status {
    QUEUED("queued"),
    IN_PROGRESS("in_progress"),
    COMPLETED("completed"),
    INCOMPLETE("incomplete"),
    FAILED("failed"),
    CANCELLED("cancelled");

    private final String wire;

    Status(String wire) {
        this.wire = wire;
    }

    /** The value on the wire and in the tables. */
    public String wire() {
        return wire;
    }

    /** Whether the terminal event is in the log, so that no event follows. */
    public boolean ended() {
        return switch (this) {
            case QUEUED, IN_PROGRESS -> false;
            case COMPLETED, INCOMPLETE, FAILED, CANCELLED -> true;
        };
    }

    /**
     * Returns the status of a value of {@link #wire}.
     *
     * @throws IllegalArgumentException if no status has it
     */
    public static Status require(String wire) {
        for (var status : values()) {
            if (status.wire.equals(wire)) {
                return status;
            }
        }
        throw new IllegalArgumentException("no status is called " + wire);
    }
}
