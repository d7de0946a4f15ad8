package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.RequiredFields;
import dev.rill.chat.protocol.ResponseId;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Adds to the events of a model's output the fields that Open Responses or OpenAI's clients require and the model's
 * server has left out. An item without an id gets one that follows from the response and the item's index, so that all
 * events and the response of the terminal one name it alike. Events of unknown types stay as they are. Not safe for use
 * by many threads.
 */
final class EventCompleter {

    /** The parts of an item that an event is about, and so the index that it must have. */
    private enum Part {
        NONE(""),
        CONTENT("content"),
        SUMMARY("summary");

        private final String list;

        Part(String list) {
            this.list = list;
        }

        String index() {
            return list + "_index";
        }
    }

    /**
     * What an event must have beside its {@code output_index} and {@code item_id}.
     *
     * @param text the field with a whole text, or a piece of one; empty if it has none
     */
    private record Shape(Part part, String text) {}

    private static final String DELTA = "delta";

    private static final Map<String, Shape> SHAPES = Map.ofEntries(
            Map.entry("response.content_part.added", new Shape(Part.CONTENT, "")),
            Map.entry("response.content_part.done", new Shape(Part.CONTENT, "")),
            Map.entry(EventTypes.OUTPUT_TEXT_DELTA, new Shape(Part.CONTENT, DELTA)),
            Map.entry("response.output_text.done", new Shape(Part.CONTENT, "text")),
            Map.entry("response.output_text.annotation.added", new Shape(Part.CONTENT, "")),
            Map.entry("response.refusal.delta", new Shape(Part.CONTENT, DELTA)),
            Map.entry("response.refusal.done", new Shape(Part.CONTENT, "refusal")),
            Map.entry("response.reasoning.delta", new Shape(Part.CONTENT, DELTA)),
            Map.entry("response.reasoning.done", new Shape(Part.CONTENT, "text")),
            Map.entry("response.reasoning_text.delta", new Shape(Part.CONTENT, DELTA)),
            Map.entry("response.reasoning_text.done", new Shape(Part.CONTENT, "text")),
            Map.entry("response.reasoning_summary_part.added", new Shape(Part.SUMMARY, "")),
            Map.entry("response.reasoning_summary_part.done", new Shape(Part.SUMMARY, "")),
            Map.entry("response.reasoning_summary_text.delta", new Shape(Part.SUMMARY, DELTA)),
            Map.entry("response.reasoning_summary_text.done", new Shape(Part.SUMMARY, "text")),
            Map.entry("response.function_call_arguments.delta", new Shape(Part.NONE, DELTA)),
            Map.entry("response.function_call_arguments.done", new Shape(Part.NONE, "arguments")),
            Map.entry("response.custom_tool_call_input.delta", new Shape(Part.NONE, DELTA)),
            Map.entry("response.custom_tool_call_input.done", new Shape(Part.NONE, "input")),
            Map.entry("response.mcp_call_arguments.delta", new Shape(Part.NONE, DELTA)),
            Map.entry("response.mcp_call_arguments.done", new Shape(Part.NONE, "arguments")),
            Map.entry("response.code_interpreter_call_code.delta", new Shape(Part.NONE, DELTA)),
            Map.entry("response.code_interpreter_call_code.done", new Shape(Part.NONE, "code")));

    /** Events that have the log probabilities of their tokens, if only an empty list. */
    private static final Set<String> WITH_LOG_PROBABILITIES =
            Set.of(EventTypes.OUTPUT_TEXT_DELTA, "response.output_text.done");

    private final ResponseId response;
    private final OutputAccumulator output;

    /** @param output of the events that have been completed */
    EventCompleter(ResponseId response, OutputAccumulator output) {
        this.response = response;
        this.output = output;
    }

    /** Completes an event that is not in the output yet. */
    void complete(String type, ObjectNode event) {
        switch (type) {
            case EventTypes.OUTPUT_ITEM_ADDED -> {
                putNumber(event, "output_index", output.size());
                completeItem(event, "in_progress");
            }
            case EventTypes.OUTPUT_ITEM_DONE -> {
                putOutputIndex(event, event.path("item").path("id"));
                completeItem(event, "completed");
            }
            default -> {
                var shape = SHAPES.get(type);
                if (shape != null) {
                    complete(type, event, shape);
                }
            }
        }
    }

    private void completeItem(ObjectNode event, String status) {
        if (event.path("item") instanceof ObjectNode item) {
            int index = event.path("output_index").asInt();
            if (!item.hasNonNull("id")) {
                output.id(index).ifPresent(id -> item.put("id", id));
            }
            RequiredFields.completeItem(item, unique(response, index), status);
        }
    }

    private void complete(String type, ObjectNode event, Shape shape) {
        putOutputIndex(event, event.path("item_id"));
        int index = event.path("output_index").asInt();
        if (!event.hasNonNull("item_id")) {
            event.put(
                    "item_id",
                    output.id(index).orElseGet(() -> RequiredFields.itemId("message", unique(response, index))));
        }
        if (shape.part() != Part.NONE) {
            putNumber(event, shape.part().index(), 0);
        }
        if (!shape.text().isEmpty() && !event.hasNonNull(shape.text())) {
            event.put(shape.text(), shape.text().equals(DELTA) ? "" : textSoFar(event, index, shape));
        }
        if (event.path("part") instanceof ObjectNode part) {
            RequiredFields.completePart(part, type.startsWith("response.reasoning") ? "summary_text" : "output_text");
        }
        if (type.equals("response.output_text.annotation.added")) {
            putNumber(event, "annotation_index", 0);
        }
        if (WITH_LOG_PROBABILITIES.contains(type)) {
            if (!event.hasNonNull("logprobs")) {
                event.putArray("logprobs");
            }
            RequiredFields.completeLogProbabilities(event.path("logprobs"));
        }
    }

    private String textSoFar(ObjectNode event, int index, Shape shape) {
        return output.text(
                index, shape.part().list, event.path(shape.part().index()).asInt(), shape.text());
    }

    /** Puts the index of the item with this id; of the newest item if the id says nothing. */
    private void putOutputIndex(ObjectNode event, JsonNode id) {
        if (!event.hasNonNull("output_index")) {
            event.put("output_index", output.index(id.asText("")).orElse(Math.max(0, output.size() - 1)));
        }
    }

    /**
     * Completes the output of a response that ends.
     *
     * @param known the output of its events
     * @param status of an item that has none
     */
    static void completeOutput(ResponseId response, ArrayNode items, ArrayNode known, String status) {
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i) instanceof ObjectNode item) {
                if (!item.hasNonNull("id")) {
                    id(known.path(i), item).ifPresent(id -> item.put("id", id));
                }
                RequiredFields.completeItem(item, unique(response, i), status);
            }
        }
    }

    private static Optional<String> id(JsonNode known, ObjectNode item) {
        return Optional.ofNullable(known.path("id").textValue())
                .filter(_ -> known.path("type").equals(item.path("type")));
    }

    private static String unique(ResponseId response, int index) {
        return response.hex() + "%04x".formatted(index);
    }

    private static void putNumber(ObjectNode event, String name, int value) {
        if (!event.hasNonNull(name)) {
            event.put(name, value);
        }
    }
}
