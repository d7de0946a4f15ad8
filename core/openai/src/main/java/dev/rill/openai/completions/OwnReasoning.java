package dev.rill.openai.completions;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * The {@code encrypted_content} of reasoning that a server of Chat Completions has sent in plain text. Clients and the
 * flow give back reasoning only by that field, and some models need theirs between calls. It hides nothing: the item
 * has the text as well.
 */
public final class OwnReasoning {

    private static final String PREFIX = "rill:plain:";

    private OwnReasoning() {}

    static String wrap(String text) {
        return PREFIX + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the text of a reasoning item; empty if another server has encrypted it. */
    static Optional<String> unwrap(JsonNode item) {
        if (!isOwn(item)) {
            return Optional.empty();
        }
        try {
            var bytes = Base64.getDecoder()
                    .decode(item.path("encrypted_content").textValue().substring(PREFIX.length()));
            return Optional.of(new String(bytes, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException _) {
            // A client has changed it.
            return Optional.empty();
        }
    }

    /** Whether the text of a conversation may have an item for which {@link #isOwn} holds. */
    public static boolean isIn(String conversation) {
        return conversation.contains(PREFIX);
    }

    /** Whether an item is reasoning of this kind, which no server of the Responses API can read. */
    public static boolean isOwn(JsonNode item) {
        return item.path("type").asText().equals("reasoning")
                && item.path("encrypted_content").asText("").startsWith(PREFIX);
    }
}
