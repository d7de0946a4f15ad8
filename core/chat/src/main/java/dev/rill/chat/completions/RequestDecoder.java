package dev.rill.chat.completions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Field;
import dev.rill.chat.protocol.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Decodes one request of Chat Completions. */
public final class RequestDecoder {

    private static final String OF_RESPONSES = "It belongs to /v1/responses.";
    private static final String NOT_IN_RESPONSES =
            "Rill asks every model in terms of the Responses API, which has no such field.";

    /** Fields that Open Responses can't express, and what to do. */
    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("seed", NOT_IN_RESPONSES),
            Map.entry("prediction", NOT_IN_RESPONSES),
            Map.entry("audio", NOT_IN_RESPONSES),
            Map.entry("web_search_options", "Name the tool in 'tools'."),
            Map.entry("functions", "Name them in 'tools'."),
            Map.entry("function_call", "Use 'tool_choice'."),
            Map.entry("input", OF_RESPONSES),
            Map.entry("instructions", OF_RESPONSES),
            Map.entry("previous_response_id", OF_RESPONSES),
            Map.entry("conversation", OF_RESPONSES),
            Map.entry("prompt", OF_RESPONSES),
            Map.entry("background", OF_RESPONSES),
            Map.entry("generate", OF_RESPONSES),
            Map.entry("include", OF_RESPONSES),
            Map.entry("text", OF_RESPONSES),
            Map.entry("truncation", OF_RESPONSES),
            Map.entry("max_tool_calls", OF_RESPONSES),
            Map.entry("max_output_tokens", "It belongs to /v1/responses; here it is 'max_completion_tokens'."));

    /** Fields that are decoded, or whose only allowed value means the same as none. */
    private static final Set<String> DECODED = Set.of(
            "messages",
            "n",
            "stop",
            "logit_bias",
            "modalities",
            "logprobs",
            "max_tokens",
            "max_completion_tokens",
            "reasoning_effort",
            "verbosity",
            "response_format",
            "tools",
            "tool_choice",
            "stream_options",
            "store");

    private final ObjectNode chat;
    private final ObjectNode body = Json.object();

    private RequestDecoder(ObjectNode chat) {
        this.chat = chat;
    }

    /**
     * Decodes the body of {@code POST /v1/chat/completions}. Fields that neither protocol defines are kept, because the
     * model's server may know them.
     *
     * @throws ApiException that names the first field, by its name in Chat Completions, that is missing or invalid, or
     *     that Open Responses can't express
     */
    public static ChatRequest decode(ObjectNode chat) throws ApiException {
        return new RequestDecoder(chat).decode();
    }

    private ChatRequest decode() throws ApiException {
        refuseInexpressible();
        for (var field : chat.properties()) {
            if (!DECODED.contains(field.getKey()) && !field.getValue().isNull()) {
                body.set(field.getKey(), field.getValue());
            }
        }
        var items = decodeMessages();
        var tokenLimit = decodeTokenLimit();
        decodeTools();
        decodeText();
        decodeReasoning();
        decodeLogProbabilities();
        body.put("store", field("store").flag());
        var paths = ChatFields.paths(tokenLimit, items);
        var usageAsked = decodeStreamOptions();
        try {
            return new ChatRequest(CreateRequest.of(body), usageAsked, paths);
        } catch (ApiException e) {
            throw paths.inTermsOfClient(e);
        }
    }

    private Field field(String name) {
        return Field.root(chat, name);
    }

    private void refuseInexpressible() throws ApiException {
        for (var name : chat.properties()) {
            var why = REFUSED.get(name.getKey());
            if (why != null && !name.getValue().isNull()) {
                throw ApiException.unsupported(name.getKey(), why);
            }
        }
        requireOnly("n", "Only one choice is made; leave it out.", value -> value.isNumber() && value.asDouble() == 1);
        requireOnly("stop", NOT_IN_RESPONSES, RequestDecoder::isEmpty);
        requireOnly("logit_bias", NOT_IN_RESPONSES, RequestDecoder::isEmpty);
        requireOnly(
                "modalities",
                "Answers are text.",
                value -> value.size() == 1 && value.path(0).asText().equals("text"));
    }

    private static boolean isEmpty(JsonNode value) {
        return value.isContainerNode() && value.isEmpty();
    }

    /** Refuses a field unless it is missing or its value asks for nothing. */
    private void requireOnly(String name, String why, Predicate<JsonNode> asksForNothing) throws ApiException {
        var field = field(name);
        if (field.isPresent() && !asksForNothing.test(field.value())) {
            throw field.unsupported(why);
        }
    }

    /** Returns the origins of the items. */
    private List<String> decodeMessages() throws ApiException {
        var messages = field("messages");
        if (messages.array().isEmpty()) {
            throw messages.invalid("it is empty");
        }
        var decoder = new MessageDecoder(body.putArray("input"));
        for (int i = 0; i < messages.value().size(); i++) {
            decoder.decode(messages.element(i));
        }
        return decoder.origins();
    }

    /** Returns the name of the client's field. */
    private String decodeTokenLimit() throws ApiException {
        var present = new ArrayList<Field>();
        for (var name : List.of("max_completion_tokens", "max_tokens")) {
            if (field(name).isPresent()) {
                present.add(field(name));
            }
        }
        if (present.size() > 1) {
            throw present.getLast().invalid("'max_completion_tokens' stands for it as well; send one of the two");
        }
        present.forEach(field -> field.copyTo(body, "max_output_tokens"));
        return present.isEmpty() ? "max_completion_tokens" : present.getFirst().path();
    }

    private void decodeTools() throws ApiException {
        var tools = field("tools");
        // Some clients send an empty list for no tools.
        if (tools.isPresent() && !tools.array().isEmpty()) {
            var decoded = body.putArray("tools");
            for (int i = 0; i < tools.value().size(); i++) {
                decoded.add(ToolDecoder.tool(tools.element(i)));
            }
        }
        var choice = field("tool_choice");
        if (choice.isPresent()) {
            body.set("tool_choice", ToolDecoder.choice(choice));
        }
    }

    private void decodeText() throws ApiException {
        var format = field("response_format");
        if (format.isPresent()) {
            body.withObject("/text").set("format", format(format));
        }
        var verbosity = field("verbosity").optionalText();
        verbosity.ifPresent(value -> body.withObject("/text").put("verbosity", value));
    }

    private static ObjectNode format(Field format) throws ApiException {
        format.object();
        var type = format.member("type").text();
        var decoded = Json.object().put("type", type);
        switch (type) {
            case "text", "json_object" -> {}
            case "json_schema" -> {
                var schema = format.member("json_schema");
                schema.object();
                decoded.put("name", schema.member("name").text());
                for (var name : List.of("description", "schema", "strict")) {
                    schema.member(name).copyTo(decoded, name);
                }
            }
            default -> throw format.member("type").invalid("it is one of text, json_object and json_schema");
        }
        return decoded;
    }

    /** OpenRouter takes an object {@code reasoning} in Chat Completions as well, which is kept. */
    private void decodeReasoning() throws ApiException {
        var effort = field("reasoning_effort").optionalText();
        if (effort.isEmpty()) {
            return;
        }
        var reasoning =
                field("reasoning").isPresent() ? field("reasoning").object().deepCopy() : Json.object();
        ((ObjectNode) reasoning).put("effort", effort.get());
        body.set("reasoning", reasoning);
    }

    private void decodeLogProbabilities() throws ApiException {
        if (field("logprobs").flag()) {
            body.putArray("include").add("message.output_text.logprobs");
        } else if (field("top_logprobs").isPresent()) {
            if (field("top_logprobs").value().asInt() != 0) {
                throw field("top_logprobs").invalid("'logprobs' must be true");
            }
            body.remove("top_logprobs");
        }
    }

    /** Returns whether the client asks for the usage. Other options are of no meaning here. */
    private boolean decodeStreamOptions() throws ApiException {
        var options = field("stream_options");
        if (!options.isPresent()) {
            return false;
        }
        options.object();
        if (!field("stream").flag()) {
            throw options.invalid("'stream' must be true");
        }
        return options.member("include_usage").flag();
    }
}
