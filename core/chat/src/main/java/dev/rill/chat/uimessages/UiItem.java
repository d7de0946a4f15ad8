package dev.rill.chat.uimessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Encodes the events of one item of the output. Used by one thread at a time. */
final class UiItem {

    private final int outputIndex;
    private final Map<String, Part> parts = new LinkedHashMap<>();

    /** As the newest event has it. */
    private JsonNode item = MissingNode.getInstance();

    private long inputLength;
    private boolean called;
    private boolean ended;

    /** A piece of text in the message. */
    private enum Kind {
        TEXT("text", "content_index"),
        /** Of reasoning that the model summarizes. */
        SUMMARY("reasoning", "summary_index"),
        /** Of reasoning that the model shows. */
        REASONING("reasoning", "content_index");

        private final String chunk;
        private final String index;

        Kind(String chunk, String index) {
            this.chunk = chunk;
            this.index = index;
        }
    }

    /** A part of which the page knows. */
    private static final class Part {
        private final Kind kind;
        private final String id;
        private long length;
        private int sources;
        private boolean started;
        private boolean open = true;

        Part(Kind kind, String id) {
            this.kind = kind;
            this.id = id;
        }
    }

    UiItem(int outputIndex) {
        this.outputIndex = outputIndex;
    }

    /** Whether an item is a call that the page answers. */
    static boolean isCallOfPage(JsonNode item) {
        return switch (item.path("type").asText()) {
            case "function_call", "custom_tool_call" -> true;
            default -> false;
        };
    }

    /** Whether an item is a call that the model's server executes. Other calls have a {@code call_id}. */
    private static boolean isHosted(JsonNode item) {
        return item.path("type").asText().endsWith("_call") && !item.has("call_id");
    }

    /** What a page needs to play reasoning back. */
    static ObjectNode reasoningMetadata(JsonNode item) {
        var metadata = Json.object();
        if (item.path("id").isTextual()) {
            metadata.set("itemId", item.path("id"));
        }
        if (item.path("encrypted_content").isTextual()) {
            metadata.set("reasoningEncryptedContent", item.path("encrypted_content"));
        }
        return metadata;
    }

    /** Returns the chunks of an event of this item; may be empty. */
    String write(ObjectNode event) {
        if (ended) {
            return "";
        }
        return switch (event.path("type").asText()) {
            case EventTypes.OUTPUT_ITEM_ADDED -> {
                item = event.path("item");
                yield begin();
            }
            case EventTypes.OUTPUT_ITEM_DONE -> end(event.path("item"));
            case "response.content_part.added" ->
                kind(event.path("part"))
                        .map(kind -> opening(part(kind, event.path(kind.index).asInt())))
                        .orElse("");
            case "response.content_part.done" -> contentDone(event);
            case "response.reasoning_summary_part.added" -> delta(Kind.SUMMARY, event);
            case EventTypes.OUTPUT_TEXT_DELTA, "response.refusal.delta" -> delta(Kind.TEXT, event);
            case "response.reasoning_summary_text.delta" -> delta(Kind.SUMMARY, event);
            case "response.reasoning_text.delta", "response.reasoning.delta" -> delta(Kind.REASONING, event);
            case "response.output_text.annotation.added" -> source(event);
            case "response.function_call_arguments.delta",
                    "response.custom_tool_call_input.delta",
                    "response.mcp_call_arguments.delta" ->
                called ? inputDelta(event.path("delta").asText("")) : "";
            default -> "";
        };
    }

    /**
     * Returns the rest of the item, of which nothing more comes: what its whole text has beyond the pieces, and the end
     * of its parts. A call that was cut off has no whole input, so the page is not asked to execute it.
     */
    String end(JsonNode whole) {
        if (ended) {
            return "";
        }
        ended = true;
        item = withType(whole);
        var stream = new StringBuilder(begin());
        switch (item.path("type").asText()) {
            case "message" -> {
                for (int i = 0; i < item.path("content").size(); i++) {
                    stream.append(content(i, item.path("content").path(i)));
                }
            }
            case "reasoning" -> stream.append(reasoning());
            default -> stream.append(called ? callEnd() : "");
        }
        return stream.append(close()).toString();
    }

    /** Returns the item, with its first type if the model's server has left out the type at the end. */
    private JsonNode withType(JsonNode whole) {
        if (whole.path("type").isTextual() || !item.path("type").isTextual() || !(whole instanceof ObjectNode fields)) {
            return whole;
        }
        return fields.objectNode().<ObjectNode>setAll(fields).set("type", item.path("type"));
    }

    /** Returns the ends of the parts that have not ended. */
    String close() {
        var stream = new StringBuilder();
        for (Iterator<Part> all = parts.values().iterator(); all.hasNext(); ) {
            var part = all.next();
            if (!part.started || !part.open) {
                continue;
            }
            part.open = false;
            var end = UiChunks.chunk(part.kind.chunk + "-end").put("id", part.id);
            // The encrypted content may be long, so one part has it for all.
            var known = all.hasNext() ? Json.object().<ObjectNode>set("id", item.path("id")) : item;
            stream.append(
                    UiChunks.of(part.kind == Kind.TEXT ? end : UiChunks.withMetadata(end, reasoningMetadata(known))));
        }
        return stream.toString();
    }

    // Text ------------------------------------------------------------------------------------------------------------

    private static Optional<Kind> kind(JsonNode part) {
        return switch (part.path("type").asText()) {
            case "output_text", "refusal" -> Optional.of(Kind.TEXT);
            case "reasoning_text" -> Optional.of(Kind.REASONING);
            case "summary_text" -> Optional.of(Kind.SUMMARY);
            default -> Optional.empty();
        };
    }

    private static String textOf(JsonNode part) {
        return part.path(part.path("type").asText().equals("refusal") ? "refusal" : "text")
                .asText("");
    }

    private Part part(Kind kind, int index) {
        var name = kind == Kind.TEXT ? "" : kind.name().toLowerCase(Locale.ROOT) + ".";
        return parts.computeIfAbsent(name + index, key -> new Part(kind, outputIndex + "." + key));
    }

    private String opening(Part part) {
        if (part.started) {
            return "";
        }
        part.started = true;
        var metadata = Json.object();
        if (part.kind == Kind.TEXT && item.path("phase").isTextual()) {
            metadata.set("phase", item.path("phase"));
        }
        var start = UiChunks.chunk(part.kind.chunk + "-start").put("id", part.id);
        return UiChunks.of(UiChunks.withMetadata(start, metadata));
    }

    private String delta(Kind kind, ObjectNode event) {
        var part = part(kind, event.path(kind.index).asInt());
        return part.open ? opening(part) + text(part, event.path("delta").asText("")) : "";
    }

    private static String text(Part part, String more) {
        if (more.isEmpty()) {
            return "";
        }
        part.length += more.length();
        return UiChunks.of(
                UiChunks.chunk(part.kind.chunk + "-delta").put("id", part.id).put("delta", more));
    }

    private static String remainder(Part part, String whole) {
        return part.open && whole.length() > part.length ? text(part, whole.substring((int) part.length)) : "";
    }

    /** Reasoning stays open until its item is done, which has the encrypted content. */
    private String contentDone(ObjectNode event) {
        var index = event.path(Kind.TEXT.index).asInt();
        return kind(event.path("part")).filter(Kind.TEXT::equals).isEmpty() ? "" : content(index, event.path("part"));
    }

    private String content(int index, JsonNode content) {
        var kind = kind(content);
        if (kind.isEmpty()) {
            return "";
        }
        var part = part(kind.get(), index);
        var stream = new StringBuilder(opening(part)).append(remainder(part, textOf(content)));
        if (part.open) {
            part.open = false;
            stream.append(UiChunks.of(UiChunks.chunk(part.kind.chunk + "-end").put("id", part.id)));
        }
        var annotations = content.path("annotations");
        while (part.sources < annotations.size()) {
            stream.append(source(part, annotations.path(part.sources)));
        }
        return stream.toString();
    }

    private String source(ObjectNode event) {
        var part = part(Kind.TEXT, event.path(Kind.TEXT.index).asInt());
        return part.sources > event.path("annotation_index").asInt() ? "" : source(part, event.path("annotation"));
    }

    private String source(Part part, JsonNode annotation) {
        var id = item.path("id").asText(String.valueOf(outputIndex)) + "." + part.id + "." + part.sources++;
        return UiChunks.sourceOf(annotation, id);
    }

    private String reasoning() {
        var stream = new StringBuilder();
        var summary = item.path("summary");
        for (int i = 0; i < summary.size(); i++) {
            var part = part(Kind.SUMMARY, i);
            stream.append(opening(part)).append(remainder(part, textOf(summary.path(i))));
        }
        var content = item.path("content");
        for (int i = 0; i < content.size(); i++) {
            var part = part(Kind.REASONING, i);
            stream.append(opening(part)).append(remainder(part, textOf(content.path(i))));
        }
        if (parts.isEmpty() && item.path("encrypted_content").isTextual()) {
            stream.append(opening(part(Kind.SUMMARY, 0)));
        }
        return stream.toString();
    }

    // Calls -----------------------------------------------------------------------------------------------------------

    /** Returns what announces a call; empty for other items. */
    private String begin() {
        if (called || !(isCallOfPage(item) || isHosted(item))) {
            return "";
        }
        called = true;
        var start = call("tool-input-start").put("toolName", toolName());
        if (isCustom()) {
            start.put("inputEncoding", "text");
        }
        return UiChunks.of(start) + inputDelta(isCallOfPage(item) ? inputText() : "");
    }

    private boolean isCustom() {
        return item.path("type").asText().equals("custom_tool_call");
    }

    /** A page has no types of tools that it does not know of, such as those of an MCP server. */
    private ObjectNode call(String type) {
        var chunk = UiChunks.chunk(type)
                .put(
                        "toolCallId",
                        item.path(isCallOfPage(item) ? "call_id" : "id").asText());
        if (isHosted(item)) {
            chunk.put("providerExecuted", true);
        }
        if (item.path("type").asText().equals("mcp_call")) {
            chunk.put("dynamic", true);
        }
        return chunk;
    }

    private String toolName() {
        return item.path("name").isTextual()
                ? item.path("name").textValue()
                : item.path("type").asText().replaceFirst("_call$", "");
    }

    private String inputText() {
        return item.path(isCustom() ? "input" : "arguments").asText("");
    }

    private String inputDelta(String more) {
        if (more.isEmpty()) {
            return "";
        }
        inputLength += more.length();
        return UiChunks.of(UiChunks.chunk("tool-input-delta")
                .put("toolCallId", call("").path("toolCallId").asText())
                .put("inputTextDelta", more));
    }

    private String callEnd() {
        var status = item.path("status").asText("completed");
        if (status.equals("in_progress") || status.equals("incomplete")) {
            return "";
        }
        if (isHosted(item)) {
            return hostedEnd();
        }
        var text = inputText();
        var rest = text.length() > inputLength ? inputDelta(text.substring((int) inputLength)) : "";
        if (isCustom()) {
            return rest + input("tool-input-available", Json.object().textNode(text));
        }
        var arguments = text.isBlank() ? Optional.<JsonNode>of(Json.object()) : Json.find(text);
        return rest
                + arguments
                        .map(input -> input("tool-input-available", input))
                        .orElseGet(() -> input("tool-input-error", Json.object().textNode(text)));
    }

    private String input(String type, JsonNode input) {
        var chunk = call(type).put("toolName", toolName());
        chunk.set("input", input);
        if (type.equals("tool-input-error")) {
            chunk.put("errorText", "The input that the model wrote is not JSON.");
        }
        return UiChunks.of(chunk);
    }

    private String hostedEnd() {
        var stream = new StringBuilder(input("tool-input-available", UiChunks.hostedInput(item)));
        var failed = item.path("status").asText().equals("failed");
        if (failed || item.hasNonNull("error")) {
            var error =
                    item.path("error").path("message").asText(item.path("error").asText(""));
            var text = error.isEmpty() ? "The tool failed." : error;
            return stream.append(UiChunks.of(call("tool-output-error").put("errorText", text)))
                    .toString();
        }
        var output = call("tool-output-available");
        output.set("output", UiChunks.hostedOutput(item));
        return stream.append(UiChunks.of(output))
                .append(UiChunks.imageOf(item).orElse(""))
                .toString();
    }
}
