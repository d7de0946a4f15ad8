package dev.rill.openai.completions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.Json;

/** Translates the usage of a chat completion. */
final class Usage {

    private Usage() {}

    /** Returns the usage of a response, whose details are zero where the server gives none. */
    static ObjectNode of(JsonNode chat) {
        long input = count(chat.path("prompt_tokens"));
        long output = count(chat.path("completion_tokens"));
        var usage = Json.object().put("input_tokens", input);
        // DeepSeek's name, for a server that has no details.
        long cached = count(chat.path("prompt_cache_hit_tokens"));
        details(
                usage.putObject("input_tokens_details").put("cached_tokens", cached),
                chat.path("prompt_tokens_details"));
        usage.put("output_tokens", output);
        details(
                usage.putObject("output_tokens_details").put("reasoning_tokens", 0),
                chat.path("completion_tokens_details"));
        var total = chat.path("total_tokens");
        return usage.put("total_tokens", total.isIntegralNumber() ? count(total) : input + output);
    }

    private static void details(ObjectNode to, JsonNode from) {
        for (var detail : from.properties()) {
            if (detail.getValue().isIntegralNumber()) {
                to.put(detail.getKey(), count(detail.getValue()));
            }
        }
    }

    private static long count(JsonNode number) {
        return number.isIntegralNumber() && number.canConvertToLong() ? Math.max(0, number.longValue()) : 0;
    }
}
