package dev.rill.local.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.local.model.Behaviour.Dialect;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes the events of one response, in the order and with the fields that Open Responses prescribes, and counts its
 * tokens. After {@code max_output_tokens} tokens the item at hand is incomplete, and no other item begins.
 *
 * @see <a href="https://www.openresponses.org/specification">Open Responses</a>
 */
final class ResponseEvents {

    private static final int ARGUMENTS_DELTA = 8;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final ResponseRequest request;
    private final ResponseResource resource;
    private final Dialect dialect;
    private final Ids ids;
    private final List<ObjectNode> events = new ArrayList<>();
    private final ArrayNode output = JSON.arrayNode();
    private int tokensLeft;
    private int tokens;
    private int reasoningTokens;

    /**
     * What the model thinks.
     *
     * @param seal makes the {@code encrypted_content}; absent if the request does not include it
     */
    record Reasoning(List<String> pieces, Summary summary, Optional<ReasoningSeal> seal) {}

    /** Whether a summary repeats the reasoning. */
    enum Summary {
        SHOWN,
        HIDDEN
    }

    ResponseEvents(ResponseRequest request, ResponseResource resource, Dialect dialect, Ids ids) {
        this.request = request;
        this.resource = resource;
        this.dialect = dialect;
        this.ids = ids;
        this.tokensLeft = Math.max(0, request.maxOutputTokens());
    }

    /** All events so far. */
    List<ObjectNode> events() {
        return events;
    }

    /** The items that have ended so far. */
    ArrayNode output() {
        return output;
    }

    void begin() {
        add(response("response.created", resource.inProgress()));
        add(response("response.in_progress", resource.inProgress()));
        if (dialect == Dialect.EXTENDED) {
            var mood = event("sim:response.mood").put("mood", "curious");
            mood.putObject("details").put("of", 7);
            add(mood);
        }
    }

    /** A message with one part. */
    void message(OutputPart part, List<String> pieces) {
        if (!canBeginItem()) {
            return;
        }
        var id = ids.next("msg");
        var item = item("message", id).put("status", "in_progress").put("role", "assistant");
        item.putArray("content");
        beginItem(item);
        var added = content("response.content_part.added", id);
        added.set("part", part.content(List.of()));
        add(added);
        var said = affordable(pieces);
        for (var piece : said) {
            var delta = part.delta(content(part.family() + ".delta", id), piece);
            if (dialect == Dialect.EXTENDED) {
                delta.put("sim_confidence", 0.5);
            }
            add(delta);
        }
        add(part.done(content(part.family() + ".done", id), said));
        var whole = part.content(said);
        var done = content("response.content_part.done", id);
        done.set("part", whole);
        add(done);
        var message = item.deepCopy().put("status", resource.itemStatus());
        message.putArray("content").add(whole);
        endItem(message);
    }

    /** A reasoning item. Its text counts as tokens even if no event contains it. */
    void reasoning(Reasoning reasoning) {
        if (!canBeginItem()) {
            return;
        }
        var id = ids.next("rs");
        var item = item("reasoning", id);
        item.putArray("summary");
        item.putArray("content");
        beginItem(item);
        var thought = affordable(reasoning.pieces());
        reasoningTokens += thought.size();
        var whole = item.deepCopy();
        switch (reasoning.summary()) {
            case SHOWN -> whole.putArray("summary").add(summary(id, thought));
            case HIDDEN -> {
                // The item has no other event.
            }
        }
        reasoning.seal().ifPresent(seal -> whole.put("encrypted_content", seal.seal(String.join("", thought))));
        endItem(whole);
    }

    private ObjectNode summary(String id, List<String> pieces) {
        var added = summary("response.reasoning_summary_part.added", id);
        added.set("part", summaryText(""));
        add(added);
        for (var piece : pieces) {
            add(summary("response.reasoning_summary_text.delta", id).put("delta", piece));
        }
        var text = String.join("", pieces);
        add(summary("response.reasoning_summary_text.done", id).put("text", text));
        var done = summary("response.reasoning_summary_part.done", id);
        done.set("part", summaryText(text));
        add(done);
        return summaryText(text);
    }

    void call(FunctionCall call) {
        if (!canBeginItem()) {
            return;
        }
        var id = ids.next("fc");
        var item = item("function_call", id)
                .put("call_id", ids.next("call"))
                .put("name", call.name())
                .put("arguments", "")
                .put("status", "in_progress");
        beginItem(item);
        var written = affordable(Pieces.slices(call.arguments(), ARGUMENTS_DELTA));
        for (var piece : written) {
            add(at("response.function_call_arguments.delta", id).put("delta", piece));
        }
        var arguments = String.join("", written);
        add(at("response.function_call_arguments.done", id)
                .put("name", call.name())
                .put("arguments", arguments));
        endItem(item.deepCopy().put("arguments", arguments).put("status", resource.itemStatus()));
    }

    /** The terminal event. */
    void end() {
        var whole = resource.ended(output, new ResponseResource.Tokens(request.inputTokens(), tokens, reasoningTokens));
        add(response("response." + whole.path("status").asText(), whole));
    }

    private boolean canBeginItem() {
        if (tokensLeft == 0) {
            resource.cutShort();
        }
        return !resource.isCutShort();
    }

    /** The pieces for which there are tokens left. If they are not all, the response is cut short. */
    private List<String> affordable(List<String> pieces) {
        var afforded = pieces.subList(0, Math.min(pieces.size(), tokensLeft));
        tokensLeft -= afforded.size();
        tokens += afforded.size();
        if (afforded.size() < pieces.size()) {
            resource.cutShort();
        }
        return afforded;
    }

    private void add(ObjectNode event) {
        events.add(event);
    }

    private void beginItem(ObjectNode item) {
        var added = event("response.output_item.added").put("output_index", output.size());
        added.set("item", item);
        add(added);
    }

    private void endItem(ObjectNode item) {
        var done = event("response.output_item.done").put("output_index", output.size());
        done.set("item", item);
        add(done);
        output.add(item);
    }

    private ObjectNode at(String type, String itemId) {
        return event(type).put("item_id", itemId).put("output_index", output.size());
    }

    private ObjectNode content(String type, String itemId) {
        return at(type, itemId).put("content_index", 0);
    }

    private ObjectNode summary(String type, String itemId) {
        return at(type, itemId).put("summary_index", 0);
    }

    private static ObjectNode summaryText(String text) {
        return JSON.objectNode().put("type", "summary_text").put("text", text);
    }

    private static ObjectNode item(String type, String id) {
        return JSON.objectNode().put("id", id).put("type", type);
    }

    static ObjectNode response(String type, ObjectNode resource) {
        var event = event(type);
        event.set("response", resource);
        return event;
    }

    static ObjectNode event(String type) {
        return JSON.objectNode().put("type", type);
    }
}
