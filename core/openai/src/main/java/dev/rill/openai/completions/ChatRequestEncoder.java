package dev.rill.openai.completions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.protocol.Json;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Encodes a request of the Responses API as one of Chat Completions.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/chat/create">OpenAI, create chat completion</a>
 */
public final class ChatRequestEncoder {

    private static final String INEXPRESSIBLE = "The model's server speaks Chat Completions, which has no such field.";

    private static final String UNKNOWN =
            "The model's server speaks Chat Completions, and is sent no field of this name.";

    /** What a field of Chat Completions is called here; passed on as it is, it would evade the operator's limits. */
    private static final Map<String, String> OTHER_NAMES = Map.ofEntries(
            Map.entry("messages", "It is 'input' here."),
            Map.entry("functions", "It is 'tools' here."),
            Map.entry("function_call", "It is 'tool_choice' here."),
            Map.entry("max_tokens", "It is 'max_output_tokens' here."),
            Map.entry("max_completion_tokens", "It is 'max_output_tokens' here."),
            Map.entry("n_predict", "It is 'max_output_tokens' here."),
            Map.entry("response_format", "It is 'text.format' here."),
            Map.entry("reasoning_effort", "It is 'reasoning.effort' here."),
            Map.entry("verbosity", "It is 'text.verbosity' here."),
            Map.entry("web_search_options", "Hosted tools are not expressed in Chat Completions."),
            Map.entry("n", "A response has one answer."),
            Map.entry("modalities", "Answers are text."),
            Map.entry("audio", "Answers are text."));

    private static final Set<String> REFUSED =
            Set.of("prompt", "conversation", "previous_response_id", "max_tool_calls");

    /**
     * Fields that are encoded, or that ask for nothing that a server of Chat Completions gives. What a client includes
     * belongs to hosted tools or is encrypted reasoning, which there are none of.
     */
    private static final Set<String> ENCODED = Set.of(
            "input",
            "instructions",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "text",
            "reasoning",
            "max_output_tokens",
            "include",
            "top_logprobs",
            "store",
            "metadata",
            "truncation",
            "stream",
            "stream_options",
            "background",
            "generate",
            // Codex sends it to every server.
            "client_metadata");

    /**
     * Fields that are sent as they are: those that both protocols have, and those by which servers choose tokens. Of
     * other fields Rill does not know whether they are a limit by another name, a search that costs money, or the name
     * of another model or host, so that they would evade the operator's policy.
     */
    private static final Set<String> PASSED = Set.of(
            "model",
            "temperature",
            "top_p",
            "presence_penalty",
            "frequency_penalty",
            "service_tier",
            "user",
            "safety_identifier",
            "prompt_cache_key",
            "prompt_cache_retention",
            "seed",
            "random_seed",
            "stop",
            "stop_token_ids",
            "logit_bias",
            "top_k",
            "top_a",
            "min_p",
            "min_tokens",
            "chat_template_kwargs",
            "typical_p",
            "repetition_penalty",
            "repeat_penalty",
            "repeat_last_n",
            "mirostat",
            "mirostat_tau",
            "mirostat_eta",
            "dry_multiplier",
            "dry_base",
            "dry_allowed_length",
            "xtc_probability",
            "xtc_threshold");

    private ChatRequestEncoder() {}

    /**
     * Returns the body of {@code POST /chat/completions}, which shares values with the request. Of the fields that
     * neither protocol defines, those are kept by which many servers choose tokens, such as {@code top_k}.
     *
     * <p>The limit is {@code max_tokens}, which every server knows; those that want {@code max_completion_tokens}
     * refuse it by name.
     *
     * @param request the body of {@code POST /responses}, with a {@code model}; its {@code input} may be raw JSON
     * @throws ModelException {@link dev.rill.chat.model.ModelFailure#REJECTED}, with the status 400 and the name of the
     *     first field that can't be expressed
     */
    public static ObjectNode encode(ObjectNode request) throws ModelException {
        refuse(request);
        var body = Json.object();
        body.set("model", request.path("model"));
        messages(request, body);
        for (var field : request.properties()) {
            if (PASSED.contains(field.getKey()) && !field.getValue().isNull()) {
                body.set(field.getKey(), field.getValue());
            }
        }
        ToolEncoder.encode(request, body);
        text(request.path("text"), body);
        if (request.path("reasoning").hasNonNull("effort")) {
            body.set("reasoning_effort", request.at("/reasoning/effort"));
        }
        if (request.hasNonNull("max_output_tokens")) {
            body.set("max_tokens", request.get("max_output_tokens"));
        }
        logProbabilities(request, body);
        if (request.path("store").asBoolean(false)) {
            storage(request, body);
        }
        body.put("stream", true).putObject("stream_options").put("include_usage", true);
        return body;
    }

    private static void refuse(ObjectNode request) throws ModelException {
        for (var field : request.properties()) {
            if (field.getValue().isNull()) {
                continue;
            }
            var here = OTHER_NAMES.get(field.getKey());
            if (here != null) {
                throw Unsupported.field(field.getKey(), here);
            }
            if (REFUSED.contains(field.getKey())) {
                throw Unsupported.field(field.getKey(), INEXPRESSIBLE);
            }
            if (!ENCODED.contains(field.getKey()) && !PASSED.contains(field.getKey())) {
                throw Unsupported.field(shortened(field.getKey()), UNKNOWN);
            }
        }
        if (request.path("truncation").asText("disabled").equals("auto")) {
            throw Unsupported.field("truncation", "The model's server speaks Chat Completions and truncates nothing.");
        }
    }

    private static String shortened(String name) {
        return name.substring(0, Math.min(name.length(), 64));
    }

    private static void messages(ObjectNode request, ObjectNode body) throws ModelException {
        var encoder = new MessageEncoder(body.putArray("messages"));
        encoder.instructions(request.path("instructions").asText(""));
        var input = readable(request.path("input"));
        if (input.isTextual()) {
            encoder.item(Json.object().put("role", "user").set("content", input));
        }
        for (var item : input) {
            encoder.item(item);
        }
        encoder.end();
    }

    /** The flow gives a conversation as raw JSON, which must be read to be translated. */
    private static JsonNode readable(JsonNode input) {
        return input.isPojo() ? Json.find(Json.write(input)).orElse(input) : input;
    }

    private static void text(JsonNode text, ObjectNode body) throws ModelException {
        if (text.hasNonNull("verbosity")) {
            body.set("verbosity", text.get("verbosity"));
        }
        var format = text.path("format");
        switch (format.path("type").asText("text")) {
            case "text" -> {}
            case "json_object" -> body.putObject("response_format").put("type", "json_object");
            case "json_schema" -> {
                var schema = body.putObject("response_format")
                        .put("type", "json_schema")
                        .putObject("json_schema");
                for (var name : List.of("name", "description", "schema", "strict")) {
                    if (format.hasNonNull(name)) {
                        schema.set(name, format.get(name));
                    }
                }
            }
            default -> throw Unsupported.field("text.format.type", INEXPRESSIBLE);
        }
    }

    private static void logProbabilities(ObjectNode request, ObjectNode body) {
        for (var included : request.path("include")) {
            if (included.asText().equals("message.output_text.logprobs")) {
                body.put("logprobs", true);
                if (request.path("top_logprobs").asInt() > 0) {
                    body.set("top_logprobs", request.get("top_logprobs"));
                }
            }
        }
    }

    /** Servers take {@code metadata} only with what they store. */
    private static void storage(ObjectNode request, ObjectNode body) {
        body.put("store", true);
        if (request.hasNonNull("metadata")) {
            body.set("metadata", request.get("metadata"));
        }
    }
}
