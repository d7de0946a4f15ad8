package dev.rill.openai.completions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.protocol.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Encodes the items of one request as messages, in order. A message of the assistant takes the tool calls that follow
 * it, because servers refuse calls and their outputs that are not next to each other.
 *
 * <p>Texts are joined into one string wherever the protocol allows it: many servers take a list of parts in messages of
 * the user alone. Instructions and the first messages of the system become one message of the system, because the
 * templates of many models take one, at the beginning; the role {@code developer} is known to few of them.
 */
final class MessageEncoder {

    private final ArrayNode messages;

    /** The message that takes the next tool call; null if the last message is not the assistant's. */
    private @Nullable ObjectNode assistant;

    /** The text of the message of the system at the beginning. */
    private final StringBuilder leading = new StringBuilder();

    private final StringBuilder reasoning = new StringBuilder();

    MessageEncoder(ArrayNode messages) {
        this.messages = messages;
    }

    void instructions(String text) {
        if (!text.isEmpty()) {
            system(text);
        }
    }

    void item(JsonNode item) throws ModelException {
        var type = item.path("type").asText("message");
        switch (type) {
            case "message" -> message(item);
            case "function_call", "custom_tool_call" -> call(item, type);
            case "function_call_output", "custom_tool_call_output" -> output(item);
            case "reasoning" -> reasoning.append(thought(item));
            default -> throw Unsupported.input("an item of the type '" + shortened(type) + "'");
        }
    }

    /** Completes the messages. No item comes after this. */
    void end() {
        if (leads()) {
            ((ObjectNode) messages.get(0)).put("content", leading.toString());
        }
    }

    private boolean leads() {
        return messages.path(0).path("role").asText().equals("system");
    }

    private static String thought(JsonNode item) {
        var text = textOf(item.path("content")) + textOf(item.path("summary"));
        return text.isEmpty() ? OwnReasoning.unwrap(item).orElse("") : text;
    }

    private void message(JsonNode message) throws ModelException {
        var role = message.path("role").asText();
        var content = message.path("content");
        switch (role) {
            case "system", "developer" -> system(plainText(content));
            case "assistant" ->
                assistant = messages.addObject().put("role", "assistant").put("content", plainText(content));
            case "user" -> {
                endTurn();
                messages.addObject().put("role", "user").set("content", userContent(content));
            }
            default -> throw Unsupported.input("a message of the role '" + shortened(role) + "'");
        }
    }

    private void system(String text) {
        endTurn();
        if (messages.size() == 1 && leads()) {
            leading.append("\n\n").append(text);
            return;
        }
        if (messages.isEmpty()) {
            leading.append(text);
        }
        messages.addObject().put("role", "system").put("content", text);
    }

    private void endTurn() {
        assistant = null;
        reasoning.setLength(0);
    }

    // What the model has called ---------------------------------------------------------------------------------------

    private void call(JsonNode item, String type) {
        var message = assistant;
        if (message == null) {
            message = messages.addObject().put("role", "assistant").putNull("content");
            assistant = message;
        }
        if (!reasoning.isEmpty()) {
            // Models that reason between calls need what they have thought, and servers that don't know it ignore it.
            message.put("reasoning_content", reasoning.toString());
            reasoning.setLength(0);
        }
        var calls = message.withArray("/tool_calls");
        var call = calls.addObject().put("id", item.path("call_id").asText());
        if (type.equals("function_call")) {
            describe(call.put("type", "function").putObject("function"), item, "arguments");
        } else {
            describe(call.put("type", "custom").putObject("custom"), item, "input");
        }
    }

    private static void describe(ObjectNode called, JsonNode item, String argument) {
        called.put("name", item.path("name").asText())
                .put(argument, item.path(argument).asText(""));
    }

    private void output(JsonNode item) throws ModelException {
        assistant = null;
        messages.addObject()
                .put("role", "tool")
                .put("tool_call_id", item.path("call_id").asText())
                .put("content", plainText(item.path("output")));
    }

    // Content ---------------------------------------------------------------------------------------------------------

    private static JsonNode userContent(JsonNode content) throws ModelException {
        if (!content.isArray() || (content.size() == 1 && isText(content.path(0)))) {
            return TextNode.valueOf(plainText(content));
        }
        var parts = Json.object().arrayNode();
        for (var part : content) {
            parts.add(userPart(part));
        }
        return parts;
    }

    private static ObjectNode userPart(JsonNode part) throws ModelException {
        if (isText(part)) {
            return Json.object()
                    .put("type", "text")
                    .put("text", part.path("text").asText());
        }
        var type = part.path("type").asText();
        return switch (type) {
            case "input_image" -> image(part);
            case "input_file" -> file(part);
            default -> throw Unsupported.input("content of the type '" + shortened(type) + "'");
        };
    }

    private static ObjectNode image(JsonNode part) throws ModelException {
        if (!part.path("image_url").isTextual()) {
            throw Unsupported.input("an image without 'image_url'");
        }
        var encoded = Json.object().put("type", "image_url");
        var image =
                encoded.putObject("image_url").put("url", part.get("image_url").textValue());
        var detail = part.path("detail").asText("auto");
        if (!detail.equals("auto")) {
            image.put("detail", detail);
        }
        return encoded;
    }

    private static ObjectNode file(JsonNode part) throws ModelException {
        if (part.hasNonNull("file_url")) {
            throw Unsupported.input("a file by its 'file_url'; send 'file_data'");
        }
        var encoded = Json.object().put("type", "file");
        var file = encoded.putObject("file");
        for (var name : List.of("file_id", "filename", "file_data")) {
            if (part.hasNonNull(name)) {
                file.set(name, part.get(name));
            }
        }
        return encoded;
    }

    private static boolean isText(JsonNode part) {
        return switch (part.path("type").asText()) {
            case "input_text", "output_text", "text", "summary_text", "reasoning_text" -> true;
            default -> false;
        };
    }

    /** The texts of the parts. A refusal is what the model has said, too, and few servers know its field. */
    private static String plainText(JsonNode content) throws ModelException {
        if (content.isTextual()) {
            return content.textValue();
        }
        for (var part : content) {
            var type = part.path("type").asText();
            if (!isText(part) && !type.equals("refusal")) {
                throw Unsupported.input("content of the type '" + shortened(type) + "' outside messages of the user");
            }
        }
        return textOf(content);
    }

    private static String textOf(JsonNode parts) {
        var text = new StringBuilder();
        for (var part : parts) {
            text.append(part.path("text").asText(part.path("refusal").asText("")));
        }
        return text.toString();
    }

    private static String shortened(String name) {
        return name.substring(0, Math.min(name.length(), 64));
    }
}
