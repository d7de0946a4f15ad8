package dev.rill.load.sequence;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/** What is asked, as JSON. */
public final class PromptMessages {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private PromptMessages() {}

    /** The message that asks on a socket. */
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
