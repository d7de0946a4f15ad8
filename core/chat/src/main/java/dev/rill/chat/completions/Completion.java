package dev.rill.chat.completions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.Json;
import java.util.Optional;

/**
 * The {@code chat.completion} of a response, and the pieces that its chunks share with it.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/chat/object">OpenAI, the chat completion object</a>
 */
public final class Completion {

    private static final String RESPONSE_PREFIX = "resp_";
    private static final String COMPLETION_PREFIX = "chatcmpl-";

    private Completion() {}

    /**
     * Returns the completion of a response that has ended and has not failed.
     *
     * @param response of the terminal event
     */
    public static ObjectNode of(ObjectNode response) {
        var completion = head(response, "chat.completion");
        var choice = completion.putArray("choices").addObject().put("index", 0);
        choice.set("message", message(response.path("output")));
        choice.set("logprobs", logProbabilities(response.path("output")));
        choice.put("finish_reason", finishReason(response));
        usage(response).ifPresent(usage -> completion.set("usage", usage));
        return completion;
    }

    /** Returns the fields that a completion and each of its chunks begin with. */
    static ObjectNode head(JsonNode response, String object) {
        var id = response.path("id").asText();
        var head = Json.object()
                .put(
                        "id",
                        id.startsWith(RESPONSE_PREFIX)
                                ? COMPLETION_PREFIX + id.substring(RESPONSE_PREFIX.length())
                                : id)
                .put("object", object)
                .put("created", response.path("created_at").asLong())
                .put("model", response.path("model").asText());
        if (response.path("service_tier").isTextual()) {
            head.set("service_tier", response.path("service_tier"));
        }
        return head;
    }

    private static ObjectNode message(JsonNode output) {
        var message = Json.object().put("role", "assistant");
        var text = textOf(output, "text");
        var refusal = textOf(output, "refusal");
        var calls = Json.object().arrayNode();
        for (var item : output) {
            if (isCall(item)) {
                calls.add(call(item));
            }
        }
        message.put("content", text.isEmpty() && !(refusal.isEmpty() && calls.isEmpty()) ? null : text);
        message.put("refusal", refusal.isEmpty() ? null : refusal);
        if (!calls.isEmpty()) {
            message.set("tool_calls", calls);
        }
        annotations(output).ifPresent(annotations -> message.set("annotations", annotations));
        return message;
    }

    /** Returns the texts of all messages, one after the other. */
    static String textOf(JsonNode output, String member) {
        var text = new StringBuilder();
        for (var item : output) {
            if (item.path("type").asText().equals("message")) {
                item.path("content")
                        .forEach(part -> text.append(part.path(member).asText("")));
            }
        }
        return text.toString();
    }

    private static Optional<ArrayNode> annotations(JsonNode output) {
        var citations = Json.object().arrayNode();
        for (var item : output) {
            for (var part : item.path("content")) {
                for (var annotation : part.path("annotations")) {
                    if (annotation.path("type").asText().equals("url_citation")) {
                        var citation = citations.addObject().put("type", "url_citation");
                        citation.set(
                                "url_citation",
                                annotation.<ObjectNode>deepCopy().without("type"));
                    }
                }
            }
        }
        return citations.isEmpty() ? Optional.empty() : Optional.of(citations);
    }

    static boolean isCall(JsonNode item) {
        return switch (item.path("type").asText()) {
            case "function_call", "custom_tool_call" -> true;
            default -> false;
        };
    }

    /** Returns the whole arguments of a call, which a custom tool calls its input. */
    static String arguments(JsonNode item) {
        return item.path(item.path("type").asText().equals("function_call") ? "arguments" : "input")
                .asText("");
    }

    private static ObjectNode call(JsonNode item) {
        return call(item, arguments(item));
    }

    /** Returns the tool call of an item with these arguments in place of its own. */
    static ObjectNode call(JsonNode item, String arguments) {
        var call = Json.object().put("id", item.path("call_id").asText());
        var name = item.path("name").asText();
        if (item.path("type").asText().equals("function_call")) {
            call.put("type", "function");
            call.set("function", Json.object().put("name", name).put("arguments", arguments));
        } else {
            call.put("type", "custom");
            call.set("custom", Json.object().put("name", name).put("input", arguments));
        }
        return call;
    }

    private static JsonNode logProbabilities(JsonNode output) {
        var all = Json.object().arrayNode();
        for (var item : output) {
            for (var part : item.path("content")) {
                if (part.path("logprobs") instanceof ArrayNode some) {
                    all.addAll(some);
                }
            }
        }
        return logProbabilities(all);
    }

    /** Returns the value of {@code logprobs}; null if there are none. */
    static JsonNode logProbabilities(ArrayNode content) {
        var logprobs = Json.object();
        if (content.isEmpty()) {
            return logprobs.nullNode();
        }
        logprobs.set("content", content);
        return logprobs.putNull("refusal");
    }

    /** An answer that anything but the model's filter has cut is one that was too long: no value says more. */
    static String finishReason(JsonNode response) {
        if (response.path("status").asText().equals("completed")) {
            for (var item : response.path("output")) {
                if (isCall(item)) {
                    return "tool_calls";
                }
            }
            return "stop";
        }
        var reason = response.path("incomplete_details").path("reason").asText();
        return reason.equals("content_filter") ? reason : "length";
    }

    /** Empty if the response has no usage, because Rill has ended it. */
    static Optional<ObjectNode> usage(JsonNode response) {
        var usage = response.path("usage");
        if (!usage.isObject()) {
            return Optional.empty();
        }
        var counted = Json.object()
                .put("prompt_tokens", usage.path("input_tokens").asLong())
                .put("completion_tokens", usage.path("output_tokens").asLong())
                .put("total_tokens", usage.path("total_tokens").asLong());
        counted.putObject("prompt_tokens_details")
                .put(
                        "cached_tokens",
                        usage.at("/input_tokens_details/cached_tokens").asLong())
                .put("audio_tokens", 0);
        counted.putObject("completion_tokens_details")
                .put(
                        "reasoning_tokens",
                        usage.at("/output_tokens_details/reasoning_tokens").asLong())
                .put("audio_tokens", 0)
                .put("accepted_prediction_tokens", 0)
                .put("rejected_prediction_tokens", 0);
        return Optional.of(counted);
    }
}
