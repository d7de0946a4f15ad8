package dev.rill.chat.completions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Encodes the events of one response as the server-sent events of Chat Completions: chunks, and {@code data: [DONE]} at
 * the end. A response that fails ends with an error in place of both. What the terminal event has beyond the pieces
 * that came before it is sent with it, so a client that joins the chunks has the whole answer. Used by one thread at a
 * time.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/chat-streaming">OpenAI, the chunk object</a>
 */
public final class ChunkEncoder {

    private static final String DONE = "data: [DONE]\n\n";

    private final boolean usageAsked;
    private final Function<Event, ApiError> errors;
    private final Map<Integer, Call> calls = new HashMap<>();

    private JsonNode response = MissingNode.getInstance();
    private Phase phase = Phase.SILENT;
    private long textLength;
    private long refusalLength;

    private enum Phase {
        /** No chunk has been sent. */
        SILENT,
        /** The role has been sent. */
        OPENED,
        /** Output has been sent. */
        SPEAKING,
        ENDED
    }

    /** A tool call of which the client knows. */
    private static final class Call {
        private final int index;
        private final boolean function;
        private long length;

        Call(int index, boolean function) {
            this.index = index;
            this.function = function;
        }
    }

    /**
     * @param usageAsked whether the usage is sent in a chunk of its own
     * @param errors the error of a terminal event {@code response.failed}
     */
    public ChunkEncoder(boolean usageAsked, Function<Event, ApiError> errors) {
        this.usageAsked = usageAsked;
        this.errors = errors;
    }

    /** Returns what the next event adds to the stream; may be empty. The first event is {@code response.created}. */
    public String write(Event event) {
        if (phase == Phase.ENDED) {
            return "";
        }
        return switch (event.type()) {
            case EventTypes.CREATED -> {
                response = event.payload().path("response");
                yield "";
            }
            case EventTypes.IN_PROGRESS -> opening();
            case EventTypes.OUTPUT_TEXT_DELTA -> text(event.payload());
            case "response.refusal.delta" ->
                refusal(event.payload().path("delta").asText(""));
            case EventTypes.OUTPUT_ITEM_ADDED, EventTypes.OUTPUT_ITEM_DONE ->
                call(
                        event.payload().path("output_index").asInt(),
                        event.payload().path("item"));
            case "response.function_call_arguments.delta", "response.custom_tool_call_input.delta" ->
                arguments(event.payload());
            case EventTypes.RESTARTED -> restarted();
            case EventTypes.FAILED -> error(errors.apply(event));
            case EventTypes.COMPLETED, EventTypes.INCOMPLETE, EventTypes.CANCELLED ->
                end(event.payload().path("response"));
            default -> "";
        };
    }

    private String opening() {
        if (phase != Phase.SILENT) {
            return "";
        }
        phase = Phase.OPENED;
        return chunk(
                choice(Json.object().put("role", "assistant").put("content", "").putNull("refusal")));
    }

    private String text(ObjectNode payload) {
        var delta = payload.path("delta").asText("");
        textLength += delta.length();
        var logprobs = payload.path("logprobs") instanceof ArrayNode some
                ? Completion.logProbabilities(some)
                : payload.nullNode();
        return output(choice(Json.object().put("content", delta), logprobs));
    }

    private String refusal(String delta) {
        refusalLength += delta.length();
        return output(choice(Json.object().put("refusal", delta)));
    }

    /** Sends a call's name, if the client does not know it yet, and those of its arguments that it does not know. */
    private String call(int outputIndex, JsonNode item) {
        if (!Completion.isCall(item)) {
            return "";
        }
        var arguments = Completion.arguments(item);
        var known = calls.get(outputIndex);
        if (known != null) {
            return known.length >= arguments.length() ? "" : arguments(known, arguments.substring((int) known.length));
        }
        var call = new Call(calls.size(), item.path("type").asText().equals("function_call"));
        call.length = arguments.length();
        calls.put(outputIndex, call);
        var delta = Json.object().put("index", call.index);
        delta.setAll(Completion.call(item, arguments));
        return toolCall(delta);
    }

    private String arguments(ObjectNode payload) {
        var call = calls.get(payload.path("output_index").asInt());
        return call == null ? "" : arguments(call, payload.path("delta").asText(""));
    }

    private String arguments(Call call, String more) {
        call.length += more.length();
        var delta = Json.object().put("index", call.index);
        delta.putObject(call.function ? "function" : "custom").put(call.function ? "arguments" : "input", more);
        return toolCall(delta);
    }

    private String toolCall(ObjectNode call) {
        var delta = Json.object();
        delta.putArray("tool_calls").add(call);
        return output(choice(delta));
    }

    /** What was sent can't be taken back, and another attempt may say something else. */
    private String restarted() {
        return phase != Phase.SPEAKING
                ? ""
                : error(new ApiError(
                        500,
                        "response_restarted",
                        "The answer was begun again after a failure. Forget what you have of it and ask again.",
                        null));
    }

    private String error(ApiError error) {
        phase = Phase.ENDED;
        var body = Json.object();
        body.set("error", error.toJson());
        return "data: " + Json.write(body) + "\n\n";
    }

    private String end(JsonNode ended) {
        if (response.isMissingNode()) {
            response = ended;
        }
        var stream = new StringBuilder(opening()).append(remainder(ended.path("output")));
        var last = choice(Json.object()).put("finish_reason", Completion.finishReason(ended));
        stream.append(chunk(last));
        if (usageAsked) {
            Completion.usage(ended).ifPresent(usage -> {
                var chunk = Completion.head(response, "chat.completion.chunk");
                chunk.putArray("choices");
                chunk.set("usage", usage);
                stream.append(data(chunk));
            });
        }
        phase = Phase.ENDED;
        return stream.append(DONE).toString();
    }

    /** What the output has beyond its pieces: a server may send fewer, and so does an attempt after a crash. */
    private String remainder(JsonNode output) {
        var stream = new StringBuilder();
        var text = Completion.textOf(output, "text");
        if (text.length() > textLength) {
            stream.append(output(choice(Json.object().put("content", text.substring((int) textLength)))));
        }
        var refusal = Completion.textOf(output, "refusal");
        if (refusal.length() > refusalLength) {
            stream.append(refusal(refusal.substring((int) refusalLength)));
        }
        for (int i = 0; i < output.size(); i++) {
            stream.append(call(i, output.path(i)));
        }
        return stream.toString();
    }

    // ---------------------------------------------------------------------------------------------------------------

    private String output(ObjectNode choice) {
        var opening = opening();
        phase = Phase.SPEAKING;
        return opening + chunk(choice);
    }

    private static ObjectNode choice(ObjectNode delta) {
        return choice(delta, delta.nullNode());
    }

    private static ObjectNode choice(ObjectNode delta, JsonNode logprobs) {
        var choice = Json.object().put("index", 0);
        choice.set("delta", delta);
        choice.set("logprobs", logprobs);
        return choice.putNull("finish_reason");
    }

    private String chunk(ObjectNode choice) {
        var chunk = Completion.head(response, "chat.completion.chunk");
        chunk.putArray("choices").add(choice);
        if (usageAsked) {
            chunk.putNull("usage");
        }
        return data(chunk);
    }

    private static String data(ObjectNode chunk) {
        return "data: " + Json.write(chunk) + "\n\n";
    }
}
