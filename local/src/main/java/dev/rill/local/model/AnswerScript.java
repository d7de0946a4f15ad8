package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.local.model.Behaviour.Content;
import dev.rill.local.model.Behaviour.Dialect;
import dev.rill.local.model.Behaviour.Fault;
import dev.rill.local.model.Behaviour.Reasoning;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Composes one response as steps: the events that Open Responses prescribes, in order and with every required field,
 * and the faults between them. Sends nothing itself.
 *
 * @see <a href="https://www.openresponses.org/specification">Open Responses</a>
 */
final class AnswerScript {

    private static final Pattern WORD = Pattern.compile("\\s*\\S+|\\s+\\z");
    private static final int LARGE_DELTA = 256;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final ResponseRequest request;
    private final Behaviour behaviour;
    private final String prompt;
    private final RandomGenerator random;
    private final Prose prose;
    private final ResponseResource resource;
    private final List<ObjectNode> events = new ArrayList<>();
    private final ArrayNode output = JSON.arrayNode();
    private int deltas;
    private int reasoningTokens;

    AnswerScript(
            ResponseRequest request, Behaviour behaviour, String prompt, RandomGenerator random, Instant createdAt) {
        this.request = request;
        this.behaviour = behaviour;
        this.prompt = prompt;
        this.random = random;
        this.prose = new Prose(random);
        this.resource = new ResponseResource(request, id("resp"), createdAt);
    }

    String id() {
        return resource.id();
    }

    /** All steps of the response, including faults. */
    List<Step> steps() {
        add(event("response.created").set("response", resource.inProgress()));
        add(event("response.in_progress").set("response", resource.inProgress()));
        if (behaviour.dialect() == Dialect.EXTENDED) {
            add(event("sim:response.mood")
                    .put("mood", "curious")
                    .set("details", JSON.objectNode().put("of", 7)));
        }
        if (behaviour.reasoning() == Reasoning.ALOUD) {
            reason();
        }
        switch (behaviour.content()) {
            case Content.Prose _ ->
                say(request.functionOutput()
                        .map(result -> "The tool answered: " + result + "\n\nThat is all that I needed to know.")
                        .map(AnswerScript::words)
                        .orElseGet(() -> words(prose.about(prompt))));
            case Content.Count(int to) ->
                say(IntStream.rangeClosed(1, to)
                        .mapToObj(n -> n == 1 ? "1" : " " + n)
                        .toList());
            case Content.Echo _ -> say(words(prompt));
            case Content.Large(int kilobytes) -> say(slices(prose.filler(kilobytes * 1024)));
            case Content.Help _ -> say(words(Commands.HELP));
            case Content.ToolCall(var name) ->
                call(name.or(request::functionName).orElse("get_weather"));
            case Content.Refusal _ -> refuse(words("I am sorry, but I was told to refuse this."));
        }
        var whole = resource.ended(output, new ResponseResource.Tokens(request.inputTokens(), deltas, reasoningTokens));
        add(event("response." + whole.path("status").asText()).set("response", whole));
        return numbered(withFault());
    }

    private List<Step> withFault() {
        return switch (behaviour.fault()) {
            case Fault.None _, Fault.Refuse _, Fault.WebPage _ -> steps(events);
            case Fault.Stall(int after) -> cut(after, new Step.Stall());
            case Fault.BreakOff(int after) -> cut(after, new Step.BreakOff());
            case Fault.EndEarly(int after) -> steps(events.subList(0, indexAfter(after)));
            case Fault.Nonsense(int after) -> {
                var steps = steps(events);
                steps.add(indexAfter(after), new Step.Garble());
                yield steps;
            }
            case Fault.ErrorEvent(int after, String code) -> cut(after, new Step.Send(error(code)));
            case Fault.Failed(int after, String code) ->
                cut(after, new Step.Send(event("response.failed").set("response", resource.failed(code))));
        };
    }

    private List<Step> cut(int afterDeltas, Step last) {
        var steps = steps(events.subList(0, indexAfter(afterDeltas)));
        steps.add(last);
        return steps;
    }

    private static List<Step> steps(List<ObjectNode> events) {
        var steps = new ArrayList<Step>();
        events.forEach(event -> steps.add(new Step.Send(event)));
        return steps;
    }

    /** The index after that many deltas, at most the index of the terminal event. */
    private int indexAfter(int wanted) {
        if (wanted == 0) {
            return 0;
        }
        var seen = 0;
        for (int i = 0; i < events.size() - 1; i++) {
            if (new Step.Send(events.get(i)).delta() && ++seen == wanted) {
                return i + 1;
            }
        }
        return events.size() - 1;
    }

    private static List<Step> numbered(List<Step> steps) {
        var number = 0;
        for (var step : steps) {
            if (step instanceof Step.Send(var event)) {
                event.put("sequence_number", number++);
            }
        }
        return steps;
    }

    private static ObjectNode error(String code) {
        var error = JSON.objectNode()
                .put("type", code)
                .put("code", code)
                .put("message", "The simulated model was told to fail.")
                .putNull("param");
        return event("error").set("error", error);
    }

    private void reason() {
        var id = id("rs");
        var item = item("reasoning", id);
        item.set("summary", JSON.arrayNode());
        item.set("content", JSON.arrayNode());
        begin(item);
        var text = prose.thoughtsAbout(prompt);
        var empty = JSON.objectNode().put("type", "summary_text").put("text", "");
        add(at("response.reasoning_summary_part.added", id)
                .put("summary_index", 0)
                .set("part", empty));
        for (var word : words(text)) {
            add(at("response.reasoning_summary_text.delta", id)
                    .put("summary_index", 0)
                    .put("delta", word));
            reasoningTokens++;
        }
        var part = JSON.objectNode().put("type", "summary_text").put("text", text);
        add(at("response.reasoning_summary_text.done", id)
                .put("summary_index", 0)
                .put("text", text));
        add(at("response.reasoning_summary_part.done", id)
                .put("summary_index", 0)
                .set("part", part));
        var whole = item.deepCopy();
        whole.set("summary", JSON.arrayNode().add(part));
        done(whole);
    }

    private void say(List<String> pieces) {
        var part = JSON.objectNode().put("type", "output_text").put("text", "");
        part.set("annotations", JSON.arrayNode());
        part.set("logprobs", JSON.arrayNode());
        message(pieces, part, "text", "response.output_text");
    }

    private void refuse(List<String> pieces) {
        message(pieces, JSON.objectNode().put("type", "refusal").put("refusal", ""), "refusal", "response.refusal");
    }

    private void message(List<String> allPieces, ObjectNode emptyPart, String field, String family) {
        var id = id("msg");
        var pieces = allPieces.subList(0, Math.min(allPieces.size(), request.maxOutputTokens()));
        var cutShort = pieces.size() < allPieces.size();
        var item = item("message", id).put("status", "in_progress").put("role", "assistant");
        item.set("content", JSON.arrayNode());
        begin(item);
        add(content("response.content_part.added", id).set("part", emptyPart));
        for (var piece : pieces) {
            var delta = content(family + ".delta", id).put("delta", piece);
            if (field.equals("text")) {
                delta.set("logprobs", JSON.arrayNode());
            }
            if (behaviour.dialect() == Dialect.EXTENDED) {
                delta.put("sim_confidence", 0.5);
            }
            add(delta);
        }
        var text = String.join("", pieces);
        var part = emptyPart.deepCopy().put(field, text);
        var end = content(family + ".done", id).put(field, text);
        if (field.equals("text")) {
            end.set("logprobs", JSON.arrayNode());
        }
        add(end);
        add(content("response.content_part.done", id).set("part", part));
        var whole = item.deepCopy().put("status", cutShort ? "incomplete" : "completed");
        whole.set("content", JSON.arrayNode().add(part));
        done(whole);
        if (cutShort) {
            resource.cutShort();
        }
    }

    private void call(String name) {
        var id = id("fc");
        var item = item("function_call", id)
                .put("call_id", id("call"))
                .put("name", name)
                .put("arguments", "")
                .put("status", "in_progress");
        begin(item);
        var arguments = JSON.objectNode().put("input", prompt).toString();
        for (int from = 0; from < arguments.length(); ) {
            var to = boundary(arguments, from + 8);
            add(at("response.function_call_arguments.delta", id).put("delta", arguments.substring(from, to)));
            from = to;
        }
        add(at("response.function_call_arguments.done", id).put("name", name).put("arguments", arguments));
        done(item.deepCopy().put("arguments", arguments).put("status", "completed"));
    }

    private void add(JsonNode event) {
        var object = (ObjectNode) event;
        if (new Step.Send(object).delta()) {
            deltas++;
        }
        events.add(object);
    }

    private void begin(ObjectNode item) {
        add(event("response.output_item.added")
                .put("output_index", output.size())
                .set("item", item));
    }

    private void done(ObjectNode item) {
        add(event("response.output_item.done")
                .put("output_index", output.size())
                .set("item", item));
        output.add(item);
    }

    private ObjectNode at(String type, String itemId) {
        return event(type).put("item_id", itemId).put("output_index", output.size());
    }

    private ObjectNode content(String type, String itemId) {
        return at(type, itemId).put("content_index", 0);
    }

    private String id(String kind) {
        return kind + "_" + HexFormat.of().toHexDigits(random.nextLong())
                + HexFormat.of().toHexDigits(random.nextLong());
    }

    private static ObjectNode item(String type, String id) {
        return JSON.objectNode().put("id", id).put("type", type);
    }

    private static ObjectNode event(String type) {
        return JSON.objectNode().put("type", type);
    }

    private static List<String> words(String text) {
        return WORD.matcher(text).results().map(match -> match.group()).toList();
    }

    private static List<String> slices(String text) {
        var slices = new ArrayList<String>();
        for (int from = 0; from < text.length(); ) {
            var to = boundary(text, from + LARGE_DELTA);
            slices.add(text.substring(from, to));
            from = to;
        }
        return slices;
    }

    private static int boundary(String text, int near) {
        var end = Math.min(near, text.length());
        return end < text.length() && Character.isLowSurrogate(text.charAt(end)) ? end + 1 : end;
    }
}
