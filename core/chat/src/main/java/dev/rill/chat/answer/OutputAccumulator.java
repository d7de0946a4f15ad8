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
import org.jspecify.annotations.Nullable;

/**
 * The output of a response as far as its events have told it, so that one that ends early still ends with what there
 * is. Items of unknown kinds are kept as they were added. Not safe for use by many threads.
 */
public final class OutputAccumulator {

    /**
     * The size of an output (see {@link JsonSize}) from which on it {@linkplain #isFull is full}: no conversation could
     * take it up.
     */
    public static final int MAX_CHARS = 8 * 1024 * 1024;

    /** Items and parts (a count, gaps between them included) of one output. */
    static final int MAX_PARTS = 10_000;

    private final List<@Nullable Item> items = new ArrayList<>();
    private int places;
    private long size;

    /**
     * Takes one event in; events that tell nothing of the output are ignored.
     *
     * @throws ModelException if the event contradicts those before it; the output is then as it was
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

    /** Forgets everything: the attempt that said it has died. */
    void clear() {
        items.clear();
        places = 0;
        size = 0;
    }

    /** The output has reached {@link #MAX_CHARS}. */
    boolean isFull() {
        return size >= MAX_CHARS;
    }

    /** A copy of the output so far; an item that has not ended is marked {@code incomplete}. */
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
     * The output that logged events tell: that of their last attempt. An event that contradicts others is passed over.
     */
    public static ArrayNode fromLog(List<Event> logged) {
        var accumulator = new OutputAccumulator();
        for (var event : logged) {
            if (event.type().equals(EventTypes.RESTARTED)) {
                accumulator.clear();
            }
            Json.findObject(event.json()).ifPresent(payload -> {
                try {
                    accumulator.accumulate(event.type(), payload);
                } catch (ModelException _) {
                    // An earlier version of Rill let it pass.
                }
            });
        }
        return accumulator.output();
    }

    private void putItem(String type, ObjectNode event) throws ModelException {
        if (!(event.path("item") instanceof ObjectNode node)) {
            throw EventKind.invalid(type + " whose item is no object");
        }
        var index = index(type, event, "output_index", -1);
        if (index < 0) {
            return;
        }
        addPlaces(type, index + 1 - items.size());
        while (items.size() <= index) {
            items.add(null);
        }
        var item = new Item(node.deepCopy());
        var before = items.set(index, item);
        size += item.size - (before == null ? 0 : before.size);
    }

    private void putPart(String type, ObjectNode event, String list, String indexName) throws ModelException {
        if (!event.path("part").isObject()) {
            throw EventKind.invalid(type + " whose part is no object");
        }
        var index = index(type, event, indexName, 0);
        var item = find(type, event);
        if (item == null) {
            return;
        }
        var parts = item.parts(type, list);
        addPlaces(type, index + 1 - (parts == null ? 0 : parts.size()));
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

    private void addPlaces(String type, int more) throws ModelException {
        if (more > 0) {
            if (places + more > MAX_PARTS) {
                throw EventKind.invalid(type + " beyond " + MAX_PARTS + " items and parts");
            }
            places += more;
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

    /** Where deltas are added: in a field of a part, or of the item itself where the list has no name. */
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

    /** An item as it was put, and the texts that have grown since. */
    private static final class Item {
        private final ObjectNode node;
        private final Map<TextField, GrowingText> growing = new HashMap<>();
        private long size;

        Item(ObjectNode node) {
            this.node = node;
            this.size = JsonSize.ofOutput(node);
        }

        /** A list of parts; null where there is none yet. */
        @Nullable
        ArrayNode parts(String type, String list) throws ModelException {
            return switch (node.get(list)) {
                case null -> null;
                case ArrayNode parts -> parts;
                case JsonNode other when other.isNull() -> null;
                default -> throw EventKind.invalid(type + " for an item whose " + list + " is no array");
            };
        }

        /** Returns by how much the item has grown. */
        long put(String list, int index, JsonNode part) {
            var parts = node.get(list) instanceof ArrayNode there ? there : node.putArray(list);
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

        /** Returns by how much the item has grown: not at all where there is no such part. */
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
