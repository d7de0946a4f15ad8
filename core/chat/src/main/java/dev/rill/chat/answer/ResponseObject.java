package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.RequiredFields;
import dev.rill.chat.protocol.Status;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The {@code response} object of events and HTTP answers, with all fields that the protocol requires.
 *
 * @see <a href="https://www.openresponses.org/specification">Open Responses, ResponseResource</a>
 */
public final class ResponseObject {

    private static final List<String> ECHOED = List.of(
            "model",
            "previous_response_id",
            "instructions",
            "tools",
            "tool_choice",
            "truncation",
            "parallel_tool_calls",
            "text",
            "top_p",
            "presence_penalty",
            "frequency_penalty",
            "top_logprobs",
            "temperature",
            "reasoning",
            "max_output_tokens",
            "max_tool_calls",
            "store",
            "service_tier",
            "metadata",
            "safety_identifier",
            "prompt_cache_key");

    /** Fields whose value Rill decides. The model's server was sent other values, or assigns its own. */
    private static final Set<String> RILL_FIELDS = Set.of(
            "id",
            "object",
            "created_at",
            "status",
            "background",
            "max_output_tokens",
            "previous_response_id",
            "store",
            "stream",
            "stream_options");

    private static final String COMPLETED_ITEM = "completed";
    private static final String INCOMPLETE_ITEM = "incomplete";

    private ResponseObject() {}

    /** Creates a response without output. */
    public static ObjectNode of(ResponseHeader header, Status status) {
        var response = Json.object();
        response.put("id", header.id().value());
        response.put("object", "response");
        response.put("created_at", header.createdAt().getEpochSecond());
        response.putNull("completed_at");
        response.put("status", status.wire());
        response.putNull("incomplete_details");
        response.put("model", "");
        response.putNull("previous_response_id");
        response.putNull("instructions");
        response.putArray("output");
        response.putNull("error");
        response.putArray("tools");
        response.put("tool_choice", "auto");
        response.put("truncation", "disabled");
        response.put("parallel_tool_calls", true);
        response.putObject("text").putObject("format").put("type", "text");
        response.put("top_p", 1.0);
        response.put("presence_penalty", 0.0);
        response.put("frequency_penalty", 0.0);
        response.put("top_logprobs", 0);
        response.put("temperature", 1.0);
        response.putNull("reasoning");
        response.putNull("usage");
        response.putNull("max_output_tokens");
        response.putNull("max_tool_calls");
        response.put("store", true);
        response.put("background", header.background());
        response.put("service_tier", "default");
        response.putObject("metadata");
        response.putNull("safety_identifier");
        response.putNull("prompt_cache_key");
        for (var field : ECHOED) {
            var value = header.request().body().get(field);
            if (value != null && !value.isNull()) {
                response.set(field, RequestEcho.of(field, value));
            }
        }
        return response;
    }

    /** Creates the payload of an event about a response. */
    public static ObjectNode event(ObjectNode response) {
        var payload = Json.object();
        payload.set("response", response);
        return payload;
    }

    /** Creates the payload of an event about a response without output. */
    public static ObjectNode event(ResponseHeader header, Status status) {
        return event(of(header, status));
    }

    /** Creates a completed response without output and with a usage of zero: the model was not asked. */
    public static ObjectNode warmedUp(ResponseHeader header) {
        var response = of(header, Status.COMPLETED);
        response.put("completed_at", header.createdAt().getEpochSecond());
        response.putObject("usage").put("input_tokens", 0).put("output_tokens", 0);
        RequiredFields.completeUsage(response);
        return response;
    }

    /** Creates a response that has not ended, with the output so far. */
    public static ObjectNode running(ResponseHeader header, ArrayNode output) {
        return withOutput(of(header, header.status()), header, output, "in_progress");
    }

    /** Creates a failed response with the output so far. */
    public static ObjectNode failed(ResponseHeader header, ArrayNode output, String code, String message) {
        var response = withOutput(of(header, Status.FAILED), header, output, INCOMPLETE_ITEM);
        response.putObject("error").put("code", code).put("message", message);
        return response;
    }

    /** Creates an incomplete response with the output so far. */
    public static ObjectNode incomplete(ResponseHeader header, ArrayNode output, String reason) {
        var response = withOutput(of(header, Status.INCOMPLETE), header, output, INCOMPLETE_ITEM);
        response.putObject("incomplete_details").put("reason", reason);
        return response;
    }

    /** Creates a response that a client has cancelled, with the output so far. */
    public static ObjectNode cancelled(ResponseHeader header, ArrayNode output) {
        return withOutput(of(header, Status.CANCELLED), header, output, INCOMPLETE_ITEM);
    }

    /** @param itemStatus of an item that has none */
    private static ObjectNode withOutput(
            ObjectNode response, ResponseHeader header, ArrayNode output, String itemStatus) {
        EventCompleter.completeOutput(header.id(), output, output, itemStatus);
        response.set("output", output);
        return response;
    }

    /**
     * Creates the final response from the model's terminal event, with the fields that Rill decides and those that the
     * model's server has left out.
     *
     * @param output the output so far, which is used if the model's response has none
     */
    static ObjectNode ended(ResponseHeader header, Status status, JsonNode fromModel, ArrayNode output, Instant now) {
        var response = of(header, status);
        if (fromModel instanceof ObjectNode modelResponse) {
            for (var field : modelResponse.properties()) {
                if (!RILL_FIELDS.contains(field.getKey())
                        && isSaid(field.getKey(), field.getValue(), response.get(field.getKey()))) {
                    response.set(field.getKey(), RequestEcho.of(field.getKey(), field.getValue()));
                }
            }
        }
        if (!response.path("output").isArray() || (response.path("output").isEmpty() && !output.isEmpty())) {
            response.set("output", output);
        }
        EventCompleter.completeOutput(
                header.id(),
                response.withArray("output"),
                output,
                status == Status.COMPLETED ? COMPLETED_ITEM : INCOMPLETE_ITEM);
        RequiredFields.completeUsage(response);
        completeEnd(response, status);
        if (header.request().isCutByReservation() && code(response).equals("max_output_tokens")) {
            response.putObject("incomplete_details").put("reason", StopReason.BUDGET_EXCEEDED.wire());
        }
        if (status == Status.COMPLETED) {
            response.put("completed_at", now.getEpochSecond());
        }
        return response;
    }

    /**
     * Whether a value of the model says something: a null leaves the value of the request or the default, and so does a
     * value of another kind than the default.
     *
     * @param ours null if the protocol does not know the field
     */
    private static boolean isSaid(String field, JsonNode value, @Nullable JsonNode ours) {
        if (ours == null) {
            return true;
        }
        return !value.isNull()
                && (ours.isNull()
                        || value.getNodeType() == ours.getNodeType()
                        || (field.equals("tool_choice") && (value.isTextual() || value.isObject())));
    }

    private static void completeEnd(ObjectNode response, Status status) {
        if (!response.at("/incomplete_details/reason").isTextual() || status != Status.INCOMPLETE) {
            response.putNull("incomplete_details");
        }
        if (status != Status.FAILED) {
            return;
        }
        var error = response.path("error") instanceof ObjectNode said ? said : response.putObject("error");
        if (!error.hasNonNull("code")) {
            error.put("code", ModelFailure.SERVER_ERROR.code());
        }
        if (!error.hasNonNull("message")) {
            error.put("message", "The model failed without an error message.");
        }
    }

    /**
     * Replaces the fields that Rill decides in the {@code response} of an event of the model, and adds missing ones.
     */
    static void adopt(ResponseHeader header, ObjectNode fromModel) {
        var ours = of(header, Status.IN_PROGRESS);
        RILL_FIELDS.forEach(fromModel::remove);
        for (var field : ours.properties()) {
            if (!fromModel.hasNonNull(field.getKey())) {
                fromModel.set(field.getKey(), field.getValue());
            }
        }
    }

    /**
     * Returns the error code or the reason of a response that did not complete, {@code cancelled} if a client has
     * stopped it; the empty string if there is none.
     */
    public static String code(ObjectNode response) {
        var error = response.path("error").path("code").asText("");
        if (!error.isEmpty()) {
            return error;
        }
        return response.path("status").asText().equals(Status.CANCELLED.wire())
                ? StopReason.CANCELLED.wire()
                : response.path("incomplete_details").path("reason").asText("");
    }
}
