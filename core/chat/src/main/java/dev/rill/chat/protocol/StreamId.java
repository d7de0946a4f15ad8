package dev.rill.chat.protocol;

/**
 * The client's own name of a lane of its socket: {@code stream_id}, which every event and error of a request repeats.
 * It has 1 to {@value #MAX_LENGTH} characters.
 */
public record StreamId(String value) {

    public static final int MAX_LENGTH = 64;

    /** The field of a message that has it, in both directions. */
    public static final String FIELD = "stream_id";

    public StreamId {
        if (!isValid(value)) {
            throw new IllegalArgumentException("a stream id has 1 to " + MAX_LENGTH + " characters");
        }
    }

    /** Whether a text can be a stream id. */
    static boolean isValid(String value) {
        return !value.isEmpty() && value.length() <= MAX_LENGTH;
    }

    @Override
    public String toString() {
        return value;
    }
}
