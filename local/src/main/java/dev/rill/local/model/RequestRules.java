package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** The rules by which OpenAI refuses a request whose JSON is valid, with its codes and messages. */
final class RequestRules {

    private static final int ENDS_SHOWN = 4;

    private RequestRules() {}

    /**
     * Checks a request. Where it continues a response by {@code previous_response_id}, the call of an output may be in
     * that.
     *
     * @throws InvalidRequestException if it breaks a rule
     */
    static void check(ResponseRequest request, ReasoningSeal seal) {
        request.logprobs();
        var calls = new HashSet<String>();
        for (var item : request.input()) {
            requireNoReference(item);
            requireOwnReasoning(item, seal);
            switch (item.path("type").asText()) {
                case "function_call" -> calls.add(item.path("call_id").asText());
                case "function_call_output" -> {
                    if (!request.continuesResponse()) {
                        requireCall(item.path("call_id").asText(), calls);
                    }
                }
                default -> {
                    // No rule.
                }
            }
        }
    }

    /** References to items that are kept have been replaced. */
    private static void requireNoReference(JsonNode item) {
        if (StoredItems.isReference(item)) {
            throw InvalidRequestException.of("Item with id '" + item.path("id").asText() + "' not found.", "input");
        }
    }

    private static void requireCall(String callId, Set<String> calls) {
        if (!calls.contains(callId)) {
            throw InvalidRequestException.of(
                    "No tool call found for function call output with call_id " + callId + ".", "input");
        }
    }

    private static void requireOwnReasoning(JsonNode item, ReasoningSeal seal) {
        var content = item.path("encrypted_content");
        if (!content.isMissingNode() && !content.isNull() && !seal.isOwn(content.asText())) {
            throw new InvalidRequestException(
                    "The encrypted content " + shortened(content.asText()) + " could not be verified.",
                    Optional.empty(),
                    Optional.of("invalid_encrypted_content"));
        }
    }

    private static String shortened(String content) {
        return content.length() <= 2 * ENDS_SHOWN
                ? content
                : content.substring(0, ENDS_SHOWN) + "..." + content.substring(content.length() - ENDS_SHOWN);
    }
}
