package dev.rill.chat.protocol;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The id of a response: {@code resp_} and 32 lower-case hexadecimal digits. Rill issues it; the id that the model's
 * server gives to its answer is a different one. No other text can be an instance, so a client can't address other keys
 * of the table by an id.
 */
public record ResponseId(String value) {

    private static final String PREFIX = "resp_";

    private static final Pattern FORMAT = Pattern.compile(PREFIX + "[0-9a-f]{32}");

    /** The id that functions use while they prime themselves for a snapshot; no response has it. */
    public static final ResponseId PRIMING = new ResponseId("resp_" + "0".repeat(32));

    /** @throws IllegalArgumentException if the text is not an id; the message does not contain it */
    public ResponseId {
        if (!FORMAT.matcher(value).matches()) {
            throw new IllegalArgumentException("a response id is resp_ and 32 hexadecimal digits");
        }
    }

    /**
     * Parses an id that a client sent; empty if the text is not an id. Callers answer that as they answer an unknown
     * id.
     */
    public static Optional<ResponseId> find(String value) {
        return FORMAT.matcher(value).matches() ? Optional.of(new ResponseId(value)) : Optional.empty();
    }

    /** Returns the 32 hexadecimal digits. */
    public String hex() {
        return value.substring(PREFIX.length());
    }

    @Override
    public String toString() {
        return value;
    }
}
