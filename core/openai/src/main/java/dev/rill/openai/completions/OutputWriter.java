package dev.rill.openai.completions;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the events of one response's output in the order that the Responses API prescribes. One message or reasoning
 * is open at a time, and any number of calls, whose pieces may come interleaved.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses-streaming">OpenAI, streaming events</a>
 */
final class OutputWriter {

    private static final String IN_PROGRESS = "in_progress";
    private static final String COMPLETED = "completed";

    private final String seed;
    private final List<Item> items = new ArrayList<>();
    private List<ModelEvent> events = new ArrayList<>();
    private @Nullable Texts open;
    private int sequence;

    /** What a text is part of, and the names that its events and fields have. */
    enum TextKind {
        OUTPUT_TEXT("message", "output_text", "text"),
        REFUSAL("message", "refusal", "refusal"),
        REASONING("reasoning", "reasoning_text", "text");

        private final String item;
        private final String part;
        private final String member;

        TextKind(String item, String part, String member) {
            this.item = item;
            this.part = part;
            this.member = member;
        }
    }

    /** An item of the output. */
    sealed interface Item {
        ObjectNode json(String status);
    }

    /** A part that grows. */
    private static final class Part {
        private final TextKind kind;
        private final StringBuilder text = new StringBuilder();
        private final ArrayNode logProbabilities = Json.object().arrayNode();

        Part(TextKind kind) {
            this.kind = kind;
        }

        ObjectNode json() {
            var part = Json.object().put("type", kind.part).put(kind.member, text.toString());
            if (kind == TextKind.OUTPUT_TEXT) {
                part.putArray("annotations");
                part.set("logprobs", logProbabilities.deepCopy());
            }
            return part;
        }
    }

    /** A message or reasoning; its last part is open. */
    private static final class Texts implements Item {
        private final String id;
        private final int index;
        private final String type;
        private final List<Part> parts = new ArrayList<>();
        private String status = IN_PROGRESS;

        Texts(String id, int index, String type) {
            this.id = id;
            this.index = index;
            this.type = type;
        }

        @Override
        public ObjectNode json(String shown) {
            var item = Json.object().put("id", id).put("type", type);
            if (type.equals("reasoning")) {
                item.putArray("summary");
            } else {
                item.put("status", shown).put("role", "assistant");
            }
            var content = item.putArray("content");
            parts.forEach(part -> content.add(part.json()));
            if (type.equals("reasoning") && !shown.equals(IN_PROGRESS)) {
                var text = new StringBuilder();
                parts.forEach(part -> text.append(part.text));
                item.put("encrypted_content", OwnReasoning.wrap(text.toString()));
            }
            return item;
        }
    }

    /** A call of a function or a custom tool. */
    static final class Call implements Item {
        private final String id;
        private final int index;
        private final CallName name;
        private final StringBuilder arguments = new StringBuilder();

        private Call(String id, int index, CallName name) {
            this.id = id;
            this.index = index;
            this.name = name;
        }

        @Override
        public ObjectNode json(String status) {
            return Json.object()
                    .put("id", id)
                    .put("type", name.kind.item)
                    .put("call_id", name.callId)
                    .put("name", name.tool)
                    .put(name.kind.member, arguments.toString())
                    .put("status", status);
        }
    }

    /** The two kinds of tools that the model can call. */
    enum CallKind {
        FUNCTION("fc_", "function_call", "arguments", "response.function_call_arguments"),
        CUSTOM("ctc_", "custom_tool_call", "input", "response.custom_tool_call_input");

        private final String prefix;
        private final String item;
        private final String member;
        private final String event;

        CallKind(String prefix, String item, String member, String event) {
            this.prefix = prefix;
            this.item = item;
            this.member = member;
            this.event = event;
        }
    }

    /** What is called, and by which id its output is told. */
    record CallName(CallKind kind, String callId, String tool) {}

    /** @param seed what the ids of this response's items have in common, and no other response's */
    OutputWriter(String seed) {
        this.seed = seed;
    }

    /** Returns the events since the last call. */
    List<ModelEvent> take() {
        var taken = events;
        events = new ArrayList<>();
        return taken;
    }

    int size() {
        return items.size();
    }

    /** Writes an event about the response. */
    void response(String type, ObjectNode response) {
        var event = event(type);
        event.set("response", response);
        add(event);
    }

    /** Adds a piece of text, with the log probabilities of its tokens; empty if the server gives none. */
    void text(TextKind kind, String delta, ArrayNode logProbabilities) {
        var texts = open;
        if (texts == null || !texts.type.equals(kind.item)) {
            texts = begin(kind);
        }
        if (texts.parts.isEmpty() || texts.parts.getLast().kind != kind) {
            endPart(texts);
            texts.parts.add(new Part(kind));
            var added = part(texts, "response.content_part.added");
            added.set("part", texts.parts.getLast().json());
            add(added);
        }
        var part = texts.parts.getLast();
        part.text.append(delta);
        part.logProbabilities.addAll(logProbabilities.deepCopy());
        var event = part(texts, "response." + kind.part + ".delta").put("delta", delta);
        if (kind == TextKind.OUTPUT_TEXT) {
            event.set("logprobs", logProbabilities);
        }
        add(event);
    }

    /** Begins a call, which ends the message or reasoning before it. */
    Call call(CallName name) {
        endTexts(COMPLETED);
        var call = new Call(id(name.kind.prefix), items.size(), name);
        items.add(call);
        added(call.index, call);
        return call;
    }

    void arguments(Call call, String delta) {
        call.arguments.append(delta);
        add(at(call.name.kind.event + ".delta", call.id, call.index).put("delta", delta));
    }

    /** Ends all items; those that were still open get this status. */
    ArrayNode end(String status) {
        endTexts(status);
        for (var item : items) {
            if (item instanceof Call call) {
                endCall(call, status);
            }
        }
        var output = Json.object().arrayNode();
        for (var item : items) {
            output.add(item.json(item instanceof Texts texts ? texts.status : status));
        }
        return output;
    }

    private Texts begin(TextKind kind) {
        endTexts(COMPLETED);
        var texts = new Texts(id(kind == TextKind.REASONING ? "rs_" : "msg_"), items.size(), kind.item);
        items.add(texts);
        added(texts.index, texts);
        open = texts;
        return texts;
    }

    private void endTexts(String status) {
        var texts = open;
        if (texts != null) {
            endPart(texts);
            texts.status = status;
            done(texts.index, texts.json(status));
            open = null;
        }
    }

    private void endPart(Texts texts) {
        if (texts.parts.isEmpty()) {
            return;
        }
        var part = texts.parts.getLast();
        var done = part(texts, "response." + part.kind.part + ".done").put(part.kind.member, part.text.toString());
        if (part.kind == TextKind.OUTPUT_TEXT) {
            done.set("logprobs", part.logProbabilities.deepCopy());
        }
        add(done);
        var ended = part(texts, "response.content_part.done");
        ended.set("part", part.json());
        add(ended);
    }

    private void endCall(Call call, String status) {
        var kind = call.name.kind;
        var done = at(kind.event + ".done", call.id, call.index).put(kind.member, call.arguments.toString());
        if (kind == CallKind.FUNCTION) {
            done.put("name", call.name.tool);
        }
        add(done);
        done(call.index, call.json(status));
    }

    private void added(int index, Item item) {
        var added = event(EventTypes.OUTPUT_ITEM_ADDED).put("output_index", index);
        added.set("item", item.json(IN_PROGRESS));
        add(added);
    }

    private void done(int index, ObjectNode item) {
        var done = event(EventTypes.OUTPUT_ITEM_DONE).put("output_index", index);
        done.set("item", item);
        add(done);
    }

    private ObjectNode part(Texts texts, String type) {
        return at(type, texts.id, texts.index).put("content_index", Math.max(0, texts.parts.size() - 1));
    }

    private ObjectNode at(String type, String itemId, int index) {
        return event(type).put("item_id", itemId).put("output_index", index);
    }

    private String id(String prefix) {
        return prefix + seed + String.format("%04x", items.size());
    }

    private ObjectNode event(String type) {
        return Json.object().put("type", type).put("sequence_number", sequence++);
    }

    private void add(ObjectNode event) {
        events.add(new ModelEvent(event.path("type").textValue(), event));
    }
}
