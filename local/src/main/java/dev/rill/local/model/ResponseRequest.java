package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The fields of a {@code POST /v1/responses} body that the model reads. */
record ResponseRequest(ObjectNode body) {

    enum Delivery {
        STREAM,
        WHOLE
    }

    /**
     * What a function has answered.
     *
     * @param name the function; empty if its call is not in the request
     */
    record FunctionOutput(String name, String text) {}

    Delivery delivery() {
        return body.path("stream").asBoolean() ? Delivery.STREAM : Delivery.WHOLE;
    }

    /** The text of the newest user message; empty if it has none. */
    String prompt() {
        var input = body.path("input");
        if (input.isTextual()) {
            return input.asText();
        }
        var newest = newestOfUser(input);
        return newest < 0 ? "" : textOf(input.get(newest).path("content"));
    }

    /**
     * The conversation before the newest user message: a line for each message, such as {@code user: Why?}, oldest
     * first.
     *
     * @param length maximum number of characters of each text
     * @param most maximum number of lines; the newest are kept
     */
    List<String> earlier(int length, int most) {
        var input = body.path("input");
        var lines = new ArrayList<String>();
        for (int i = 0; i < newestOfUser(input); i++) {
            if (input.get(i).hasNonNull("role")) {
                var text = textOf(input.get(i).path("content"));
                lines.add(
                        input.get(i).path("role").asText() + ": " + text.substring(0, Math.min(text.length(), length)));
            }
        }
        return List.copyOf(lines.subList(Math.max(0, lines.size() - most), lines.size()));
    }

    /**
     * The outputs of functions after the newest user message, oldest first; empty if the newest item is no output.
     *
     * @param length maximum number of characters of each
     */
    List<FunctionOutput> functionOutputs(int length) {
        var input = body.path("input");
        if (!isOutput(input.path(input.size() - 1))) {
            return List.of();
        }
        var newest = newestOfUser(input);
        var names = new HashMap<String, String>();
        var outputs = new ArrayList<FunctionOutput>();
        for (int i = 0; i < input.size(); i++) {
            var item = input.get(i);
            var callId = item.path("call_id").asText();
            if (isCall(item)) {
                names.put(callId, item.path("name").asText());
            } else if (isOutput(item) && i > newest) {
                outputs.add(new FunctionOutput(
                        names.getOrDefault(callId, ""), clipped(textOf(item.path("output")), length)));
            }
        }
        return outputs;
    }

    /** The names of the functions that were called after the newest user message. */
    Set<String> calledSincePrompt() {
        var input = body.path("input");
        var names = new HashSet<String>();
        for (int i = newestOfUser(input) + 1; i < input.size(); i++) {
            if (isCall(input.get(i))) {
                names.add(input.get(i).path("name").asText());
            }
        }
        return names;
    }

    /** The tools of type {@code function}. */
    List<ObjectNode> functions() {
        var functions = new ArrayList<ObjectNode>();
        for (var tool : body.path("tools")) {
            if (tool instanceof ObjectNode function
                    && "function".equals(tool.path("type").asText())) {
                functions.add(function);
            }
        }
        return functions;
    }

    /** The index of a function in {@code tools}; -1 if it is not there. */
    int toolIndex(String function) {
        var tools = body.path("tools");
        for (int i = 0; i < tools.size(); i++) {
            if (function.equals(tools.get(i).path("name").asText())) {
                return i;
            }
        }
        return -1;
    }

    ToolChoice toolChoice() {
        return ToolChoice.of(body.path("tool_choice"));
    }

    /**
     * Whether the request asks for reasoning: by an {@code effort} of {@code medium} or more, or by a summary. With
     * less effort a model answers an easy question at once.
     */
    boolean asksForReasoning() {
        var reasoning = body.path("reasoning");
        return switch (reasoning.path("effort").asText()) {
            case "none", "minimal", "low" -> false;
            case "medium", "high", "xhigh", "max" -> true;
            default -> reasoning.hasNonNull("summary");
        };
    }

    boolean asksForSummary() {
        return body.path("reasoning").hasNonNull("summary");
    }

    /** Whether {@code include} has this value. */
    boolean includes(String value) {
        for (var included : body.path("include")) {
            if (value.equals(included.asText())) {
                return true;
            }
        }
        return false;
    }

    /**
     * The log probabilities that the request asks for, by {@code include} or {@code top_logprobs}.
     *
     * @throws InvalidRequestException if {@code top_logprobs} is not between 0 and 20
     */
    Logprobs logprobs() {
        var top = body.path("top_logprobs").asInt(0);
        if (top < 0 || top > Logprobs.MOST) {
            throw new InvalidRequestException(
                    "Invalid 'top_logprobs': expected an integer between 0 and " + Logprobs.MOST + ", but got " + top
                            + " instead.",
                    Optional.of("top_logprobs"),
                    Optional.of(top < 0 ? "integer_below_min_value" : "integer_above_max_value"));
        }
        return top > 0 || includes("message.output_text.logprobs") ? new Logprobs.Top(top) : new Logprobs.None();
    }

    boolean continuesResponse() {
        return body.hasNonNull("previous_response_id");
    }

    boolean isStored() {
        return body.path("store").asBoolean(true);
    }

    JsonNode input() {
        return body.path("input");
    }

    TextFormat textFormat() {
        return TextFormat.of(body.path("text").path("format"));
    }

    boolean parallelToolCalls() {
        return body.path("parallel_tool_calls").asBoolean(true);
    }

    int maxOutputTokens() {
        return body.path("max_output_tokens").asInt(Integer.MAX_VALUE);
    }

    /** The number of input tokens: four characters each, and images by their size. */
    int inputTokens() {
        var characters = input().toString().length();
        var ofImages = 0;
        for (var item : input()) {
            for (var field : List.of("content", "output")) {
                for (var part : item.path(field)) {
                    if ("input_image".equals(part.path("type").asText())) {
                        characters -= part.path("image_url").asText().length();
                        ofImages += ImageTokens.of(part);
                    }
                }
            }
        }
        return characters / 4 + 1 + ofImages;
    }

    private static boolean isCall(JsonNode item) {
        return "function_call".equals(item.path("type").asText());
    }

    private static boolean isOutput(JsonNode item) {
        return "function_call_output".equals(item.path("type").asText());
    }

    private static String clipped(String text, int length) {
        var end = Math.min(text.length(), length);
        return text.substring(0, end > 0 && Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end);
    }

    /** The index of the newest user message; -1 if there is none. */
    private static int newestOfUser(JsonNode input) {
        for (int i = input.size() - 1; i >= 0; i--) {
            if ("user".equals(input.get(i).path("role").asText())) {
                return i;
            }
        }
        return -1;
    }

    private static String textOf(JsonNode content) {
        if (content.isTextual()) {
            return content.asText();
        }
        var text = new StringBuilder();
        content.forEach(part -> text.append(part.path("text").asText("")));
        return text.toString();
    }
}
