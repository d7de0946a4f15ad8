package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Copies fields of a request into its response. A request may omit members that a response must have, and models copy
 * the request unchanged; this class adds the omitted members, as null or with their default.
 *
 * @see <a href="https://www.openresponses.org/specification">Open Responses: FunctionToolParam and FunctionTool,
 *     ReasoningParam and Reasoning, TextParam and TextField</a>
 */
final class RequestEcho {

    private RequestEcho() {}

    /** Returns a copy of a field's value, with all members that a response must have in this field. */
    static JsonNode of(String field, JsonNode requested) {
        var echo = requested.deepCopy();
        switch (field) {
            case "tools" -> {
                for (var tool : echo) {
                    if (tool.path("type").asText().equals("function")) {
                        fill(tool, "description", "parameters", "strict");
                    }
                }
            }
            case "reasoning" -> fill(echo, "effort", "summary");
            case "text" -> {
                if (echo instanceof ObjectNode text) {
                    completeFormat(text);
                }
            }
            default -> {}
        }
        return echo;
    }

    private static void completeFormat(ObjectNode text) {
        if (!text.hasNonNull("format")) {
            text.putObject("format").put("type", "text");
        }
        if (text.path("format") instanceof ObjectNode format
                && format.path("type").asText().equals("json_schema")) {
            fill(format, "description");
            if (!format.hasNonNull("strict")) {
                format.put("strict", false);
            }
        }
    }

    private static void fill(JsonNode node, String... fields) {
        if (node instanceof ObjectNode object) {
            List.of(fields).forEach(field -> object.putIfAbsent(field, object.nullNode()));
        }
    }
}
