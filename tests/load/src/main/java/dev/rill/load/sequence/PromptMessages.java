package dev.rill.load.sequence;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/** A prompt as JSON, for each transport. */
public final class PromptMessages {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private PromptMessages() {}

    /** The {@code response.create} message. */
    public static String overWebSocket(String prompt) {
        return JSON.objectNode()
                .put("type", "response.create")
                .put("input", prompt)
                .toString();
    }

    /** The body of {@code POST /v1/responses}. */
    public static String overHttp(String prompt) {
        return JSON.objectNode().put("input", prompt).put("stream", true).toString();
    }
}
