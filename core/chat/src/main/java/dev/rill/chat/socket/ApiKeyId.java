package dev.rill.chat.socket;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The public name of an API key: {@code key_} and the first 32 hexadecimal digits of its hash. It can be shown and
 * logged. Because it follows from the hash, an adapter stores a key as one item and finds it by either.
 */
public record ApiKeyId(String value) {

    private static final Pattern FORM = Pattern.compile("key_[0-9a-f]{32}");

    /** @throws IllegalArgumentException if the text is not an id; the message does not contain it */
    public ApiKeyId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("the id of a key is key_ and 32 hexadecimal digits");
        }
    }

    /** Parses an id that an operator typed; empty if the text is not an id. */
    public static Optional<ApiKeyId> parse(String text) {
        return FORM.matcher(text).matches() ? Optional.of(new ApiKeyId(text)) : Optional.empty();
    }

    @Override
    public String toString() {
        return value;
    }
}
