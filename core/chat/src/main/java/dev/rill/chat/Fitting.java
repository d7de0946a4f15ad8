package dev.rill.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Makes an event fit into one socket message. Deltas always do: {@link DeltaMerger} sees to that. The events that repeat what went
 * before (the {@code done} events, the terminal one) can be larger than any message: their longest texts are emptied, and the JSON
 * pointers of what was emptied are told in {@code rill:omitted}. The client has had it in deltas, and the log has it whole.
 */
public final class Fitting {

  /** API Gateway's limit for one WebSocket message, 128 KB. */
  public static final int SOCKET_MESSAGE_BYTES = 128 * 1024;

  private static final int POINTER_BYTES = 512;

  private Fitting() {}

  /** The event's JSON if it has at most {@code maxBytes} bytes of UTF-8, else the same with its longest texts emptied. */
  public static String fit(Event event, int maxBytes) {
    if (bytes(event.json()) <= maxBytes) {
      return event.json();
    }
    var whole = Json.findObject(event.json()).orElseThrow();
    var omitted = whole.putArray("rill:omitted");
    var excess = bytes(event.json()) + POINTER_BYTES - maxBytes;
    while (excess > 0) {
      var longest = longestText(whole, "", null);
      if (longest == null || longest.bytes() <= 2) {
        break;
      }
      longest.empty();
      omitted.add(longest.pointer());
      excess = bytes(Json.write(whole)) - maxBytes;
    }
    return Json.write(whole);
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static @Nullable Place longestText(JsonNode node, String pointer, @Nullable Place longest) {
    var best = longest;
    switch (node) {
      case ObjectNode object -> {
        for (var field : object.properties()) {
          best = longer(best, object, field.getKey(), field.getValue(), pointer + "/" + escaped(field.getKey()));
        }
      }
      case ArrayNode array -> {
        for (int i = 0; i < array.size(); i++) {
          best = longer(best, array, i, array.get(i), pointer + "/" + i);
        }
      }
      default -> {
      }
    }
    return best;
  }

  private static @Nullable Place longer(@Nullable Place best, JsonNode parent, Object key, JsonNode value,
      String pointer) {
    if (value instanceof TextNode text) {
      var size = bytes(Json.write(text));
      return best == null || size > best.bytes() ? new Place(parent, key, pointer, size) : best;
    }
    return longestText(value, pointer, best);
  }

  private static String escaped(String key) {
    return key.replace("~", "~0").replace("/", "~1");
  }

  private record Place(JsonNode parent, Object key, String pointer, int bytes) {
    void empty() {
      switch (parent) {
        case ObjectNode object -> object.put((String) key, "");
        case ArrayNode array -> array.set((Integer) key, TextNode.valueOf(""));
        default -> throw new IllegalStateException("texts stand in objects and arrays");
      }
    }
  }
}
