package dev.rill.chat.completions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.Field;
import dev.rill.chat.protocol.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Decodes the messages of one request, in order. A message becomes one item, and each of its tool calls one more. The
 * {@code name} of a message is not kept: items have none.
 */
final class MessageDecoder {

    private final ArrayNode items;
    private final List<String> origins = new ArrayList<>();
    private final Set<String> customCalls = new HashSet<>();

    /** @param items takes the decoded items */
    MessageDecoder(ArrayNode items) {
        this.items = items;
    }

    /** The path of what each item was decoded from. */
    List<String> origins() {
        return List.copyOf(origins);
    }

    void decode(Field message) throws ApiException {
        message.object();
        var role = message.member("role");
        switch (role.text()) {
            case "system", "developer", "user" -> add(message, textMessage(role.text(), inputContent(message)));
            case "assistant" -> decodeAssistant(message);
            case "tool" -> decodeToolOutput(message);
            case "function" -> throw role.unsupported("Send a message with the role 'tool'.");
            default -> throw role.invalid("it is one of system, developer, user, assistant and tool");
        }
    }

    private void add(Field origin, ObjectNode item) {
        items.add(item);
        origins.add(origin.path());
    }

    private static ObjectNode textMessage(String role, JsonNode content) {
        var item = Json.object().put("type", "message").put("role", role);
        item.set("content", content);
        return item;
    }

    // What a client says ----------------------------------------------------------------------------------------------

    private static JsonNode inputContent(Field message) throws ApiException {
        var content = message.member("content");
        if (content.value().isTextual()) {
            return content.value();
        }
        requireParts(content);
        var parts = Json.object().arrayNode();
        for (int i = 0; i < content.value().size(); i++) {
            parts.add(inputPart(content.element(i)));
        }
        return parts;
    }

    private static void requireParts(Field content) throws ApiException {
        if (!content.isPresent()) {
            throw ApiException.missing(content.path());
        }
        if (!content.value().isArray()) {
            throw ApiException.wrongType(content.path(), "a string or an array");
        }
    }

    private static ObjectNode inputPart(Field part) throws ApiException {
        part.object();
        var type = part.member("type");
        return switch (type.text()) {
            case "text" ->
                Json.object()
                        .put("type", "input_text")
                        .put("text", part.member("text").text());
            case "image_url" -> image(part.member("image_url"));
            case "file" -> file(part.member("file"));
            case "input_audio", "refusal" -> throw type.unsupported("Send text, images and files.");
            default -> throw type.invalid("it is one of text, image_url and file");
        };
    }

    private static ObjectNode image(Field image) throws ApiException {
        image.object();
        return Json.object()
                .put("type", "input_image")
                .put("image_url", image.member("url").text())
                .put("detail", image.member("detail").optionalText().orElse("auto"));
    }

    private static ObjectNode file(Field file) throws ApiException {
        file.object();
        var decoded = Json.object().put("type", "input_file");
        for (var name : List.of("file_id", "filename", "file_data")) {
            file.member(name).copyTo(decoded, name);
        }
        return decoded;
    }

    // What the model has said -----------------------------------------------------------------------------------------

    private void decodeAssistant(Field message) throws ApiException {
        for (var name : List.of("function_call", "audio")) {
            if (message.member(name).isPresent()) {
                throw message.member(name).unsupported("Send text and 'tool_calls'.");
            }
        }
        var calls = message.member("tool_calls");
        var called = calls.isPresent() && !calls.array().isEmpty();
        var content = assistantContent(message);
        if (!content.isEmpty() || !called) {
            add(message, textMessage("assistant", inShortestForm(content)));
        }
        for (int i = 0; called && i < calls.value().size(); i++) {
            add(calls.element(i), call(calls.element(i)));
        }
    }

    /** Returns the parts that are not empty. */
    private static ArrayNode assistantContent(Field message) throws ApiException {
        var content = message.member("content");
        var parts = Json.object().arrayNode();
        if (content.value().isTextual()) {
            addPart(parts, "output_text", "text", content.value().textValue());
        } else if (content.isPresent()) {
            requireParts(content);
            for (int i = 0; i < content.value().size(); i++) {
                decodeOutputPart(content.element(i), parts);
            }
        } else if (!message.member("tool_calls").isPresent()
                && !message.member("refusal").isPresent()) {
            throw ApiException.missing(content.path());
        }
        addPart(
                parts,
                "refusal",
                "refusal",
                message.member("refusal").optionalText().orElse(""));
        return parts;
    }

    private static void decodeOutputPart(Field part, ArrayNode parts) throws ApiException {
        part.object();
        var type = part.member("type");
        switch (type.text()) {
            case "text" ->
                addPart(parts, "output_text", "text", part.member("text").text());
            case "refusal" ->
                addPart(parts, "refusal", "refusal", part.member("refusal").text());
            default -> throw type.invalid("it is one of text and refusal");
        }
    }

    private static void addPart(ArrayNode parts, String type, String member, String text) {
        if (!text.isEmpty()) {
            parts.addObject().put("type", type).put(member, text);
        }
    }

    /** Text alone becomes a string: some servers take parts only in an item that has an id of theirs. */
    private static JsonNode inShortestForm(ArrayNode parts) {
        var text = new StringBuilder();
        for (var part : parts) {
            if (!part.path("text").isTextual()) {
                return parts;
            }
            text.append(part.path("text").textValue());
        }
        return TextNode.valueOf(text.toString());
    }

    private ObjectNode call(Field call) throws ApiException {
        call.object();
        var id = call.member("id").text();
        var type = call.member("type");
        return switch (type.optionalText().orElse("function")) {
            case "function" -> {
                var function = call.member("function");
                function.object();
                yield Json.object()
                        .put("type", "function_call")
                        .put("call_id", id)
                        .put("name", function.member("name").text())
                        .put("arguments", function.member("arguments").text());
            }
            case "custom" -> {
                var custom = call.member("custom");
                custom.object();
                customCalls.add(id);
                yield Json.object()
                        .put("type", "custom_tool_call")
                        .put("call_id", id)
                        .put("name", custom.member("name").text())
                        .put("input", custom.member("input").text());
            }
            default -> throw type.invalid("it is one of function and custom");
        };
    }

    private void decodeToolOutput(Field message) throws ApiException {
        var id = message.member("tool_call_id").text();
        var type = customCalls.contains(id) ? "custom_tool_call_output" : "function_call_output";
        var item = Json.object().put("type", type).put("call_id", id);
        var content = inputContent(message);
        item.set("output", content instanceof ArrayNode parts ? inShortestForm(parts) : content);
        add(message, item);
    }
}
