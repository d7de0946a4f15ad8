package dev.rill.chat.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.Includes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.RequiredFields;
import dev.rill.chat.protocol.ResponseId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Lists the items that a response was given: its own input, and before that the input and output of each earlier turn
 * of its conversation. An item without an id gets one that follows from the response and its place, so it has the same
 * one each time. Safe for use by many threads.
 *
 * <p>The log is read turn by turn, the newest first, and in the order {@code desc} no further than the page needs. One
 * turn at a time is parsed.
 */
public final class InputItems {

    private final ResponseLog log;

    public InputItems(ResponseLog log) {
        this.log = log;
    }

    /**
     * Returns a page as {@code {"object": "list", "data", "first_id", "last_id", "has_more"}}; the ids are null if it
     * is empty.
     *
     * @throws ApiException 404 if an earlier response is gone; 400 if the page begins after an item that is not listed
     */
    public ObjectNode list(ResponseHeader header, ItemPage page) throws ApiException {
        var collector = new Collector(page);
        switch (page.order()) {
            case DESC -> collectDescending(header, collector);
            case ASC -> collectAscending(header, collector);
        }
        return collector.toJson();
    }

    private void collectDescending(ResponseHeader header, Collector collector) throws ApiException {
        var turn = Optional.of(Turn.of(header));
        while (turn.isPresent() && collector.takeAll(turn.get().items().reversed())) {
            turn = earlier(turn.get());
        }
    }

    private void collectAscending(ResponseHeader header, Collector collector) throws ApiException {
        var ids = new ArrayDeque<ResponseId>();
        var own = Turn.of(header);
        for (var turn = earlier(own); turn.isPresent(); turn = earlier(turn.get())) {
            ids.push(turn.get().id());
        }
        for (var id : ids) {
            if (!collector.takeAll(require(id).items())) {
                return;
            }
        }
        collector.takeAll(own.items());
    }

    private Optional<Turn> earlier(Turn turn) throws ApiException {
        var previous = turn.previous();
        return previous.isEmpty() ? Optional.empty() : Optional.of(require(previous.get()));
    }

    private Turn require(ResponseId id) throws ApiException {
        return log.turn(id)
                .map(turn -> Turn.of(id, turn))
                .orElseThrow(() -> ApiException.of(
                        404,
                        "previous_response_not_found",
                        "An earlier response of the conversation is gone, so that the input is no longer known.",
                        "response_id"));
    }

    /**
     * What one response adds to the list.
     *
     * @param request its request
     * @param output its output items; missing for the response itself, whose output is not its input
     */
    private record Turn(ResponseId id, ObjectNode request, JsonNode output) {

        static Turn of(ResponseHeader header) {
            var request = header.request().body();
            return new Turn(header.id(), request, MissingNode.getInstance());
        }

        static Turn of(ResponseId id, ResponseLog.Turn stored) {
            return new Turn(
                    id,
                    Json.findObject(stored.request()).orElseGet(Json::object),
                    Json.find(stored.output()).orElseGet(() -> Json.object().arrayNode()));
        }

        Optional<ResponseId> previous() {
            return Optional.ofNullable(request.path("previous_response_id").textValue())
                    .flatMap(ResponseId::find);
        }

        /** Copies of the items, complete, the oldest first. */
        List<ObjectNode> items() {
            var items = new ArrayList<ObjectNode>();
            var input = request.path("input");
            if (input.isTextual()) {
                items.add(Json.object().put("role", "user").put("content", input.textValue()));
            }
            addObjects(input, items);
            for (int i = 0; i < items.size(); i++) {
                RequiredFields.completeInputItem(items.get(i), id.hex() + "in%04x".formatted(i));
            }
            int inputs = items.size();
            addObjects(output, items);
            for (int i = inputs; i < items.size(); i++) {
                RequiredFields.completeInputItem(items.get(i), id.hex() + "%04x".formatted(i - inputs));
            }
            return items;
        }

        private static void addObjects(JsonNode array, List<ObjectNode> items) {
            for (var element : array) {
                if (array.isArray() && element instanceof ObjectNode item) {
                    items.add(item.deepCopy());
                }
            }
        }
    }

    private static final class Collector {
        private final ItemPage page;
        private final List<ObjectNode> data = new ArrayList<>();
        private final Set<String> ids = new HashSet<>();
        private boolean begun;
        private boolean more;

        Collector(ItemPage page) {
            this.page = page;
            this.begun = page.after().isEmpty();
        }

        /** Takes items until the page is full; returns whether it is not. */
        boolean takeAll(List<ObjectNode> items) {
            for (var item : items) {
                if (!take(item)) {
                    return false;
                }
            }
            return true;
        }

        private boolean take(ObjectNode item) {
            makeIdUnique(item);
            if (!begun) {
                begun = page.after().orElseThrow().equals(item.path("id").asText());
                return true;
            }
            if (data.size() == page.limit()) {
                more = true;
                return false;
            }
            if (!page.include().contains(Includes.ENCRYPTED_REASONING)) {
                EncryptedReasoning.removeFrom(item);
            }
            data.add(item);
            return true;
        }

        /** A client may play an item back twice. With one id for both, {@code after} would name the first forever. */
        private void makeIdUnique(ObjectNode item) {
            var id = item.path("id").asText();
            for (int i = 2; !ids.add(item.path("id").asText()); i++) {
                item.put("id", id + "_" + i);
            }
        }

        ObjectNode toJson() throws ApiException {
            if (!begun) {
                throw ApiException.invalidValue("after", "the input has no such item");
            }
            var list = Json.object().put("object", "list");
            list.putArray("data").addAll(data);
            list.put(
                    "first_id",
                    data.isEmpty() ? null : data.getFirst().path("id").asText());
            list.put(
                    "last_id", data.isEmpty() ? null : data.getLast().path("id").asText());
            return list.put("has_more", more);
        }
    }
}
