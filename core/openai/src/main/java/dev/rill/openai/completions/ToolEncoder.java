package dev.rill.openai.completions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.protocol.Json;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Encodes tools and the choice among them. */
final class ToolEncoder {

    private static final String ONLY_FUNCTIONS =
            "The model's server speaks Chat Completions; give functions and custom tools.";

    private ToolEncoder() {}

    /**
     * Sets {@code tools}, {@code tool_choice} and {@code parallel_tool_calls}. Servers refuse the latter two where
     * there are no tools.
     */
    static void encode(ObjectNode request, ObjectNode body) throws ModelException {
        var choice = request.path("tool_choice");
        var tools = tools(request.path("tools"));
        var allowed = choice.path("type").asText().equals("allowed_tools");
        if (allowed) {
            tools = only(tools, choice.path("tools"));
        }
        if (tools.isEmpty()) {
            return;
        }
        body.set("tools", tools);
        if (allowed) {
            body.put("tool_choice", choice.path("mode").asText("auto"));
        } else if (choice.isTextual()) {
            body.set("tool_choice", choice);
        } else if (choice.isObject()) {
            body.set("tool_choice", named(choice));
        }
        if (request.path("parallel_tool_calls").isBoolean()) {
            body.set("parallel_tool_calls", request.get("parallel_tool_calls"));
        }
    }

    private static ArrayNode tools(JsonNode given) throws ModelException {
        var tools = Json.object().arrayNode();
        for (int i = 0; i < given.size(); i++) {
            var tool = given.path(i);
            switch (tool.path("type").asText()) {
                case "function" -> tools.add(function(tool));
                case "custom" -> tools.add(custom(tool));
                default -> throw Unsupported.field("tools[" + i + "].type", ONLY_FUNCTIONS);
            }
        }
        return tools;
    }

    private static ObjectNode function(JsonNode tool) {
        var encoded = Json.object().put("type", "function");
        var function = encoded.putObject("function");
        copy(tool, function, List.of("name", "description", "parameters"));
        // False is the default, and not every server knows the field.
        if (tool.path("strict").asBoolean(false)) {
            function.put("strict", true);
        }
        return encoded;
    }

    private static ObjectNode custom(JsonNode tool) {
        var encoded = Json.object().put("type", "custom");
        var custom = encoded.putObject("custom");
        copy(tool, custom, List.of("name", "description"));
        var format = tool.path("format");
        if (format.path("type").asText().equals("grammar")) {
            copy(
                    format,
                    custom.putObject("format").put("type", "grammar").putObject("grammar"),
                    List.of("syntax", "definition"));
        } else if (format.isObject()) {
            custom.set("format", format);
        }
        return encoded;
    }

    /** Few servers know {@code allowed_tools}; the tools that are not allowed are left out instead. */
    private static ArrayNode only(ArrayNode tools, JsonNode allowed) {
        var names = StreamSupport.stream(allowed.spliterator(), false)
                .map(tool -> tool.path("name").asText())
                .collect(Collectors.toSet());
        var some = Json.object().arrayNode();
        for (var tool : tools) {
            if (isNamed(tool, names)) {
                some.add(tool);
            }
        }
        return some;
    }

    private static boolean isNamed(JsonNode tool, Set<String> names) {
        return names.contains(tool.path(tool.path("type").asText()).path("name").asText());
    }

    private static ObjectNode named(JsonNode choice) throws ModelException {
        var type = choice.path("type").asText();
        return switch (type) {
            case "function", "custom" -> {
                var encoded = Json.object().put("type", type);
                encoded.putObject(type).put("name", choice.path("name").asText());
                yield encoded;
            }
            default -> throw Unsupported.field("tool_choice.type", ONLY_FUNCTIONS);
        };
    }

    private static void copy(JsonNode from, ObjectNode to, List<String> names) {
        for (var name : names) {
            if (from.hasNonNull(name)) {
                to.set(name, from.get(name));
            }
        }
    }
}
