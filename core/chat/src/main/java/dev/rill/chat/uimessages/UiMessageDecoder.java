package dev.rill.chat.uimessages;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.Field;
import dev.rill.chat.protocol.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Decodes the messages of one request, in order. Parts that only a page shows are skipped: sources, {@code data-*},
 * files that the model has made, and calls that the model's server has executed itself.
 */
final class UiMessageDecoder {

    private static final String NOT_EXECUTED = "The tool was not executed.";
    private static final String DENIED = "The user denied the execution of the tool.";

    private final ArrayNode items;
    private final Set<String> customTools;
    private final List<String> origins = new ArrayList<>();

    /** Reasoning of the present step, by its id, that nothing has followed yet. */
    private final Map<String, Decoded> reasoning = new LinkedHashMap<>();

    /** The outputs of the calls of the present step, which follow all of its calls. */
    private final List<Decoded> outputs = new ArrayList<>();

    private record Decoded(String origin, ObjectNode item) {}

    /**
     * @param items takes the decoded items
     * @param customTools the names of the tools whose input is text
     */
    UiMessageDecoder(ArrayNode items, Set<String> customTools) {
        this.items = items;
        this.customTools = customTools;
    }

    /** The path of what each item was decoded from. */
    List<String> origins() {
        return List.copyOf(origins);
    }

    void decode(Field message) throws ApiException {
        message.object();
        var role = message.member("role");
        switch (role.text()) {
            case "system" -> decodeSystem(message);
            case "user" -> decodeUser(message);
            case "assistant" -> decodeAssistant(message);
            default -> throw role.invalid("it is one of system, user and assistant");
        }
    }

    private void add(Decoded decoded) {
        add(decoded.origin(), decoded.item());
    }

    private void add(String origin, ObjectNode item) {
        items.add(item);
        origins.add(origin);
    }

    private static List<Field> parts(Field message) throws ApiException {
        var parts = message.member("parts");
        var decoded = new ArrayList<Field>();
        for (int i = 0; i < parts.array().size(); i++) {
            var part = parts.element(i);
            part.object();
            decoded.add(part);
        }
        return decoded;
    }

    private static ObjectNode textMessage(String role, String text) {
        return Json.object().put("type", "message").put("role", role).put("content", text);
    }

    private void decodeSystem(Field message) throws ApiException {
        var text = new StringBuilder();
        for (var part : parts(message)) {
            var type = part.member("type");
            if (type.text().equals("text")) {
                text.append(part.member("text").text());
            } else if (!type.text().startsWith("data-")) {
                throw type.invalid("a system message has parts of the type text");
            }
        }
        add(message.path(), textMessage("system", text.toString()));
    }

    // What the user says ----------------------------------------------------------------------------------------------

    private void decodeUser(Field message) throws ApiException {
        var content = Json.object().arrayNode();
        for (var part : parts(message)) {
            decodeUserPart(part, content);
        }
        if (content.isEmpty()) {
            return;
        }
        if (content.size() == 1 && content.path(0).has("text")) {
            add(message.path(), textMessage("user", content.path(0).path("text").textValue()));
            return;
        }
        var item = Json.object().put("type", "message").put("role", "user");
        item.set("content", content);
        add(message.path(), item);
    }

    private static void decodeUserPart(Field part, ArrayNode content) throws ApiException {
        var type = part.member("type");
        switch (type.text()) {
            case "text" ->
                content.addObject()
                        .put("type", "input_text")
                        .put("text", part.member("text").text());
            case "file" -> content.add(file(part));
            default -> {
                if (!type.text().startsWith("data-")) {
                    throw type.invalid("a user's message has parts of the types text and file");
                }
            }
        }
    }

    /** A media type may be its first segment alone. */
    private static ObjectNode file(Field part) throws ApiException {
        var mediaType = part.member("mediaType").text();
        var isImage = mediaType.equals("image") || mediaType.startsWith("image/");
        var file = Json.object().put("type", isImage ? "input_image" : "input_file");
        if (isImage) {
            file.put("detail", "auto");
        }
        var reference = part.member("providerReference").member("openai");
        if (reference.isPresent()) {
            return file.put("file_id", reference.text());
        }
        var url = part.member("url").text();
        if (!url.startsWith("data:") && !url.startsWith("https://") && !url.startsWith("http://")) {
            throw part.member("url").invalid("it begins with data:, https:// or http://");
        }
        if (isImage) {
            return file.put("image_url", url);
        }
        if (!url.startsWith("data:")) {
            return file.put("file_url", url);
        }
        return file.put("filename", part.member("filename").optionalText().orElse("file"))
                .put("file_data", url);
    }

    // What the model has said -----------------------------------------------------------------------------------------

    private void decodeAssistant(Field message) throws ApiException {
        for (var part : parts(message)) {
            decodeAssistantPart(part);
        }
        endStep();
    }

    private void decodeAssistantPart(Field part) throws ApiException {
        var type = part.member("type");
        switch (type.text()) {
            case "text" -> decodeText(part);
            case "reasoning" -> decodeReasoning(part);
            case "step-start" -> endStep();
            case "steering-message" -> {
                endStep();
                decodeUser(part);
            }
            case "dynamic-tool" -> decodeCall(part, part.member("toolName").text());
            case "source-url", "source-document", "file", "reasoning-file", "custom" -> {}
            default -> {
                if (type.text().startsWith("tool-")) {
                    decodeCall(part, type.text().substring("tool-".length()));
                } else if (!type.text().startsWith("data-")) {
                    throw type.invalid("it is no type of a part of an assistant's message");
                }
            }
        }
    }

    /** A model refuses reasoning that nothing follows, as when the page stopped the answer after it. */
    private void endStep() {
        reasoning.clear();
        outputs.forEach(this::add);
        outputs.clear();
    }

    private void decodeText(Field part) throws ApiException {
        var text = part.member("text").text();
        if (text.isEmpty()) {
            return;
        }
        var item = textMessage("assistant", text);
        // Without it some models take a comment on their work for the end of it.
        part.member("providerMetadata").member("openai").member("phase").copyTo(item, "phase");
        addOutput(part.path(), item);
    }

    /** The parts of one item follow each other. Without its encrypted content a model has no use for its reasoning. */
    private void decodeReasoning(Field part) throws ApiException {
        var metadata = part.member("providerMetadata").member("openai");
        var id = metadata.member("itemId").optionalText();
        if (id.isEmpty()) {
            return;
        }
        var item = reasoning
                .computeIfAbsent(
                        id.get(),
                        newId -> new Decoded(
                                part.path(),
                                Json.object().put("type", "reasoning").put("id", newId)))
                .item();
        var text = part.member("text").optionalText().orElse("");
        var summary = item.withArray("/summary");
        if (!text.isEmpty()) {
            summary.addObject().put("type", "summary_text").put("text", text);
        }
        metadata.member("reasoningEncryptedContent").copyTo(item, "encrypted_content");
    }

    private void addOutput(String origin, ObjectNode item) {
        reasoning.values().stream()
                .filter(earlier -> earlier.item().has("encrypted_content"))
                .forEach(this::add);
        reasoning.clear();
        add(origin, item);
    }

    private void decodeCall(Field part, String name) throws ApiException {
        var state = part.member("state");
        // A call that was cut off has no input yet. One of a tool of the model's server has no item here.
        if (state.text().equals("input-streaming")
                || part.member("providerExecuted").flag()) {
            return;
        }
        var id = part.member("toolCallId").text();
        var custom = customTools.contains(name);
        var call = Json.object()
                .put("type", custom ? "custom_tool_call" : "function_call")
                .put("call_id", id)
                .put("name", name);
        call.put(custom ? "input" : "arguments", input(part, custom));
        addOutput(part.path(), call);
        outputs.add(new Decoded(
                part.path(),
                Json.object()
                        .put("type", custom ? "custom_tool_call_output" : "function_call_output")
                        .put("call_id", id)
                        .put("output", output(part, state))));
    }

    private static String input(Field part, boolean custom) {
        var input = part.member("input").isPresent() ? part.member("input") : part.member("rawInput");
        if (!input.isPresent()) {
            return custom ? "" : "{}";
        }
        // The input of a call that could not be parsed is the text that the model wrote.
        return input.value().isTextual() ? input.value().textValue() : Json.write(input.value());
    }

    /** A model refuses to go on while a call has no output. */
    private static String output(Field part, Field state) throws ApiException {
        var reason = part.member("approval").member("reason").optionalText();
        return switch (state.text()) {
            case "output-available" -> {
                var output = part.member("output").value();
                yield output.isTextual()
                        ? output.textValue()
                        : Json.write(output.isMissingNode() ? Json.object().nullNode() : output);
            }
            case "output-error" -> part.member("errorText").text();
            case "output-denied" -> reason.orElse(DENIED);
            case "approval-responded" ->
                part.member("approval").member("approved").flag() ? NOT_EXECUTED : reason.orElse(DENIED);
            case "input-available", "approval-requested" -> NOT_EXECUTED;
            default -> throw state.invalid("it is no state of a tool part");
        };
    }
}
