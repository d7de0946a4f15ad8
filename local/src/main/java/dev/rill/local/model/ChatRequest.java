package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * A {@code POST /v1/chat/completions} body. What the simulated model does not read is left out.
 *
 * @param body with {@code messages}
 */
record ChatRequest(ObjectNode body) {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    /** Whether the last chunk of a stream has the usage. */
    boolean usageAsked() {
        return body.at("/stream_options/include_usage").asBoolean(false);
    }

    /** The same request of the Responses API. */
    ObjectNode inResponses() {
        var request = JSON.objectNode();
        copy(body, request, List.of("model", "stream", "parallel_tool_calls", "top_logprobs"));
        var input = request.putArray("input");
        for (var message : body.path("messages")) {
            add(message, input);
        }
        tools(request);
        for (var limit : List.of("max_tokens", "max_completion_tokens")) {
            if (body.hasNonNull(limit)) {
                request.set("max_output_tokens", body.get(limit));
            }
        }
        if (body.path("response_format").isObject()) {
            request.putObject("text").set("format", described(body.path("response_format"), "json_schema"));
        }
        if (body.hasNonNull("reasoning_effort")) {
            request.putObject("reasoning")
                    .put("effort", body.path("reasoning_effort").asText())
                    .put("summary", "auto");
        }
        if (body.path("logprobs").asBoolean(false)) {
            request.putArray("include").add("message.output_text.logprobs");
        }
        return request.put("store", false);
    }

    private static void add(JsonNode message, ArrayNode input) {
        var role = message.path("role").asText();
        if (role.equals("tool")) {
            var output = input.addObject().put("type", "function_call_output");
            output.put("call_id", message.path("tool_call_id").asText());
            output.set("output", message.path("content"));
            return;
        }
        if (message.hasNonNull("content")) {
            input.addObject().put("type", "message").put("role", role).set("content", content(role, message));
        }
        for (var call : message.path("tool_calls")) {
            var item = input.addObject().put("type", "function_call");
            item.put("call_id", call.path("id").asText());
            copy(call.path("function"), item, List.of("name", "arguments"));
        }
    }

    private static JsonNode content(String role, JsonNode message) {
        if (!message.path("content").isArray()) {
            return message.path("content");
        }
        var parts = JSON.arrayNode();
        for (var part : message.path("content")) {
            if (part.path("type").asText().equals("image_url")) {
                var image = parts.addObject().put("type", "input_image");
                image.put("image_url", part.at("/image_url/url").asText());
                image.put("detail", part.at("/image_url/detail").asText("auto"));
            } else {
                parts.addObject()
                        .put("type", role.equals("assistant") ? "output_text" : "input_text")
                        .put("text", part.path("text").asText());
            }
        }
        return parts;
    }

    private void tools(ObjectNode request) {
        if (body.path("tools").isArray()) {
            var tools = request.putArray("tools");
            body.path("tools").forEach(tool -> tools.add(described(tool, "function")));
        }
        var choice = body.path("tool_choice");
        if (choice.isTextual()) {
            request.set("tool_choice", choice);
        } else if (choice.isObject()) {
            request.set("tool_choice", described(choice, "function"));
        }
    }

    /** An object whose description is a member of its own there, and is not here. */
    private static ObjectNode described(JsonNode object, String member) {
        var flat = JSON.objectNode().put("type", object.path("type").asText());
        object.path(member).properties().forEach(field -> flat.set(field.getKey(), field.getValue()));
        return flat;
    }

    private static void copy(JsonNode from, ObjectNode to, List<String> names) {
        for (var name : names) {
            if (from.hasNonNull(name)) {
                to.set(name, from.get(name));
            }
        }
    }
}
