package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.JsonSize;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Accumulates the output of a response from its events, so that a response that ends early has the output so far. Items
 * of unknown types are kept as they were added. Not safe for use by many threads.
 */
public final class OutputAccumulator {

    /**
     * The size by {@link JsonSize} at which an output {@linkplain #isFull is full}: the default limit of a
     * conversation.
     */
    public static final int MAX_CHARS = 8 * 1024 * 1024;

    /** The maximum number of items and parts of one output, gaps between their indexes included. */
    static final int MAX_PARTS = 10_000;

    private final List<@Nullable Item> items = new ArrayList<>();
    private int partCount;
    private long size;

    /**
     * Applies one event. Events that are not about the output are ignored.
     *
     * @throws ModelException if the event contradicts earlier ones; the output is not changed then
     */
    void accumulate(String type, ObjectNode event) throws ModelException {
        switch (type) {
            case EventTypes.OUTPUT_ITEM_ADDED, EventTypes.OUTPUT_ITEM_DONE -> putItem(type, event);
            case "response.content_part.added", "response.content_part.done" ->
                putPart(type, event, "content", "content_index");
            case "response.reasoning_summary_part.added", "response.reasoning_summary_part.done" ->
                putPart(type, event, "summary", "summary_index");
            case EventTypes.OUTPUT_TEXT_DELTA, "response.reasoning.delta", "response.reasoning_text.delta" ->
                growPart(type, event, "content", "content_index", "text");
            case "response.refusal.delta" -> growPart(type, event, "content", "content_index", "refusal");
            case "response.reasoning_summary_text.delta" -> growPart(type, event, "summary", "summary_index", "text");
            case "response.function_call_arguments.delta", "response.mcp_call_arguments.delta" ->
                growItem(type, event, "arguments");
            case "response.custom_tool_call_input.delta" -> growItem(type, event, "input");
            case "response.code_interpreter_call_code.delta" -> growItem(type, event, "code");
            default -> {}
        }
    }

    /** Removes the output, because a new attempt restarts it. */
    void clear() {
        items.clear();
        partCount = 0;
        size = 0;
    }

    /** Whether the output has reached {@link #MAX_CHARS}. */
    boolean isFull() {
        return size >= MAX_CHARS;
    }

    /** Returns the number of items, gaps between their indexes included. */
    int size() {
        return items.size();
    }

    /** Returns the id of the item at an index; empty if there is none. */
    Optional<String> id(int index) {
        var item = index < 0 || index >= items.size() ? null : items.get(index);
        return item == null
                ? Optional.empty()
                : Optional.ofNullable(item.node.path("id").textValue());
    }

    /** Returns the index of the item with this id; empty if there is none. */
    OptionalInt index(String id) {
        for (int i = items.size() - 1; i >= 0; i--) {
            var item = items.get(i);
            if (item != null && item.node.path("id").asText("").equals(id)) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    /**
     * Returns a text so far; the empty text if there is none.
     *
     * @param list with the part that has the text; empty if the item itself has it
     */
    String text(int index, String list, int part, String field) {
        var item = index < 0 || index >= items.size() ? null : items.get(index);
        return item == null ? "" : item.text(new TextField(list, part, field));
    }

    /** Returns a copy of the output so far. Items that are still in progress are marked {@code incomplete}. */
    ArrayNode output() {
        var output = Json.object().arrayNode();
        for (var item : items) {
            if (item != null) {
                output.add(item.copy());
            }
        }
        return output;
    }

    /**
     * Returns the output of the last attempt in a log. An event that contradicts earlier ones is skipped.
     *
     * @param logged left empty: an event is released once it has been read, because the parsed payloads of a long log
     *     together take several times the memory of its text
     */
    public static ArrayNode fromLog(Queue<Event> logged) {
        var accumulator = new OutputAccumulator();
        for (var event = logged.poll(); event != null; event = logged.poll()) {
            if (event.type().equals(EventTypes.RESTARTED)) {
                accumulator.clear();
            }
            var type = event.type();
            event.findPayload().ifPresent(payload -> {
                try {
                    accumulator.accumulate(type, payload);
                } catch (ModelException _) {
                    // An earlier version of Rill logged it.
                }
            });
        }
        return accumulator.output();
    }

    private void putItem(String type, ObjectNode event) throws ModelException {
        if (!(event.path("item") instanceof ObjectNode node)) {
            throw EventKind.invalid(type + " with an item that is not an object");
        }
        var index = index(type, event, "output_index", -1);
        if (index < 0) {
            return;
        }
        addParts(type, index + 1 - items.size());
        while (items.size() <= index) {
            items.add(null);
        }
        var item = new Item(node.deepCopy());
        var replaced = items.set(index, item);
        size += item.size - (replaced == null ? 0 : replaced.size);
    }

    private void putPart(String type, ObjectNode event, String list, String indexName) throws ModelException {
        if (!event.path("part").isObject()) {
            throw EventKind.invalid(type + " with a part that is not an object");
        }
        var index = index(type, event, indexName, 0);
        var item = find(type, event);
        if (item == null) {
            return;
        }
        var parts = item.parts(type, list);
        addParts(type, index + 1 - (parts == null ? 0 : parts.size()));
        size += item.put(list, index, event.path("part").deepCopy());
    }

    private void growPart(String type, ObjectNode event, String list, String indexName, String field)
            throws ModelException {
        var index = index(type, event, indexName, 0);
        var item = find(type, event);
        if (item != null && item.parts(type, list) != null) {
            size += item.grow(
                    new TextField(list, index, field), event.path("delta").asText(""));
        }
    }

    private void growItem(String type, ObjectNode event, String field) throws ModelException {
        var item = find(type, event);
        if (item != null) {
            size += item.grow(new TextField("", 0, field), event.path("delta").asText(""));
        }
    }

    private @Nullable Item find(String type, ObjectNode event) throws ModelException {
        var index = index(type, event, "output_index", -1);
        return index < 0 || index >= items.size() ? null : items.get(index);
    }

    private void addParts(String type, int more) throws ModelException {
        if (more > 0) {
            if (partCount + more > MAX_PARTS) {
                throw EventKind.invalid(type + " beyond " + MAX_PARTS + " items and parts");
            }
            partCount += more;
        }
    }

    private static int index(String type, ObjectNode event, String name, int absent) throws ModelException {
        var index = event.path(name);
        if (index.isMissingNode() || index.isNull()) {
            return absent;
        }
        if (!index.isInt() || index.intValue() < 0 || index.intValue() >= MAX_PARTS) {
            throw EventKind.invalid(type + " whose " + name + " is not between 0 and " + (MAX_PARTS - 1));
        }
        return index.intValue();
    }

    /** The field to which deltas are added: of a part, or of the item itself if the name of the list is empty. */
    private record TextField(String list, int part, String field) {

        @Nullable
        JsonNode holder(ObjectNode item) {
            return list.isEmpty() ? item : item.path(list).get(part);
        }
    }

    private static final class GrowingText {
        private final StringBuilder text;
        private int added;

        GrowingText(String begin) {
            this.text = new StringBuilder(begin);
        }
    }

    /** An item as it was added or replaced, and the texts that have grown since. */
    private static final class Item {
        private final ObjectNode node;
        private final Map<TextField, GrowingText> growing = new HashMap<>();
        private long size;

        Item(ObjectNode node) {
            this.node = node;
            this.size = JsonSize.ofOutput(node);
        }

        /** Returns a list of parts; null if there is none yet. */
        @Nullable
        ArrayNode parts(String type, String list) throws ModelException {
            return switch (node.get(list)) {
                case null -> null;
                case ArrayNode parts -> parts;
                case JsonNode other when other.isNull() -> null;
                default -> throw EventKind.invalid(type + " for an item whose " + list + " is not an array");
            };
        }

        /** Adds or replaces a part; returns the increase of the item's size. */
        long put(String list, int index, JsonNode part) {
            var parts = node.get(list) instanceof ArrayNode existing ? existing : node.putArray(list);
            while (parts.size() <= index) {
                parts.addNull();
            }
            long change = (long) JsonSize.ofOutput(part) - JsonSize.ofOutput(parts.get(index));
            for (var texts = growing.entrySet().iterator(); texts.hasNext(); ) {
                var text = texts.next();
                if (text.getKey().list.equals(list) && text.getKey().part == index) {
                    change -= text.getValue().added;
                    texts.remove();
                }
            }
            parts.set(index, part);
            size += change;
            return change;
        }

        /** Appends to a text; returns the increase of the item's size, 0 if there is no such part. */
        long grow(TextField text, String more) {
            if (!(text.holder(node) instanceof ObjectNode holder)) {
                return 0;
            }
            var growth = growing.computeIfAbsent(
                    text, _ -> new GrowingText(holder.path(text.field).asText("")));
            growth.text.append(more);
            growth.added += more.length();
            size += more.length();
            return more.length();
        }

        String text(TextField text) {
            var grown = growing.get(text);
            if (grown != null) {
                return grown.text.toString();
            }
            return text.holder(node) instanceof ObjectNode holder
                    ? holder.path(text.field).asText("")
                    : "";
        }

        ObjectNode copy() {
            var copy = node.deepCopy();
            growing.forEach((text, growth) -> {
                if (text.holder(copy) instanceof ObjectNode holder) {
                    holder.put(text.field, growth.text.toString());
                }
            });
            if (copy.path("status").asText().equals("in_progress")) {
                copy.put("status", "incomplete");
            }
            return copy;
        }
    }
}
