package dev.rill.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The output of a response as far as its events have told it, so that one that ends early still ends with what there is. Items of
 * kinds that nobody here knows are kept as they were added. One thread uses it.
 */
final class Draft {

  /** More gaps than this between items are an error of the model and not filled. */
  private static final int MAX_INDEX = 10_000;

  private final ArrayNode output = Json.object().arrayNode();
  private final Map<Place, StringBuilder> growing = new HashMap<>();

  private record Place(int item, String list, int part, String field) {}

  /** Takes one event in; events that tell nothing of the output are ignored. */
  void apply(String type, ObjectNode event) {
    var item = event.path("output_index").asInt(-1);
    if (item < 0 || item > MAX_INDEX) {
      return;
    }
    var content = event.path("content_index").asInt(0);
    var summary = event.path("summary_index").asInt(0);
    switch (type) {
      case EventTypes.OUTPUT_ITEM_ADDED, EventTypes.OUTPUT_ITEM_DONE -> {
        growing.keySet().removeIf(place -> place.item == item);
        put(output, item, event.path("item"));
      }
      case "response.content_part.added", "response.content_part.done" ->
        putPart(new Place(item, "content", content, ""), event.path("part"));
      case "response.reasoning_summary_part.added", "response.reasoning_summary_part.done" ->
        putPart(new Place(item, "summary", summary, ""), event.path("part"));
      case EventTypes.OUTPUT_TEXT_DELTA, "response.reasoning.delta", "response.reasoning_text.delta" ->
        grow(new Place(item, "content", content, "text"), event);
      case "response.refusal.delta" -> grow(new Place(item, "content", content, "refusal"), event);
      case "response.reasoning_summary_text.delta" -> grow(new Place(item, "summary", summary, "text"), event);
      case "response.function_call_arguments.delta" -> grow(new Place(item, "", 0, "arguments"), event);
      case "response.custom_tool_call_input.delta" -> grow(new Place(item, "", 0, "input"), event);
      default -> {
      }
    }
  }

  /** Forgets everything: the attempt that said it has died. */
  void clear() {
    output.removeAll();
    growing.clear();
  }

  /** The output so far; an item that has not ended is marked {@code incomplete}. */
  ArrayNode output() {
    growing.forEach((place, text) -> {
      if (place(place) instanceof ObjectNode holder) {
        holder.put(place.field, text.toString());
      }
    });
    var items = output.arrayNode();
    for (var item : output) {
      if (item instanceof ObjectNode object) {
        var copy = object.deepCopy();
        if (copy.path("status").asText().equals("in_progress")) {
          copy.put("status", "incomplete");
        }
        items.add(copy);
      }
    }
    return items;
  }

  private void putPart(Place place, JsonNode part) {
    if (output.get(place.item) instanceof ObjectNode item && place.part >= 0 && place.part <= MAX_INDEX) {
      growing.keySet()
          .removeIf(other -> other.item == place.item && other.list.equals(place.list) && other.part == place.part);
      put(item.withArray(place.list), place.part, part);
    }
  }

  private void grow(Place place, ObjectNode event) {
    var text = growing.computeIfAbsent(place,
        p -> new StringBuilder(place(p) instanceof ObjectNode holder ? holder.path(p.field).asText("") : ""));
    text.append(event.path("delta").asText(""));
  }

  private @Nullable JsonNode place(Place place) {
    var item = output.get(place.item);
    return item == null || place.list.isEmpty() ? item : item.path(place.list).get(place.part);
  }

  private static void put(ArrayNode array, int index, JsonNode value) {
    while (array.size() <= index) {
      array.addNull();
    }
    array.set(index, value.deepCopy());
  }
}
