package dev.rill.load.faults.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The content of an event in a form that is small enough to keep: its digest, and its text if that is at most 2,048
 * characters or lists what was left out of it ({@code rill:omitted}).
 */
public record EventContent(String digest, Optional<String> text, boolean shortened) {

    private static final String OMITTED = "rill:omitted";
    private static final String STREAM = ",\"stream_id\":\"" + ClientMessages.STREAM_ID + "\"}";
    private static final int KEPT = 2048;
    private static final JsonMapper MAPPER = new JsonMapper();

    /** The content of an event. The {@code stream_id} of a socket is none of it, because HTTP does not have it. */
    static EventContent of(String received, JsonNode json) {
        var shortened = json.has(OMITTED);
        var text = withoutStream(received);
        return new EventContent(
                digest(text), shortened || text.length() <= KEPT ? Optional.of(text) : Optional.empty(), shortened);
    }

    /** Rill puts the field behind all others, so the rest is what it has logged, byte for byte. */
    private static String withoutStream(String text) {
        return text.endsWith(STREAM) ? text.substring(0, text.length() - STREAM.length()) + "}" : text;
    }

    /** The same content with its whole text, for one comparison. */
    EventContent whole(String whole) {
        return new EventContent(digest, Optional.of(whole), shortened);
    }

    /** Whether both are equal byte for byte, or one of them is the other with parts left out. */
    boolean sameAs(EventContent other) {
        if (digest.equals(other.digest)) {
            return true;
        }
        if (shortened == other.shortened) {
            return false;
        }
        var brief = shortened ? this : other;
        var full = shortened ? other : this;
        // A text that was too long to keep is compared when the log is read.
        return full.text.isEmpty() || brief.text.isEmpty() || isShortOf(brief.text.get(), full.text.get());
    }

    private static boolean isShortOf(String brief, String full) {
        try {
            var left = (ObjectNode) MAPPER.readTree(brief);
            var right = MAPPER.readTree(full);
            for (var pointer : left.remove(OMITTED)) {
                blank(left, JsonPointer.compile(pointer.asText()));
                blank(right, JsonPointer.compile(pointer.asText()));
            }
            return left.equals(right);
        } catch (JsonProcessingException | IllegalArgumentException _) {
            return false;
        }
    }

    private static void blank(JsonNode root, JsonPointer pointer) {
        var parent = root.at(pointer.head());
        var last = pointer.last();
        if (parent instanceof ObjectNode object) {
            object.remove(last.getMatchingProperty());
        } else if (parent.isArray() && last.getMatchingIndex() >= 0 && last.getMatchingIndex() < parent.size()) {
            ((ArrayNode) parent).setNull(last.getMatchingIndex());
        }
    }

    private static String digest(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
