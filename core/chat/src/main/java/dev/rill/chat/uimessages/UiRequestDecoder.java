package dev.rill.chat.uimessages;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Field;
import dev.rill.chat.protocol.FieldPaths;
import dev.rill.chat.protocol.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Decodes requests of {@code useChat}. */
public final class UiRequestDecoder {

    /** The fields of Open Responses that a page may send beside its messages. */
    private static final List<String> TAKEN = List.of(
            "model",
            "instructions",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "max_tool_calls",
            "max_output_tokens",
            "temperature",
            "top_p",
            "presence_penalty",
            "frequency_penalty",
            "reasoning",
            "text",
            "truncation",
            "service_tier",
            "safety_identifier",
            "prompt",
            "prompt_cache_key",
            "prompt_cache_retention",
            "user",
            "metadata");

    private static final String WHOLE_CONVERSATION = "'messages' has the whole conversation.";

    /** Fields of Open Responses that contradict what this request is, and what to do. */
    private static final Map<String, String> REFUSED = Map.of(
            "input", "Send 'messages'.",
            "previous_response_id", WHOLE_CONVERSATION,
            "conversation", WHOLE_CONVERSATION,
            "background", "An answer here goes on without its reader, and can be resumed.",
            "generate", "It belongs to a socket.");

    private static final String ENCRYPTED_REASONING = "reasoning.encrypted_content";

    private final ObjectNode chat;
    private final ObjectNode body = Json.object();

    private UiRequestDecoder(ObjectNode chat) {
        this.chat = chat;
    }

    /**
     * Decodes the body of {@code POST /api/chat}. Of the fields that a page adds, those that Open Responses defines are
     * taken and the others are ignored: a page may send anything to its own server.
     *
     * @throws ApiException that names the first field, by its name in the body, that is missing or invalid
     */
    public static UiChatRequest decode(ObjectNode chat) throws ApiException {
        return new UiRequestDecoder(chat).decode();
    }

    private UiChatRequest decode() throws ApiException {
        for (var field : chat.properties()) {
            var why = REFUSED.get(field.getKey());
            if (why != null && !field.getValue().isNull()) {
                throw ApiException.unsupported(field.getKey(), why);
            }
        }
        TAKEN.forEach(name -> field(name).copyTo(body, name));
        body.put("stream", true);
        body.put("store", field("store").flag());
        decodeInclude();
        var chatId = chatId();
        var paths = paths(decodeMessages());
        try {
            return new UiChatRequest(CreateRequest.of(body), chatId, continuedMessage(), paths);
        } catch (ApiException e) {
            throw paths.inTermsOfClient(e);
        }
    }

    /** A page is told the path of a part alone, because an item has other fields. */
    static FieldPaths paths(List<String> items) {
        return new FieldPaths(items, _ -> "", UnaryOperator.identity());
    }

    private Field field(String name) {
        return Field.root(chat, name);
    }

    /** The page plays the reasoning back in its next request; nothing else has it, because nothing is stored. */
    private void decodeInclude() throws ApiException {
        var include = body.putArray("include");
        var asked = field("include");
        if (asked.isPresent()) {
            asked.array().forEach(include::add);
        }
        for (var value : include) {
            if (value.asText().equals(ENCRYPTED_REASONING)) {
                return;
            }
        }
        include.add(ENCRYPTED_REASONING);
    }

    private Optional<String> chatId() throws ApiException {
        var id = field("id").optionalText();
        if (id.isPresent() && (id.get().isEmpty() || id.get().length() > UiChatRequest.MAX_ID)) {
            throw field("id").invalid("it has 1 to " + UiChatRequest.MAX_ID + " characters");
        }
        return id;
    }

    /** Returns the origins of the items. */
    private List<String> decodeMessages() throws ApiException {
        var messages = field("messages");
        if (messages.array().isEmpty()) {
            throw messages.invalid("it is empty");
        }
        var decoder = new UiMessageDecoder(body.putArray("input"), customTools());
        for (int i = 0; i < messages.value().size(); i++) {
            decoder.decode(messages.element(i));
        }
        return decoder.origins();
    }

    /** Returns the names of the tools whose input is text. */
    private Set<String> customTools() {
        var names = new HashSet<String>();
        for (var tool : chat.path("tools")) {
            if (tool.path("type").asText().equals("custom")) {
                names.add(tool.path("name").asText());
            }
        }
        return names;
    }

    /** As the SDK has it, an answer continues the last message if that is the assistant's. */
    private Optional<String> continuedMessage() {
        var messages = chat.path("messages");
        var last = messages.path(messages.size() - 1);
        var id = last.path("id").asText("");
        return last.path("role").asText().equals("assistant") && !id.isEmpty() && id.length() <= UiChatRequest.MAX_ID
                ? Optional.of(id)
                : Optional.empty();
    }
}
