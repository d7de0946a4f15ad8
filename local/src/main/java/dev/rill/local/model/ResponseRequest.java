package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** A body of {@code POST /v1/responses}, as far as the model reads it. */
record ResponseRequest(ObjectNode body) {

  enum Delivery { STREAM, WHOLE }

  Delivery delivery() {
    return body.path("stream").asBoolean() ? Delivery.STREAM : Delivery.WHOLE;
  }

  /** The last thing that a user said; empty if it has no text. */
  String prompt() {
    var input = body.path("input");
    if (input.isTextual()) {
      return input.asText();
    }
    for (int i = input.size() - 1; i >= 0; i--) {
      if ("user".equals(input.get(i).path("role").asText())) {
        return textOf(input.get(i).path("content"));
      }
    }
    return "";
  }

  /** What a function returned, where that is the newest item. */
  Optional<String> functionOutput() {
    var input = body.path("input");
    var last = input.path(input.size() - 1);
    return "function_call_output".equals(last.path("type").asText())
        ? Optional.of(textOf(last.path("output")))
        : Optional.empty();
  }

  /** The name of the first function that may be called. */
  Optional<String> functionName() {
    return Optional.ofNullable(body.path("tools").path(0).path("name").asText(null));
  }

  int maxOutputTokens() {
    return body.path("max_output_tokens").asInt(Integer.MAX_VALUE);
  }

  /** About four characters each. */
  int inputTokens() {
    return body.path("input").toString().length() / 4 + 1;
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
