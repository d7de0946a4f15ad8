package dev.rill.chat.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The reasoning of a model that stores nothing: encrypted, so that it can go with the next turn. It is always asked
 * for, and shown to a client that asked for it in {@code include}.
 */
public final class EncryptedReasoning {

    private static final String INCLUDE = "reasoning.encrypted_content";
    private static final String FIELD = "encrypted_content";

    private EncryptedReasoning() {}

    public static boolean isAskedFor(ObjectNode request) {
        for (var included : request.path("include")) {
            if (included.asText().equals(INCLUDE)) {
                return true;
            }
        }
        return false;
    }

    /** Has a request ask for it; what else it includes stays. The request's own array is not changed. */
    static void askFor(ObjectNode request) {
        if (!isAskedFor(request)) {
            var include = request.arrayNode();
            request.path("include").forEach(include::add);
            request.set("include", include.add(INCLUDE));
        }
    }

    /** Takes it out of an event's {@code item} and out of the output of its {@code response}. */
    public static void remove(ObjectNode event) {
        removeFrom(event.path("item"));
        if (event.path("response").path("output") instanceof ArrayNode output) {
            output.forEach(EncryptedReasoning::removeFrom);
        }
    }

    private static void removeFrom(JsonNode item) {
        if (item instanceof ObjectNode object && object.path("type").asText().equals("reasoning")) {
            object.remove(FIELD);
        }
    }
}
