package dev.rill.tests.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What Rill sends beyond the published schema or beyond OpenAI's client: all exceptions from {@link Conformance}. The
 * schema allows any {@code error.code} and any {@code incomplete_details.reason}; OpenAI's client calls values that it
 * does not know invalid. OpenAI has tools that run at the model's server; the schema knows functions alone.
 */
final class Extensions {

    /** The prefix of the types of events and of the names of fields that the standard lacks. */
    private static final String PREFIX = "rill:";

    /** The values of the {@code object} field of what only Rill has. */
    private static final Set<String> OBJECTS = Set.of("ticket", "usage");

    /** Codes of failed responses: Rill's own, and one of a model's server that is passed on. */
    private static final Set<String> ERROR_CODES = Set.of(
            "context_length_exceeded",
            "conversation_too_long",
            "gave_up",
            "insufficient_quota",
            "model_disconnected",
            "model_invalid_output",
            "model_not_found",
            "model_timeout",
            "model_unauthorized",
            "model_unreachable",
            "previous_response_not_found");

    /** Rill's own reasons of incomplete responses. */
    private static final Set<String> INCOMPLETE_REASONS =
            Set.of("budget_exceeded", "client_gone", "size_limit", "time_limit");

    private Extensions() {}

    /** Whether only Rill has events of this type. */
    static boolean isOwnEvent(JsonNode event) {
        return event.path("type").asText().startsWith(PREFIX);
    }

    /**
     * The fields of what is sent to the web page alone: its configuration, and the outcomes of the faults that it
     * injects into a local stack.
     */
    private static final Set<Set<String>> OF_THE_PAGE =
            Set.of(Set.of("socket_url", "authentication", "model"), Set.of("killed"), Set.of("cut"));

    /** Whether only Rill has objects of this kind: tickets, usage, the answer to {@code GET /health}, the page's. */
    static boolean isOwnObject(JsonNode object) {
        return OBJECTS.contains(object.path("object").asText())
                || OF_THE_PAGE.contains(fields(object))
                || object.equals(JsonNodeFactory.instance.objectNode().put("status", "ok"));
    }

    private static Set<String> fields(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey).collect(Collectors.toUnmodifiableSet());
    }

    /** Whether it says that a response was deleted. OpenAI's client takes this without a model of it. */
    static boolean isDeletion(JsonNode object) {
        return object.path("deleted").isBoolean();
    }

    /** Whether API Gateway sent it, in place of a function. */
    static boolean isOfApiGateway(JsonNode message) {
        return !message.has("type") && message.has("connectionId") && message.has("requestId");
    }

    /** A response, or an event with one, without the tools that only OpenAI has. */
    static JsonNode forTheStandard(JsonNode value) {
        var copy = value.deepCopy();
        for (var response : new JsonNode[] {copy, copy.path("response")}) {
            withoutHostedTools(response.path("tools"));
            withoutHostedTools(response.at("/tool_choice/tools"));
        }
        return copy;
    }

    private static void withoutHostedTools(JsonNode tools) {
        var each = tools.iterator();
        while (each.hasNext()) {
            if (!each.next().path("type").asText().equals("function")) {
                each.remove();
            }
        }
    }

    /** A response, or an event with one, with values that OpenAI's client knows in place of Rill's own. */
    static JsonNode forOpenAi(JsonNode value) {
        var copy = value.deepCopy();
        for (var response : new JsonNode[] {copy, copy.path("response")}) {
            replace(response.path("error"), "code", ERROR_CODES, "server_error");
            replace(response.path("incomplete_details"), "reason", INCOMPLETE_REASONS, "max_output_tokens");
        }
        return copy;
    }

    private static void replace(JsonNode object, String field, Set<String> own, String known) {
        if (own.contains(object.path(field).asText())) {
            ((ObjectNode) object).put(field, known);
        }
    }
}
