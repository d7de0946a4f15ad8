package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The fields of a {@code POST /v1/responses} body that the model reads. */
record ResponseRequest(ObjectNode body) {

    enum Delivery {
        STREAM,
        WHOLE
    }

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

    /** The output of a function, if that is the newest item. */
    Optional<String> functionOutput() {
        var input = body.path("input");
        var last = input.path(input.size() - 1);
        return "function_call_output".equals(last.path("type").asText())
                ? Optional.of(textOf(last.path("output")))
                : Optional.empty();
    }

    /** The name of the request's first function. */
    Optional<String> functionName() {
        return Optional.ofNullable(body.path("tools").path(0).path("name").asText(null));
    }

    int maxOutputTokens() {
        return body.path("max_output_tokens").asInt(Integer.MAX_VALUE);
    }

    /** The number of input tokens, counted as four characters each. */
    int inputTokens() {
        return body.path("input").toString().length() / 4 + 1;
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
