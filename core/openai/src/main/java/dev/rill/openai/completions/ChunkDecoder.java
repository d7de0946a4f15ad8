package dev.rill.openai.completions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.openai.completions.OutputWriter.TextKind;
import java.util.List;

/**
 * Decodes the chunks of one streamed chat completion as the events that a server of the Responses API would send. Does
 * no I/O. For use by one thread.
 *
 * <p>Takes what servers send beyond or in place of the protocol: reasoning in {@code reasoning_content} (DeepSeek,
 * llama.cpp, vLLM) or {@code reasoning} (Ollama, OpenRouter, vLLM), content as a list of parts (Mistral), usage in
 * several chunks or in {@code x_groq}, a {@code message} in place of a {@code delta}, an empty {@code finish_reason}.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/chat-streaming">OpenAI, the chunk object</a>
 */
public final class ChunkDecoder {

    private static final ArrayNode NOTHING = Json.object().arrayNode();

    private final String seed;
    private final OutputWriter output;
    private final ToolCallDecoder calls;
    private final ObjectNode response = Json.object();
    private JsonNode usage = MissingNode.getInstance();
    private String finishReason = "";
    private boolean begun;

    /** @param seed letters and digits that no other response's items have in their ids */
    public ChunkDecoder(String seed) {
        this.seed = seed;
        this.output = new OutputWriter(seed);
        this.calls = new ToolCallDecoder(output, seed);
    }

    /** Whether the text is one chunk: it has choices, or the usage alone. */
    public static boolean isChunk(ObjectNode payload) {
        return payload.path("choices").isArray() || payload.path("usage").isObject();
    }

    /** Whether the server has told why the model has stopped: nothing but the usage is missing then. */
    public boolean isFinished() {
        return !finishReason.isEmpty();
    }

    /**
     * Returns the events of one chunk; empty if it adds nothing.
     *
     * @throws ModelException if the model's server has sent something that is no answer
     */
    public List<ModelEvent> decode(ObjectNode chunk) throws ModelException {
        if (!begun) {
            begin(chunk);
        }
        for (var reported : List.of(chunk.path("usage"), chunk.at("/x_groq/usage"))) {
            if (reported.isObject()) {
                usage = reported;
            }
        }
        adopt(chunk, "model");
        adopt(chunk, "service_tier");
        for (var choice : chunk.path("choices")) {
            // Rill asks for one choice.
            if (choice.path("index").asInt(0) == 0) {
                choice(choice);
            }
        }
        return output.take();
    }

    /**
     * Returns the last events, of which the very last is the terminal one.
     *
     * @throws ModelException if a tool call has no name
     */
    public List<ModelEvent> end() throws ModelException {
        if (!begun) {
            throw ModelException.of(ModelFailure.DISCONNECTED, "The model's stream ended before its answer did.");
        }
        calls.end();
        var reason = incompleteReason();
        var status = reason.isEmpty() ? "completed" : "incomplete";
        var ended = response.deepCopy().put("status", status);
        ended.set("output", output.end(status));
        if (!reason.isEmpty()) {
            ended.putObject("incomplete_details").put("reason", reason);
        }
        if (usage.isObject()) {
            ended.set("usage", Usage.of(usage));
        }
        output.response(reason.isEmpty() ? EventTypes.COMPLETED : EventTypes.INCOMPLETE, ended);
        return output.take();
    }

    private String incompleteReason() {
        return switch (finishReason) {
            case "length", "max_tokens", "model_length" -> "max_output_tokens";
            case "content_filter" -> "content_filter";
            default -> "";
        };
    }

    private void begin(ObjectNode chunk) {
        begun = true;
        response.put("id", "resp_" + seed)
                .put("object", "response")
                .put("created_at", chunk.path("created").asLong())
                .put("status", "in_progress")
                .putArray("output");
        adopt(chunk, "model");
        output.response(EventTypes.CREATED, response.deepCopy());
        output.response(EventTypes.IN_PROGRESS, response.deepCopy());
    }

    private void adopt(ObjectNode chunk, String field) {
        if (!chunk.path(field).asText("").isBlank()) {
            response.set(field, chunk.get(field));
        }
    }

    private void choice(JsonNode choice) throws ModelException {
        var delta = choice.path("delta").isObject() ? choice.path("delta") : choice.path("message");
        reasoning(delta);
        content(delta.path("content"), choice.at("/logprobs/content"));
        text(TextKind.REFUSAL, delta.path("refusal"), NOTHING);
        for (var piece : delta.path("tool_calls")) {
            calls.piece(piece);
        }
        var reason = choice.path("finish_reason").asText("");
        if (!reason.isEmpty()) {
            finishReason = reason;
        }
    }

    /** vLLM sends the same text under both names. */
    private void reasoning(JsonNode delta) {
        var first = delta.path("reasoning_content");
        text(TextKind.REASONING, first.isTextual() ? first : delta.path("reasoning"), NOTHING);
    }

    private void content(JsonNode content, JsonNode logProbabilities) {
        text(
                TextKind.OUTPUT_TEXT,
                content,
                logProbabilities instanceof ArrayNode array
                        ? array.deepCopy()
                        : Json.object().arrayNode());
        if (!content.isArray()) {
            return;
        }
        for (var part : content) {
            text(TextKind.OUTPUT_TEXT, part.path("text"), Json.object().arrayNode());
            for (var thought : part.path("thinking")) {
                text(TextKind.REASONING, thought.path("text"), NOTHING);
            }
        }
    }

    private void text(TextKind kind, JsonNode delta, ArrayNode logProbabilities) {
        if (delta.isTextual() && !delta.textValue().isEmpty()) {
            output.text(kind, delta.textValue(), logProbabilities);
        }
    }
}
