package dev.rill.local.model;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * Compacts a conversation into one item of type {@code compaction}, whose content is signed, and verified where it is
 * played back. OpenAI's output has the messages of the user besides, which openai-java's {@code validate()} refuses.
 */
final class Compaction {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int OUTPUT_TOKENS = 16;

    private Compaction() {}

    /** @throws InvalidRequestException if the request breaks a rule */
    static ObjectNode of(ResponseRequest request, ReasoningSeal seal, Ids ids, Instant now) {
        RequestRules.check(request, seal);
        var output = JSON.arrayNode();
        output.addObject()
                .put("type", "compaction")
                .put("id", ids.next("cmp"))
                .put(
                        "encrypted_content",
                        seal.seal("A conversation of " + request.input().size() + " items."));
        var compaction = JSON.objectNode()
                .put("id", ids.next("resp"))
                .put("object", "response.compaction")
                .put("created_at", now.getEpochSecond());
        compaction.set("output", output);
        compaction.set(
                "usage", ResponseResource.usage(new ResponseResource.Tokens(request.inputTokens(), OUTPUT_TOKENS, 0)));
        return compaction;
    }
}
