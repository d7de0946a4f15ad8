package dev.rill.chat.protocol;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Rill's own name for one response: {@code resp_} and 32 hexadecimal digits in lower case. It is never the id that the
 * model's server gave the answer. Nothing else can be constructed, so that a client can't name another key of the
 * table.
 */
public record ResponseId(String value) {

    private static final Pattern FORM = Pattern.compile("resp_[0-9a-f]{32}");

    /** An id that no response has: functions name it while they prime themselves for a snapshot. */
    public static final ResponseId PRIMING = new ResponseId("resp_" + "0".repeat(32));

    /** @throws IllegalArgumentException if the text is no id; the message does not repeat it */
    public ResponseId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("a response id is resp_ and 32 hexadecimal digits");
        }
    }

    /**
     * The id that a client names; empty if the text is none, which a client can't tell from an id that was never
     * issued.
     */
    public static Optional<ResponseId> find(String value) {
        return FORM.matcher(value).matches() ? Optional.of(new ResponseId(value)) : Optional.empty();
    }

    @Override
    public String toString() {
        return value;
    }
}
