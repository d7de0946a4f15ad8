package dev.rill.chat.uimessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.Json;

/**
 * Encodes the items since the last message of the user: what the model has said and called, and what the page has
 * answered. Sources and files are not among a request's items, so a resumed message lacks those of its earlier steps.
 */
final class EarlierSteps {

    private final StringBuilder stream = new StringBuilder();
    private int parts;
    private boolean answered;

    private EarlierSteps() {}

    static String of(JsonNode input) {
        int first = 0;
        for (int i = 0; i < input.size(); i++) {
            var role = input.path(i).path("role").asText("");
            if (!role.isEmpty() && !role.equals("assistant")) {
                first = i + 1;
            }
        }
        var steps = new EarlierSteps();
        for (int i = first; i < input.size(); i++) {
            steps.encode(input.path(i));
        }
        return steps.end();
    }

    private void encode(JsonNode item) {
        switch (item.path("type").asText("message")) {
            case "message" -> encodeText(item);
            case "reasoning" -> encodeReasoning(item);
            case "function_call", "custom_tool_call" -> encodeCall(item);
            case "function_call_output", "custom_tool_call_output" -> encodeOutput(item);
            default -> {}
        }
    }

    /** A step begins with the first item, and with the first one after the outputs of the step before it. */
    private void beginStep() {
        if (stream.isEmpty()) {
            add(UiChunks.chunk("start-step"));
        } else if (answered) {
            add(UiChunks.chunk("finish-step"));
            add(UiChunks.chunk("start-step"));
        }
        answered = false;
    }

    private void encodeText(JsonNode item) {
        beginStep();
        var metadata = Json.object();
        if (item.path("phase").isTextual()) {
            metadata.set("phase", item.path("phase"));
        }
        var id = nextId();
        add(UiChunks.withMetadata(UiChunks.chunk("text-start").put("id", id), metadata));
        add(UiChunks.chunk("text-delta").put("id", id).put("delta", textOf(item.path("content"))));
        add(UiChunks.chunk("text-end").put("id", id));
    }

    private static String textOf(JsonNode content) {
        if (content.isTextual()) {
            return content.textValue();
        }
        var text = new StringBuilder();
        content.forEach(part -> text.append(part.path("text").asText("")));
        return text.toString();
    }

    private void encodeReasoning(JsonNode item) {
        beginStep();
        var metadata = UiItem.reasoningMetadata(item);
        var summary = item.path("summary");
        for (int i = 0; i < Math.max(1, summary.size()); i++) {
            var id = nextId();
            add(UiChunks.chunk("reasoning-start").put("id", id));
            var text = summary.path(i).path("text").asText("");
            if (!text.isEmpty()) {
                add(UiChunks.chunk("reasoning-delta").put("id", id).put("delta", text));
            }
            boolean last = i >= summary.size() - 1;
            add(UiChunks.withMetadata(
                    UiChunks.chunk("reasoning-end").put("id", id),
                    last ? metadata : UiItem.reasoningMetadata(Json.object().set("id", item.path("id")))));
        }
    }

    /** Without {@code tool-input-available}, for which a page would execute its tool once more. */
    private void encodeCall(JsonNode item) {
        beginStep();
        var custom = item.path("type").asText().equals("custom_tool_call");
        var input = item.path(custom ? "input" : "arguments");
        var id = item.path("call_id").asText();
        var start = UiChunks.chunk("tool-input-start")
                .put("toolCallId", id)
                .put("toolName", item.path("name").asText());
        add(custom ? start.put("inputEncoding", "text") : start);
        add(UiChunks.chunk("tool-input-delta").put("toolCallId", id).put("inputTextDelta", input.asText("")));
    }

    private void encodeOutput(JsonNode item) {
        answered = true;
        var chunk = UiChunks.chunk("tool-output-available")
                .put("toolCallId", item.path("call_id").asText());
        chunk.set("output", outputOf(item.path("output")));
        add(chunk);
    }

    /** The outputs of most tools are objects, which a request has as text. */
    private static JsonNode outputOf(JsonNode output) {
        if (output instanceof ArrayNode) {
            return output;
        }
        return Json.find(output.asText("")).filter(JsonNode::isContainerNode).orElse(output);
    }

    private String nextId() {
        return "earlier." + parts++;
    }

    private void add(ObjectNode chunk) {
        stream.append(UiChunks.of(chunk));
    }

    private String end() {
        return stream.isEmpty() ? "" : stream + UiChunks.of("finish-step");
    }
}
