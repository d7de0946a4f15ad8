package dev.rill.load.faults.wire;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.load.faults.prompt.PromptPlan;
import java.util.Optional;

/** The messages and bodies that a client sends. */
public final class ClientMessages {

    /** The stream of each request, which a socket's events repeat. */
    static final String STREAM_ID = "1";

    public static final String PING =
            JsonNodeFactory.instance.objectNode().put("type", "rill:ping").toString();

    private ClientMessages() {}

    /**
     * The {@code response.create} message. Each names one stream, so that a socket's requests share a lane, and every
     * response is handed on there.
     *
     * @param previous the response that the request continues
     * @param eventId the idempotency key; sent only by a client that repeats its request
     */
    public static String create(PromptPlan plan, Optional<String> previous, String eventId) {
        var message = JsonNodeFactory.instance
                .objectNode()
                .put("type", "response.create")
                .put("stream_id", STREAM_ID);
        switch (plan.request().repeat()) {
            case UNDER_THE_SAME_KEY -> message.put("event_id", eventId);
            case NEVER -> {}
        }
        return body(message, plan, previous).toString();
    }

    /** The body of {@code POST /v1/responses}. */
    static String body(PromptPlan plan, Optional<String> previous) {
        return body(JsonNodeFactory.instance.objectNode().put("stream", true), plan, previous)
                .toString();
    }

    public static String resume(String responseId, long startingAfter) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", "rill:response.resume")
                .put("response_id", responseId)
                .put("starting_after", startingAfter)
                .toString();
    }

    public static String cancel(String responseId) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", "response.cancel")
                .put("response_id", responseId)
                .toString();
    }

    private static ObjectNode body(ObjectNode body, PromptPlan plan, Optional<String> previous) {
        previous.ifPresent(id -> body.put("previous_response_id", id));
        if (!plan.request().stored()) {
            body.put("store", false);
        }
        return body.put("input", plan.text());
    }
}
