package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The newest {@value #MAX_ITEMS} output items of requests without {@code store: false}, to which later requests can
 * refer by {@code item_reference}. An item of more than {@value #MAX_CHARACTERS} characters is not kept. Safe for use
 * by many threads.
 */
final class StoredItems {

    private static final int MAX_ITEMS = 1000;
    private static final int MAX_CHARACTERS = 32_768;

    private final Map<String, JsonNode> items = new LinkedHashMap<>();

    void add(JsonNode output) {
        for (var item : output) {
            if (item.toString().length() <= MAX_CHARACTERS) {
                add(item.path("id").asText(), item);
            }
        }
    }

    private synchronized void add(String id, JsonNode item) {
        items.put(id, item);
        if (items.size() > MAX_ITEMS) {
            items.remove(items.keySet().iterator().next());
        }
    }

    private synchronized JsonNode getOrDefault(String id, JsonNode absent) {
        return items.getOrDefault(id, absent);
    }

    /** A copy of the request's body with items in the places of their references. Other references stay. */
    ObjectNode resolved(ObjectNode body) {
        var copy = body.objectNode();
        copy.setAll(body);
        if (body.path("input").isArray()) {
            var input = copy.putArray("input");
            for (var item : body.path("input")) {
                input.add(isReference(item) ? getOrDefault(item.path("id").asText(), item) : item);
            }
        }
        return copy;
    }

    /** A reference may leave its type out. */
    static boolean isReference(JsonNode item) {
        return item.path("type").asText("").equals("item_reference")
                || (item.hasNonNull("id") && !item.hasNonNull("type") && !item.has("role"));
    }
}
