package dev.rill.chat.log;

/** Who answers a response. */
public enum Execution {
    /** A worker that takes its prompt off the queue, and another one if that dies. */
    QUEUED(2, "queue"),
    /** The function that accepted it, while its client waits; no other. */
    INLINE(1, "direct");

    private final long inProgressNumber;
    private final String wire;

    Execution(long inProgress, String wire) {
        this.inProgressNumber = inProgress;
        this.wire = wire;
    }

    /** The number of {@code response.in_progress}, the last event before output: every attempt would send it alike. */
    public long inProgressNumber() {
        return inProgressNumber;
    }

    /** The word in the tables. */
    public String wire() {
        return wire;
    }

    /**
     * The value of this word.
     *
     * @throws IllegalArgumentException if there is none
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
