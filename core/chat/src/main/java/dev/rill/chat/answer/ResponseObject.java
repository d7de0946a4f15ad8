package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.Status;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * The {@code response} inside an event and in an HTTP answer: all fields that the protocol requires, from the request
 * and what Rill knows of the response.
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

    /**
     * Between the client and Rill: what the model's server was told here, or gives itself, is not what the client is
     * told.
     */
    private static final Set<String> NOT_THE_MODELS = Set.of(
            "id",
            "object",
            "created_at",
            "status",
            "background",
            "previous_response_id",
            "store",
            "stream",
            "stream_options");

    private ResponseObject() {}

    /** A response without output. */
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
        response.put("background", header.request().path("background").asBoolean(false));
        response.put("service_tier", "default");
        response.putObject("metadata");
        response.putNull("safety_identifier");
        response.putNull("prompt_cache_key");
        for (var field : ECHOED) {
            var value = header.request().get(field);
            if (value != null && !value.isNull()) {
                response.set(field, RequestEcho.of(field, value));
            }
        }
        return response;
    }

    /** What an event about a response carries. */
    public static ObjectNode event(ObjectNode response) {
        var payload = Json.object();
        payload.set("response", response);
        return payload;
    }

    /** What an event about a response without output carries. */
    public static ObjectNode event(ResponseHeader header, Status status) {
        return event(of(header, status));
    }

    /** A response that ended as soon as it was asked for, without the model: no output, and no use of it. */
    public static ObjectNode warmedUp(ResponseHeader header) {
        var response = of(header, Status.COMPLETED);
        response.put("completed_at", header.createdAt().getEpochSecond());
        var usage = response.putObject("usage")
                .put("input_tokens", 0)
                .put("output_tokens", 0)
                .put("total_tokens", 0);
        usage.putObject("input_tokens_details").put("cached_tokens", 0);
        usage.putObject("output_tokens_details").put("reasoning_tokens", 0);
        return response;
    }

    /** A response that failed, with the output so far. */
    public static ObjectNode failed(ResponseHeader header, ArrayNode output, String code, String message) {
        var response = of(header, Status.FAILED);
        response.set("output", output);
        response.putObject("error").put("code", code).put("message", message);
        return response;
    }

    /** A response that was ended before its time, with the output so far. */
    public static ObjectNode incomplete(ResponseHeader header, ArrayNode output, String reason) {
        var response = of(header, Status.INCOMPLETE);
        response.set("output", output);
        response.putObject("incomplete_details").put("reason", reason);
        return response;
    }

    /** The model's own last word, with Rill's id and times; what the model left out is filled in. */
    static ObjectNode ended(ResponseHeader header, Status status, JsonNode fromModel, ArrayNode output, Instant now) {
        var response = of(header, status);
        if (fromModel instanceof ObjectNode told) {
            for (var field : told.properties()) {
                if (!NOT_THE_MODELS.contains(field.getKey())) {
                    response.set(field.getKey(), RequestEcho.of(field.getKey(), field.getValue()));
                }
            }
        }
        if (!response.path("output").isArray() || (response.path("output").isEmpty() && !output.isEmpty())) {
            response.set("output", output);
        }
        if (status == Status.COMPLETED) {
            response.put("completed_at", now.getEpochSecond());
        }
        if (status == Status.FAILED && !response.path("error").isObject()) {
            response.putObject("error")
                    .put("code", ModelFailure.SERVER_ERROR.code())
                    .put("message", "The model failed and did not say why.");
        }
        return response;
    }

    /** Changes the {@code response} in an event that the model has made, so that it tells what the client asked for. */
    static void adopt(ResponseHeader header, ObjectNode fromModel) {
        var own = of(header, Status.IN_PROGRESS);
        for (var field : NOT_THE_MODELS) {
            if (own.has(field)) {
                fromModel.set(field, own.get(field));
            } else {
                fromModel.remove(field);
            }
        }
    }

    /** Why a response failed or is incomplete; empty text if neither. */
    public static String code(ObjectNode response) {
        var error = response.path("error").path("code").asText("");
        return error.isEmpty()
                ? response.path("incomplete_details").path("reason").asText("")
                : error;
    }
}
