package dev.rill.chat.log;

/** Which function answers a response. */
public enum Execution {
    /** A worker that receives its task from the queue; another worker if that one crashes. */
    QUEUED(2, "queue"),
    /** Only the function that accepted it, while the client waits for the answer. */
    INLINE(1, "direct");

    private final long inProgressNumber;
    private final String wire;

    Execution(long inProgressNumber, String wire) {
        this.inProgressNumber = inProgressNumber;
        this.wire = wire;
    }

    /**
     * Returns the sequence number of {@code response.in_progress}, the last event before output. Every attempt sends
     * the same event with this number.
     */
    public long inProgressNumber() {
        return inProgressNumber;
    }

    /** The value in the tables. */
    public String wire() {
        return wire;
    }

    /**
     * Returns the execution of a value of {@link #wire}.
     *
     * @throws IllegalArgumentException if no execution has it
     */
    public static Execution require(String wire) {
        for (var value : values()) {
            if (value.wire.equals(wire)) {
                return value;
            }
        }
        throw new IllegalArgumentException("no execution is called " + wire);
    }
}
