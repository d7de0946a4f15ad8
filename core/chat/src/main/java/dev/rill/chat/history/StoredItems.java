package dev.rill.chat.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.QuotaKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The items of earlier responses that one request names by their ids. Each response is read once, however many of its
 * items are named; no more than {@value #MAX_RESPONSES} are read.
 */
public final class StoredItems {

    /**
     * The ids (a count) that are looked up for one request: each costs up to three reads of the log, one after another.
     */
    public static final int MAX_LOOKUPS = 200;

    private final ResponseLog log;
    private final QuotaKey quotaKey;
    private final Predicate<ResponseId> mayBeRead;
    private final Set<String> wanted = new HashSet<>();
    private final Map<String, ObjectNode> items = new HashMap<>();
    private final Set<String> lookedUp = new HashSet<>();
    private final Set<ResponseId> read = new HashSet<>();

    /** @param mayBeRead whether the asking client may continue this response */
    StoredItems(ResponseLog log, QuotaKey quotaKey, Predicate<ResponseId> mayBeRead) {
        this.log = log;
        this.quotaKey = quotaKey;
        this.mayBeRead = mayBeRead;
    }

    /**
     * The input with stored items in place of references to them, and of reasoning that lacks its encrypted content.
     * The same object where nothing is to be replaced.
     *
     * @throws ApiException if an item that is referred to is not there
     */
    JsonNode resolve(JsonNode input) throws ApiException {
        for (int i = 0; i < input.size(); i++) {
            var item = input.get(i);
            if (CreateRequest.isReference(item) || isBareReasoning(item)) {
                wanted.add(item.path("id").textValue());
                requireFew(i);
            }
        }
        if (wanted.isEmpty()) {
            return input;
        }
        var resolved = Json.object().arrayNode();
        for (int i = 0; i < input.size(); i++) {
            var item = input.get(i);
            var param = "input[" + i + "].id";
            if (CreateRequest.isReference(item)) {
                resolved.add(find(item.path("id").textValue()).orElseThrow(() -> notFound(param)));
            } else if (isBareReasoning(item)) {
                resolved.add(find(item.path("id").textValue()).orElse((ObjectNode) item));
            } else {
                resolved.add(item);
            }
        }
        return resolved;
    }

    private static boolean isBareReasoning(JsonNode item) {
        return item.path("type").asText().equals("reasoning")
                && item.path("id").isTextual()
                && !item.hasNonNull("encrypted_content");
    }

    /** Counted before the first look-up: a request that is refused costs none. */
    private void requireFew(int index) throws ApiException {
        if (wanted.size() > MAX_LOOKUPS) {
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
                    .ifPresent(turn -> Json.forEachObject(turn.output(), this::keep));
        }
        return Optional.ofNullable(items.get(id));
    }

    private void keep(ObjectNode item) {
        var id = item.path("id").asText();
        if (wanted.contains(id)) {
            // As of all output that goes to the model again.
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
