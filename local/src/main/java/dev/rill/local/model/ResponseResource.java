package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/** Builds the {@code response} object of one answer, with every field that the schema requires. */
final class ResponseResource {

    /** The model that a response names if its request named none. */
    static final String DEFAULT_MODEL = "simulated";

    /** Numbers of tokens. The reasoning tokens are included in the output. */
    record Tokens(int input, int output, int reasoning) {}

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final ObjectNode body;
    private final String id;
    private final Instant createdAt;
    private End end = End.COMPLETED;

    ResponseResource(ResponseRequest request, String id, Instant createdAt) {
        this.body = request.body();
        this.id = id;
        this.createdAt = createdAt;
    }

    String id() {
        return id;
    }

    /** The answer reached the request's {@code max_output_tokens}. */
    void cutShort() {
        end = End.INCOMPLETE;
    }

    boolean isCutShort() {
        return end == End.INCOMPLETE;
    }

    /** The status of an item that ends now. */
    String itemStatus() {
        return end.status();
    }

    ObjectNode inProgress() {
        return of("in_progress");
    }

    ObjectNode ended(ArrayNode output, Tokens tokens) {
        var resource = of(end.status());
        switch (end) {
            case INCOMPLETE -> resource.putObject("incomplete_details").put("reason", "max_output_tokens");
            case COMPLETED -> resource.put("completed_at", createdAt.getEpochSecond());
        }
        resource.set("output", output);
        resource.set("usage", usage(tokens));
        return resource;
    }

    ObjectNode failed(String code) {
        var resource = of("failed");
        resource.set(
                "error", JSON.objectNode().put("code", code).put("message", "The simulated model was told to fail."));
        return resource;
    }

    private ObjectNode of(String status) {
        var resource = JSON.objectNode()
                .put("id", id)
                .put("object", "response")
                .put("created_at", createdAt.getEpochSecond())
                .putNull("completed_at")
                .put("status", status)
                .putNull("incomplete_details")
                .put("model", body.path("model").asText(DEFAULT_MODEL));
        copy(resource, "previous_response_id", JSON.nullNode());
        copy(resource, "instructions", JSON.nullNode());
        resource.set("output", JSON.arrayNode());
        resource.putNull("error");
        resource.set("tools", tools());
        copy(resource, "tool_choice", JSON.textNode("auto"));
        copy(resource, "truncation", JSON.textNode("disabled"));
        copy(resource, "parallel_tool_calls", JSON.booleanNode(true));
        resource.set("text", text());
        copy(resource, "top_p", JSON.numberNode(1));
        copy(resource, "presence_penalty", JSON.numberNode(0));
        copy(resource, "frequency_penalty", JSON.numberNode(0));
        copy(resource, "top_logprobs", JSON.numberNode(0));
        copy(resource, "temperature", JSON.numberNode(1));
        resource.set("reasoning", reasoning());
        resource.putNull("usage");
        copy(resource, "max_output_tokens", JSON.nullNode());
        copy(resource, "max_tool_calls", JSON.nullNode());
        copy(resource, "store", JSON.booleanNode(true));
        resource.put("background", false);
        resource.put("service_tier", "default");
        copy(resource, "metadata", JSON.objectNode());
        copy(resource, "safety_identifier", JSON.nullNode());
        copy(resource, "prompt_cache_key", JSON.nullNode());
        return resource;
    }

    private void copy(ObjectNode resource, String field, JsonNode absent) {
        var asked = body.path(field);
        resource.set(field, asked.isMissingNode() || asked.isNull() ? absent : asked);
    }

    /** The format of the request, completed by the fields that a response requires. */
    private ObjectNode text() {
        var text = body.path("text").isObject() ? (ObjectNode) body.path("text").deepCopy() : JSON.objectNode();
        var format = text.path("format");
        if (format.path("type").asText().equals("json_schema")) {
            return text.set(
                    "format",
                    JSON.objectNode()
                            .putNull("description")
                            .put("strict", false)
                            .setAll((ObjectNode) format));
        }
        return format.isObject() ? text : text.set("format", JSON.objectNode().put("type", "text"));
    }

    private JsonNode reasoning() {
        var asked = body.path("reasoning");
        return asked.isObject()
                ? JSON.objectNode().putNull("effort").putNull("summary").setAll((ObjectNode) asked)
                : JSON.nullNode();
    }

    /** The tools of the request, completed by the fields that are optional in a request and required in a response. */
    private ArrayNode tools() {
        var tools = JSON.arrayNode();
        for (var asked : body.path("tools")) {
            var tool = JSON.objectNode();
            if (asked.path("type").asText().equals("function")) {
                tool.putNull("description").putNull("parameters").putNull("strict");
            }
            asked.properties().forEach(field -> tool.set(field.getKey(), field.getValue()));
            tools.add(tool);
        }
        return tools;
    }

    static ObjectNode usage(Tokens tokens) {
        var usage = JSON.objectNode()
                .put("input_tokens", tokens.input())
                .put("output_tokens", tokens.output())
                .put("total_tokens", tokens.input() + tokens.output());
        usage.set(
                "input_tokens_details",
                JSON.objectNode().put("cached_tokens", 0).put("cache_write_tokens", 0));
        usage.set("output_tokens_details", JSON.objectNode().put("reasoning_tokens", tokens.reasoning()));
        return usage;
    }

    private enum End {
        COMPLETED("completed"),
        INCOMPLETE("incomplete");

        private final String status;

        End(String status) {
            this.status = status;
        }

        String status() {
            return status;
        }
    }
}
