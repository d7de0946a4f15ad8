package dev.rill.streaming;

import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The runtime's own JSON reader: it takes what Jackson takes, and refuses the rest without quoting it. */
public final class JsonReaderTarget implements FuzzTarget {

    /** Where the reader is stricter than Jackson, by its documentation. */
    private static final int MAX_DEPTH = 64;

    @Override
    public void test(byte[] input) {
        boolean taken;
        try {
            JsonReader.read(input);
            taken = true;
        } catch (MalformedEventException e) {
            Checks.requireQuotesNothing(e);
            taken = false;
        }
        var text = utf8(input);
        boolean json = text != null && Checks.isJson(text);
        Checks.require(!taken || json, "what Jackson refuses was taken");
        Checks.require(taken || !json || depth(text) > MAX_DEPTH, "what Jackson takes was refused");
    }

    private static @Nullable String utf8(byte[] input) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(input))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** At least as deep as the document is. */
    private static long depth(@Nullable String text) {
        return text == null ? 0 : text.chars().filter(c -> c == '[' || c == '{').count();
    }
}
