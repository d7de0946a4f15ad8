package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Repeats fields of a request in its response. A request may leave out parts that a response must have, and models
 * repeat it as it was: the response says that they are null, or what holds where nothing was said.
 *
 * @see <a href="https://www.openresponses.org/specification">Open Responses: FunctionToolParam and FunctionTool,
 *     ReasoningParam and Reasoning, TextParam and TextField</a>
 */
final class RequestEcho {

    private RequestEcho() {}

    /** A copy of what was asked in this field, with all that a response has there. */
    static JsonNode of(String field, JsonNode asked) {
        var echo = asked.deepCopy();
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
                if (echo instanceof ObjectNode text && !text.hasNonNull("format")) {
                    text.putObject("format").put("type", "text");
                }
            }
            default -> {}
        }
        return echo;
    }

    private static void fill(JsonNode node, String... fields) {
        if (node instanceof ObjectNode object) {
            List.of(fields).forEach(field -> object.putIfAbsent(field, object.nullNode()));
        }
    }
}
