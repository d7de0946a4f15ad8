package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;

/**
 * An answer in Chat Completions: chunks, or one completion. Reasoning is sent as {@code reasoning_content}, as DeepSeek
 * and vLLM do.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/chat-streaming">OpenAI, the chunk object</a>
 */
final class ChatWire implements Wire {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final boolean usageAsked;
    private final Map<Integer, Integer> calls = new HashMap<>();
    private JsonNode response = JSON.objectNode();

    /** @param usageAsked whether the last chunk has the usage */
    ChatWire(boolean usageAsked) {
        this.usageAsked = usageAsked;
    }

    @Override
    public String text(ObjectNode event) {
        return switch (event.path("type").asText()) {
            case "response.created" -> {
                response = event.path("response");
                yield chunk(JSON.objectNode().put("role", "assistant").put("content", ""));
            }
            case "response.output_text.delta" -> chunk(piece("content", event), event.path("logprobs"));
            case "response.refusal.delta" -> chunk(piece("refusal", event));
            case "response.reasoning_summary_text.delta" -> chunk(piece("reasoning_content", event));
            case "response.output_item.added" -> begin(event);
            case "response.function_call_arguments.delta" -> arguments(event);
            case "response.completed", "response.incomplete" -> end(event.path("response"));
            case "response.failed" -> error(event.at("/response/error"));
            case "error" -> error(event.path("error"));
            default -> "";
        };
    }

    @Override
    public String garbled() {
        return "data: {\"choices\":[{\"delta\":{\"con\n\n";
    }

    @Override
    public String half() {
        return "data: {\"choices\":[{\"delt";
    }

    @Override
    public JsonNode whole(JsonNode ended) {
        var completion = head("chat.completion", ended);
        var choice = completion.putArray("choices").addObject().put("index", 0);
        choice.set("message", message(ended));
        choice.putNull("logprobs").put("finish_reason", finishReason(ended));
        completion.set("usage", usage(ended.path("usage")));
        return completion;
    }

    private static ObjectNode piece(String name, ObjectNode event) {
        return JSON.objectNode().put(name, event.path("delta").asText());
    }

    private String begin(ObjectNode event) {
        var item = event.path("item");
        if (!item.path("type").asText().equals("function_call")) {
            return "";
        }
        int index = calls.size();
        calls.put(event.path("output_index").asInt(), index);
        return chunk(calls(call(item).put("index", index)));
    }

    private String arguments(ObjectNode event) {
        var call = JSON.objectNode()
                .put("index", calls.get(event.path("output_index").asInt()));
        call.putObject("function").put("arguments", event.path("delta").asText());
        return chunk(calls(call));
    }

    private static ObjectNode calls(ObjectNode call) {
        var delta = JSON.objectNode();
        delta.putArray("tool_calls").add(call);
        return delta;
    }

    private static ObjectNode call(JsonNode item) {
        var call = JSON.objectNode().put("id", item.path("call_id").asText()).put("type", "function");
        call.putObject("function")
                .put("name", item.path("name").asText())
                .put("arguments", item.path("arguments").asText());
        return call;
    }

    private String end(JsonNode ended) {
        var last = choice(JSON.objectNode(), JSON.nullNode()).put("finish_reason", finishReason(ended));
        var text = data(head("chat.completion.chunk", response)
                .set("choices", JSON.arrayNode().add(last)));
        if (!usageAsked) {
            return text;
        }
        var chunk = head("chat.completion.chunk", response);
        chunk.putArray("choices");
        chunk.set("usage", usage(ended.path("usage")));
        return text + data(chunk);
    }

    private static String error(JsonNode error) {
        var body = JSON.objectNode();
        body.putObject("error")
                .put("message", error.path("message").asText())
                .put("type", error.path("code").asText())
                .put("code", error.path("code").asText());
        return data(body);
    }

    private String chunk(ObjectNode delta) {
        return chunk(delta, JSON.nullNode());
    }

    private String chunk(ObjectNode delta, JsonNode logprobs) {
        var chunk = head("chat.completion.chunk", response);
        chunk.putArray("choices").add(choice(delta, logprobs).putNull("finish_reason"));
        return data(chunk);
    }

    private static ObjectNode choice(ObjectNode delta, JsonNode logprobs) {
        var choice = JSON.objectNode().put("index", 0);
        choice.set("delta", delta);
        if (logprobs.isEmpty()) {
            choice.putNull("logprobs");
        } else {
            choice.putObject("logprobs").set("content", logprobs);
        }
        return choice;
    }

    private static String data(JsonNode chunk) {
        return "data: " + chunk + "\n\n";
    }

    private static ObjectNode head(String object, JsonNode response) {
        return JSON.objectNode()
                .put("id", response.path("id").asText().replaceFirst("resp_", "chatcmpl-"))
                .put("object", object)
                .put("created", response.path("created_at").asLong())
                .put("model", response.path("model").asText());
    }

    private static ObjectNode message(JsonNode ended) {
        var text = new StringBuilder();
        var refusal = new StringBuilder();
        ArrayNode called = JSON.arrayNode();
        for (var item : ended.path("output")) {
            if (item.path("type").asText().equals("function_call")) {
                called.add(call(item));
            }
            for (var part : item.path("content")) {
                text.append(part.path("text").asText(""));
                refusal.append(part.path("refusal").asText(""));
            }
        }
        var message = JSON.objectNode().put("role", "assistant").put("content", text.toString());
        message.put("refusal", refusal.isEmpty() ? null : refusal.toString());
        if (!called.isEmpty()) {
            message.set("tool_calls", called);
        }
        return message;
    }

    private static String finishReason(JsonNode ended) {
        if (ended.path("status").asText().equals("incomplete")) {
            return "length";
        }
        for (var item : ended.path("output")) {
            if (item.path("type").asText().equals("function_call")) {
                return "tool_calls";
            }
        }
        return "stop";
    }

    private static ObjectNode usage(JsonNode usage) {
        var chat = JSON.objectNode()
                .put("prompt_tokens", usage.path("input_tokens").asInt())
                .put("completion_tokens", usage.path("output_tokens").asInt())
                .put("total_tokens", usage.path("total_tokens").asInt());
        chat.set("prompt_tokens_details", usage.path("input_tokens_details"));
        chat.set("completion_tokens_details", usage.path("output_tokens_details"));
        return chat;
    }
}
