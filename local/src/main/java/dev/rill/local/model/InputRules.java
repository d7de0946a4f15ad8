package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/** The rules by which OpenAI refuses the items of an {@code input}, with its codes and messages. */
final class InputRules {

    private static final int ENDS_SHOWN = 4;

    private InputRules() {}

    /** @throws InvalidRequestException if an item breaks a rule */
    static void check(JsonNode input, ReasoningSeal seal) {
        for (var item : input) {
            requireOwnReasoning(item, seal);
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
