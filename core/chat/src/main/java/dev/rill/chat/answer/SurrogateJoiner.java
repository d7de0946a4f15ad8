package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.WellFormed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Joins characters whose two surrogates a model has sent in two deltas: the first half waits for the next delta of the
 * same text. If another event of its item, or the end, comes instead, it is sent as U+FFFD before that. The deltas that
 * leave are well-formed.
 *
 * <p>One for each call of a model. Not safe for use by many threads.
 */
final class SurrogateJoiner {

    /** The texts (a count) of which a half waits; in any further one it is replaced at once. */
    static final int MAX_WAITING = 64;

    private final Map<TextId, HalfPair> waiting = new LinkedHashMap<>();

    /** Which text a delta belongs to. */
    private record TextId(String type, JsonNode item, JsonNode itemIndex, JsonNode part, JsonNode summary) {

        static TextId of(ModelEvent event) {
            var payload = event.payload();
            return new TextId(
                    event.type(),
                    payload.path("item_id"),
                    payload.path("output_index"),
                    payload.path("content_index"),
                    payload.path("summary_index"));
        }

        boolean isOfItemOf(ObjectNode event) {
            return (!item.isMissingNode() && item.equals(event.path("item_id")))
                    || (!itemIndex.isMissingNode() && itemIndex.equals(event.path("output_index")));
        }
    }

    /** @param delta the event whose text ended with it, less its text and what belonged to that */
    private record HalfPair(char high, ObjectNode delta) {}

    /** What is to be passed on now that this event has come, in this order. */
    List<ModelEvent> join(ModelEvent event) {
        var delta = event.payload().path("delta");
        if (!EventTypes.isTextDelta(event.type()) || !delta.isTextual()) {
            return takeOfItem(event).with(event);
        }
        var id = TextId.of(event);
        var half = waiting.remove(id);
        var passed = takeOfItem(event);
        var text = half == null ? delta.textValue() : half.high + delta.textValue();
        if (!endsWithHalf(text) || waiting.size() >= MAX_WAITING) {
            event.payload().put("delta", WellFormed.of(text));
            return passed.with(event);
        }
        var last = text.length() - 1;
        var rest = event.payload().deepCopy();
        rest.remove(List.of("delta", "logprobs"));
        waiting.put(id, new HalfPair(text.charAt(last), rest));
        event.payload().put("delta", WellFormed.of(text.substring(0, last)));
        return last == 0 && event.payload().path("logprobs").isEmpty() ? passed.events : passed.with(event);
    }

    /** The halves that still wait, at the end of the model's events. */
    List<ModelEvent> rest() {
        var rest = new ArrayList<ModelEvent>();
        waiting.forEach((id, half) -> rest.add(replaced(id, half)));
        waiting.clear();
        return rest;
    }

    private record Passed(List<ModelEvent> events) {
        List<ModelEvent> with(ModelEvent event) {
            if (events.isEmpty()) {
                return List.of(event);
            }
            events.add(event);
            return events;
        }
    }

    private Passed takeOfItem(ModelEvent event) {
        var passed = new ArrayList<ModelEvent>(0);
        waiting.entrySet()
                .removeIf(entry -> entry.getKey().isOfItemOf(event.payload())
                        && passed.add(replaced(entry.getKey(), entry.getValue())));
        return new Passed(passed);
    }

    private static ModelEvent replaced(TextId id, HalfPair half) {
        return new ModelEvent(id.type, half.delta.put("delta", WellFormed.of(String.valueOf(half.high))));
    }

    private static boolean endsWithHalf(String text) {
        return !text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1));
    }
}
