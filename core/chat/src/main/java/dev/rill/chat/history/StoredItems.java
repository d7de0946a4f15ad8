package dev.rill.chat.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.QuotaKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Resolves the references of one request to items of earlier responses. Each response is read once, however many of its
 * items are referred to. At most {@value #MAX_LOOKUPS} different ids are looked up. Not safe for use by many threads.
 */
public final class StoredItems {

    /** The maximum number of ids that are looked up for one request. Each costs up to three reads of the log. */
    public static final int MAX_LOOKUPS = 200;

    private final ResponseLog log;
    private final QuotaKey quotaKey;
    private final Predicate<ResponseId> mayBeRead;
    private final Set<String> referencedIds = new HashSet<>();
    private final Map<String, ObjectNode> items = new HashMap<>();
    private final Set<String> lookedUp = new HashSet<>();
    private final Set<ResponseId> read = new HashSet<>();

    /** @param mayBeRead whether the client of the request may continue a response */
    StoredItems(ResponseLog log, QuotaKey quotaKey, Predicate<ResponseId> mayBeRead) {
        this.log = log;
        this.quotaKey = quotaKey;
        this.mayBeRead = mayBeRead;
    }

    /**
     * Returns the input with stored items in place of references, and in place of reasoning items without encrypted
     * content. Returns the same object if there is nothing to replace.
     *
     * @throws ApiException if a referenced item does not exist or may not be read, or there are too many references
     */
    JsonNode resolve(JsonNode input) throws ApiException {
        for (int i = 0; i < input.size(); i++) {
            var item = input.get(i);
            if (CreateRequest.isReference(item) || isUnencryptedReasoning(item)) {
                referencedIds.add(item.path("id").textValue());
                requireFewReferences(i);
            }
        }
        if (referencedIds.isEmpty()) {
            return input;
        }
        var resolved = Json.object().arrayNode();
        for (int i = 0; i < input.size(); i++) {
            var item = input.get(i);
            var param = "input[" + i + "].id";
            if (CreateRequest.isReference(item)) {
                resolved.add(find(item.path("id").textValue()).orElseThrow(() -> notFound(param)));
            } else if (isUnencryptedReasoning(item)) {
                resolved.add(find(item.path("id").textValue()).orElse((ObjectNode) item));
            } else {
                resolved.add(item);
            }
        }
        return resolved;
    }

    private static boolean isUnencryptedReasoning(JsonNode item) {
        return item.path("type").asText().equals("reasoning")
                && item.path("id").isTextual()
                && !item.hasNonNull("encrypted_content");
    }

    /** Checked before the first look-up, so that a refused request costs none. */
    private void requireFewReferences(int index) throws ApiException {
        if (referencedIds.size() > MAX_LOOKUPS) {
            throw ApiException.of(
                    400,
                    "conversation_too_long",
                    "The input refers to more than " + MAX_LOOKUPS
                            + " items. Send the items themselves, or continue the conversation by previous_response_id.",
                    "input[" + index + "].id");
        }
    }

    private Optional<ObjectNode> find(String id) {
        if (!items.containsKey(id) && lookedUp.add(id)) {
            log.findByItem(quotaKey, id)
                    .filter(read::add)
                    .filter(mayBeRead)
                    .flatMap(log::turn)
                    .ifPresent(turn -> Json.forEachObject(turn.output(), this::store));
        }
        return Optional.ofNullable(items.get(id));
    }

    private void store(ObjectNode item) {
        var id = item.path("id").asText();
        if (referencedIds.contains(id)) {
            // The status of output items is not sent to the model.
            item.remove("status");
            items.put(id, item);
        }
    }

    private static ApiException notFound(String param) {
        return ApiException.of(
                400,
                "item_not_found",
                "There is no stored item with the id in '" + param + "' that can be used here. Send the item itself.",
                param);
    }
}
