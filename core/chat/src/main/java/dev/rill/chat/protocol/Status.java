package dev.rill.chat.protocol;

/** Where a response is: {@code queued -> in_progress -> completed, incomplete, failed or cancelled}. */
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

    /** The word on the wire and in the tables. */
    public String wire() {
        return wire;
    }

    /** Nothing follows: the terminal event has been logged. */
    public boolean ended() {
        return switch (this) {
            case QUEUED, IN_PROGRESS -> false;
            case COMPLETED, INCOMPLETE, FAILED, CANCELLED -> true;
        };
    }

    /**
     * The status of this word.
     *
     * @throws IllegalArgumentException if there is none
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
