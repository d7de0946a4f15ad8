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
 * The whole content of an event, small enough to be kept: its digest, and its text where that is short or where it says
 * itself that something is left out of it ({@code rill:omitted}).
 */
public record EventContent(String digest, Optional<String> text, boolean shortened) {

    private static final String OMITTED = "rill:omitted";
    private static final int KEPT = 2048;
    private static final JsonMapper MAPPER = new JsonMapper();

    static EventContent of(String text, JsonNode json) {
        var shortened = json.has(OMITTED);
        return new EventContent(
                digest(text), shortened || text.length() <= KEPT ? Optional.of(text) : Optional.empty(), shortened);
    }

    /** The same with the whole text, which is not for keeping. */
    EventContent whole(String whole) {
        return new EventContent(digest, Optional.of(whole), shortened);
    }

    /** Whether both say the same, byte for byte; where one is shortened, but for what it leaves out. */
    boolean sameAs(EventContent other) {
        if (digest.equals(other.digest)) {
            return true;
        }
        if (shortened == other.shortened) {
            return false;
        }
        var brief = shortened ? this : other;
        var full = shortened ? other : this;
        // What is too long to be kept is compared when the log is read.
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
