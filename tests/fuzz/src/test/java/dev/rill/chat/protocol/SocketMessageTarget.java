package dev.rill.chat.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;
import java.util.ArrayDeque;

/**
 * Events that are larger than a socket message. An input is a recipe: each byte opens, closes or adds a value, and most
 * repeat it often enough for the event to be too large.
 */
public final class SocketMessageTarget implements FuzzTarget {

    /** Less than a real message's, so that inputs are small and quick; the rules are the same. */
    private static final int MESSAGE_BYTES = 8 * 1024;

    private static final int MAX_CHARS = 60_000;

    @Override
    public void test(byte[] recipe) {
        var payload = payload(recipe);
        var event = Event.numbered(7, "response.output_item.done", payload);
        var message = MessageTrimmer.trim(event, MESSAGE_BYTES);
        Checks.require(message.getBytes(UTF_8).length <= MESSAGE_BYTES, "the message does not fit");
        var read = Json.findObject(message);
        Checks.require(read.isPresent(), "the message is not JSON");
        Checks.require(
                read.get().path("type").asText().equals(event.type())
                        && read.get().path("sequence_number").asLong(-1) == 7,
                "the message has lost its number or type");
        Checks.requireUtf8(message);
    }

    private static ObjectNode payload(byte[] recipe) {
        var root = Json.object();
        var open = new ArrayDeque<JsonNode>();
        open.push(root);
        int chars = 0;
        for (int i = 0; i + 1 < recipe.length && chars < MAX_CHARS; i += 2) {
            int size = 1 << Math.min(12, (recipe[i + 1] & 0xff) >> 4);
            int times = 1 << Math.min(9, recipe[i + 1] & 0x0f);
            switch (recipe[i] & 7) {
                case 0, 1 -> {
                    add(open, i, TextNode.valueOf("a".repeat(size)));
                    chars += size;
                }
                case 2 -> {
                    add(open, i, TextNode.valueOf("\u0001\"é😀".repeat(size)));
                    chars += 15 * size;
                }
                case 3 -> {
                    var many = Json.object().arrayNode();
                    for (int n = 0; n < times; n++) {
                        many.add("b".repeat(size % 16));
                    }
                    add(open, i, many);
                    chars += times * (size % 16 + 3);
                }
                case 4 -> {
                    var many = Json.object();
                    for (int n = 0; n < times; n++) {
                        many.put("key/~" + n, n);
                    }
                    add(open, i, many);
                    chars += times * 12;
                }
                case 5 -> {
                    if (open.size() < 90) {
                        var inner = (recipe[i] & 8) == 0
                                ? Json.object()
                                : Json.object().arrayNode();
                        add(open, i, inner);
                        open.push(inner);
                    }
                }
                case 6 -> {
                    if (open.size() > 1) {
                        open.pop();
                    }
                }
                default -> {
                    add(open, i, Json.object().arrayNode().add(1.5).addNull());
                    if (open.peek() instanceof ObjectNode object) {
                        object.put("k".repeat(size), "v");
                        chars += size;
                    }
                }
            }
        }
        return root;
    }

    private static void add(ArrayDeque<JsonNode> open, int name, JsonNode value) {
        switch (open.element()) {
            case ObjectNode object -> object.set("n" + name, value);
            case ArrayNode array -> array.add(value);
            default -> throw new IllegalStateException("only objects and arrays are open");
        }
    }
}
