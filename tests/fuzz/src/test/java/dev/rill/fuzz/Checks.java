package dev.rill.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Properties that must hold for several parsers. */
public final class Checks {

    /** A word in the values of seeds; no log line and no exception may repeat it. */
    public static final String CANARY = "qzCANARYqz";

    private static final JsonFactory STRICT = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private Checks() {}

    public static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    /** Whether another, strict reader accepts the text as one JSON document. */
    public static boolean isJson(String text) {
        try (var parser = STRICT.createParser(text)) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            return parser.nextToken() == null;
        } catch (IOException _) {
            return false;
        }
    }

    /** Checks that the text can be encoded in UTF-8 without loss. */
    public static void requireUtf8(String text) {
        require(new String(text.getBytes(UTF_8), UTF_8).equals(text), "half a surrogate pair in the output");
    }

    /** Checks that neither the exception nor a cause of it, which a log would show, repeats the input. */
    public static void requireQuotesNothing(@Nullable Throwable thrown) {
        for (var cause = thrown; cause != null; cause = cause.getCause()) {
            require(
                    !String.valueOf(cause.getMessage()).contains(CANARY),
                    "an exception repeats the input: " + cause.getClass());
        }
    }
}
