package dev.rill.chat.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.Includes;

/**
 * The {@code encrypted_content} of reasoning items, with which a model that stores nothing can continue its reasoning
 * in the next turn. Rill always requests it, and sends it to clients that requested it in {@code include}.
 */
public final class EncryptedReasoning {

    private static final String INCLUDE = Includes.ENCRYPTED_REASONING;
    private static final String FIELD = "encrypted_content";

    private EncryptedReasoning() {}

    public static boolean isRequested(ObjectNode request) {
        for (var included : request.path("include")) {
            if (included.asText().equals(INCLUDE)) {
                return true;
            }
        }
        return false;
    }

    /** Adds it to the {@code include} of a request, in a copy of that array. */
    static void askFor(ObjectNode request) {
        if (!isRequested(request)) {
            var include = request.arrayNode();
            request.path("include").forEach(include::add);
            request.set("include", include.add(INCLUDE));
        }
    }

    /** Removes it from an event's {@code item} and from the output of its {@code response}. */
    public static void remove(ObjectNode event) {
        removeFrom(event.path("item"));
        if (event.path("response").path("output") instanceof ArrayNode output) {
            output.forEach(EncryptedReasoning::removeFrom);
        }
    }

    static void removeFrom(JsonNode item) {
        if (item instanceof ObjectNode object && object.path("type").asText().equals("reasoning")) {
            object.remove(FIELD);
        }
    }
}
