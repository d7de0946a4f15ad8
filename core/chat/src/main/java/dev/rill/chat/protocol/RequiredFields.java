package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Adds to items, parts and usages the fields that Open Responses or OpenAI's clients require and that a model's server,
 * or the client that sent an item, has left out. What is there stays as it is.
 *
 * @see <a href="https://www.openresponses.org/specification">Open Responses, ItemField and Usage</a>
 * @see <a href="https://github.com/openai/openai-java">openai-java, {@code validate()}</a>
 */
public final class RequiredFields {

    private static final String MESSAGE = "message";

    /** How the ids of items begin at OpenAI, by the items' type. */
    private static final Map<String, String> ID_PREFIXES = Map.ofEntries(
            Map.entry(MESSAGE, "msg"),
            Map.entry("function_call", "fc"),
            Map.entry("function_call_output", "fco"),
            Map.entry("custom_tool_call", "ctc"),
            Map.entry("custom_tool_call_output", "ctco"),
            Map.entry("reasoning", "rs"),
            Map.entry("compaction", "cmp"),
            Map.entry("web_search_call", "ws"),
            Map.entry("file_search_call", "fs"),
            Map.entry("code_interpreter_call", "ci"),
            Map.entry("image_generation_call", "ig"),
            Map.entry("computer_call", "cu"),
            Map.entry("mcp_call", "mcp"),
            Map.entry("mcp_list_tools", "mcpl"),
            Map.entry("mcp_approval_request", "mcpr"));

    private static final Map<String, List<String>> TEXTS = Map.of(
            "function_call",
            List.of("name", "arguments"),
            "custom_tool_call",
            List.of("name", "input"),
            "function_call_output",
            List.of("output"),
            "custom_tool_call_output",
            List.of("output"),
            "compaction",
            List.of("encrypted_content"),
            "code_interpreter_call",
            List.of("container_id"),
            "mcp_call",
            List.of("name", "server_label", "arguments"),
            "mcp_approval_request",
            List.of("name", "server_label", "arguments"),
            "mcp_list_tools",
            List.of("server_label"));

    private static final Map<String, List<String>> ARRAYS = Map.of(
            MESSAGE,
            List.of("content"),
            "reasoning",
            List.of("summary"),
            "file_search_call",
            List.of("queries"),
            "computer_call",
            List.of("pending_safety_checks"),
            "mcp_list_tools",
            List.of("tools"));

    /** The types whose items name a call. */
    private static final Set<String> CALLS = Set.of(
            "function_call",
            "function_call_output",
            "custom_tool_call",
            "custom_tool_call_output",
            "computer_call",
            "computer_call_output",
            "local_shell_call",
            "shell_call",
            "apply_patch_call");

    private static final Set<String> WITHOUT_STATUS = Set.of(
            "reasoning",
            "compaction",
            "mcp_list_tools",
            "mcp_approval_request",
            "mcp_approval_response",
            "additional_tools");

    private RequiredFields() {}

    /** Returns the id of an item without one: OpenAI's prefix for its type, and what is unique among all items. */
    public static String itemId(String type, String unique) {
        return ID_PREFIXES.getOrDefault(type, "item") + "_" + unique;
    }

    /**
     * Completes an item of an output or an input.
     *
     * @param unique unique among all items; a part of the id that an item without one gets
     * @param status of an item that has none and must have one
     */
    public static void completeItem(ObjectNode item, String unique, String status) {
        if (!item.path("type").isTextual() && (item.has("role") || item.has("content"))) {
            item.put("type", MESSAGE);
        }
        var type = item.path("type").asText();
        putText(item, "id", itemId(type, unique));
        if (!WITHOUT_STATUS.contains(type)) {
            putText(item, "status", status);
        }
        if (CALLS.contains(type)) {
            putText(item, "call_id", item.path("id").asText());
        }
        for (var name : TEXTS.getOrDefault(type, List.of())) {
            completeText(item, name);
        }
        completeLists(item, type);
    }

    private static void completeLists(ObjectNode item, String type) {
        switch (type) {
            case MESSAGE -> {
                putText(item, "role", "assistant");
                completeParts(item.path("content"), textType(item));
            }
            case "reasoning" -> {
                removeNull(item, "content");
                removeNull(item, "encrypted_content");
                completeParts(item.path("content"), "reasoning_text");
                completeParts(item.path("summary"), "summary_text");
            }
            case "web_search_call" -> {
                if (!item.path("action").isObject()) {
                    item.putObject("action").put("type", "search").put("query", "");
                }
            }
            default -> {}
        }
        for (var name : ARRAYS.getOrDefault(type, List.of())) {
            putArray(item, name);
        }
    }

    /** A part that is null is a gap in the indexes of a model's events, and is removed. */
    private static void completeParts(JsonNode parts, String type) {
        if (!(parts instanceof ArrayNode list)) {
            return;
        }
        for (var elements = list.elements(); elements.hasNext(); ) {
            var element = elements.next();
            if (element.isNull()) {
                elements.remove();
            } else if (element instanceof ObjectNode part) {
                completePart(part, type);
            }
        }
    }

    private static String textType(ObjectNode message) {
        return message.path("role").asText().equals("assistant") ? "output_text" : "input_text";
    }

    /**
     * Completes an item of an input as {@link #completeItem} does, where a message's content may be a text: it becomes
     * a list with one part.
     */
    public static void completeInputItem(ObjectNode item, String unique) {
        if (item.path("content").isTextual()) {
            var text = item.path("content").textValue();
            item.putArray("content").addObject().put("type", textType(item)).put("text", text);
        }
        completeItem(item, unique, "completed");
    }

    /**
     * Completes a part of a message or of reasoning.
     *
     * @param type of a part that names none
     */
    public static void completePart(ObjectNode part, String type) {
        putText(part, "type", type);
        switch (part.path("type").asText()) {
            case "output_text" -> {
                completeText(part, "text");
                putArray(part, "annotations");
                removeNull(part, "logprobs");
                completeLogProbabilities(part.path("logprobs"));
            }
            case "input_text", "text", "summary_text", "reasoning_text" -> completeText(part, "text");
            case "refusal" -> completeText(part, "refusal");
            case "input_image" -> {
                putText(part, "detail", "auto");
                part.putIfAbsent("image_url", part.nullNode());
            }
            default -> {}
        }
    }

    /** Completes the log probabilities of tokens: each has its bytes and its alternatives. */
    public static void completeLogProbabilities(JsonNode tokens) {
        for (var token : tokens) {
            if (token instanceof ObjectNode object) {
                putArray(object, "bytes");
                putArray(object, "top_logprobs");
                for (var alternative : object.path("top_logprobs")) {
                    if (alternative instanceof ObjectNode top) {
                        putArray(top, "bytes");
                    }
                }
            }
        }
    }

    /**
     * Completes the {@code usage} of a response, or makes it null if it lacks the number of input or of output tokens:
     * no other number can stand for them.
     */
    public static void completeUsage(ObjectNode response) {
        if (!(response.path("usage") instanceof ObjectNode usage)
                || !usage.path("input_tokens").isNumber()
                || !usage.path("output_tokens").isNumber()) {
            response.putNull("usage");
            return;
        }
        if (!usage.path("total_tokens").isNumber()) {
            usage.put(
                    "total_tokens",
                    usage.path("input_tokens").asLong()
                            + usage.path("output_tokens").asLong());
        }
        var input = usage.path("input_tokens_details") instanceof ObjectNode details
                ? details
                : usage.putObject("input_tokens_details");
        putNumber(input, "cached_tokens");
        putNumber(input, "cache_write_tokens");
        var output = usage.path("output_tokens_details") instanceof ObjectNode details
                ? details
                : usage.putObject("output_tokens_details");
        putNumber(output, "reasoning_tokens");
    }

    /** Some servers send arguments as an object. */
    private static void completeText(ObjectNode object, String name) {
        var value = object.path(name);
        if (name.equals("arguments") && value.isContainerNode()) {
            object.put(name, Json.write(value));
        } else {
            putText(object, name, "");
        }
    }

    private static void putText(ObjectNode object, String name, String value) {
        if (!object.hasNonNull(name)) {
            object.put(name, value);
        }
    }

    private static void putArray(ObjectNode object, String name) {
        if (!object.hasNonNull(name)) {
            object.putArray(name);
        }
    }

    private static void putNumber(ObjectNode object, String name) {
        if (!object.path(name).isNumber()) {
            object.put(name, 0);
        }
    }

    private static void removeNull(ObjectNode object, String name) {
        if (!object.hasNonNull(name)) {
            object.remove(name);
        }
    }
}
