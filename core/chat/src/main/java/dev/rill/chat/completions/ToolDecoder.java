package dev.rill.chat.completions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.Field;
import dev.rill.chat.protocol.Json;

/** Decodes tools and the choice among them. */
final class ToolDecoder {

    private ToolDecoder() {}

    /** A tool of any other type is kept as it is; whether it is allowed, the policy decides. */
    static JsonNode tool(Field tool) throws ApiException {
        tool.object();
        return switch (tool.member("type").text()) {
            case "function" -> function(tool.member("function"));
            case "custom" -> custom(tool.member("custom"));
            default -> tool.value();
        };
    }

    /** The defaults of the two protocols differ: here a function is not strict, and may have no parameters. */
    private static ObjectNode function(Field function) throws ApiException {
        function.object();
        var decoded = Json.object()
                .put("type", "function")
                .put("name", function.member("name").text());
        function.member("description").copyTo(decoded, "description");
        if (function.member("parameters").isPresent()) {
            decoded.set("parameters", function.member("parameters").object());
        } else {
            decoded.putObject("parameters").put("type", "object").putObject("properties");
        }
        return decoded.put("strict", function.member("strict").flag());
    }

    private static ObjectNode custom(Field custom) throws ApiException {
        custom.object();
        var decoded = Json.object()
                .put("type", "custom")
                .put("name", custom.member("name").text());
        custom.member("description").copyTo(decoded, "description");
        var format = custom.member("format");
        if (format.isPresent()) {
            format.object();
            decoded.set("format", grammar(format));
        }
        return decoded;
    }

    private static JsonNode grammar(Field format) throws ApiException {
        if (!format.member("type").text().equals("grammar")) {
            return format.value();
        }
        var grammar = format.member("grammar");
        grammar.object();
        return Json.object()
                .put("type", "grammar")
                .put("syntax", grammar.member("syntax").text())
                .put("definition", grammar.member("definition").text());
    }

    static JsonNode choice(Field choice) throws ApiException {
        if (choice.value().isTextual()) {
            return choice.value();
        }
        choice.object();
        if (!choice.member("type").text().equals("allowed_tools")) {
            return named(choice);
        }
        var allowed = choice.member("allowed_tools");
        allowed.object();
        var decoded = Json.object()
                .put("type", "allowed_tools")
                .put("mode", allowed.member("mode").text());
        var tools = decoded.putArray("tools");
        var given = allowed.member("tools");
        for (int i = 0; i < given.array().size(); i++) {
            tools.add(named(given.element(i)));
        }
        return decoded;
    }

    private static JsonNode named(Field tool) throws ApiException {
        tool.object();
        var type = tool.member("type").text();
        return switch (type) {
            case "function", "custom" -> {
                var described = tool.member(type);
                described.object();
                yield Json.object()
                        .put("type", type)
                        .put("name", described.member("name").text());
            }
            default -> tool.value();
        };
    }
}
