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
 * Joins surrogate pairs that a model has split over two deltas. A high surrogate at the end of a delta is held back
 * until the next delta of the same text. If another event of its item, or the end of the stream, comes first, it is
 * sent as U+FFFD before that. The returned deltas have no lone surrogates.
 *
 * <p>Used for one request to a model. Not safe for use by many threads.
 */
final class SurrogateJoiner {

    /**
     * The maximum number of texts with a surrogate that is held back. In further texts a high surrogate at the end of a
     * delta is replaced at once.
     */
    static final int MAX_HELD = 64;

    private final Map<TextId, HeldSurrogate> held = new LinkedHashMap<>();

    /** Identifies the text to which a delta belongs. */
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

    /** @param delta the event whose text ended with it, without its text and log probabilities */
    private record HeldSurrogate(char high, ObjectNode delta) {}

    /** Returns the events to send now that this event has come, in this order. */
    List<ModelEvent> join(ModelEvent event) {
        var delta = event.payload().path("delta");
        if (!EventTypes.isTextDelta(event.type()) || !delta.isTextual()) {
            return takeHeldOfItem(event).with(event);
        }
        var id = TextId.of(event);
        var surrogate = held.remove(id);
        var ready = takeHeldOfItem(event);
        var text = surrogate == null ? delta.textValue() : surrogate.high + delta.textValue();
        if (!endsWithHighSurrogate(text) || held.size() >= MAX_HELD) {
            event.payload().put("delta", WellFormed.of(text));
            return ready.with(event);
        }
        var last = text.length() - 1;
        var withoutText = event.payload().deepCopy();
        withoutText.remove(List.of("delta", "logprobs"));
        held.put(id, new HeldSurrogate(text.charAt(last), withoutText));
        event.payload().put("delta", WellFormed.of(text.substring(0, last)));
        return last == 0 && event.payload().path("logprobs").isEmpty() ? ready.events : ready.with(event);
    }

    /** Returns deltas for the surrogates that are held back at the end of the stream, and removes them. */
    List<ModelEvent> remaining() {
        var remaining = new ArrayList<ModelEvent>();
        held.forEach((id, surrogate) -> remaining.add(replaced(id, surrogate)));
        held.clear();
        return remaining;
    }

    private record ReadyEvents(List<ModelEvent> events) {
        List<ModelEvent> with(ModelEvent event) {
            if (events.isEmpty()) {
                return List.of(event);
            }
            events.add(event);
            return events;
        }
    }

    private ReadyEvents takeHeldOfItem(ModelEvent event) {
        var ready = new ArrayList<ModelEvent>(0);
        held.entrySet()
                .removeIf(entry -> entry.getKey().isOfItemOf(event.payload())
                        && ready.add(replaced(entry.getKey(), entry.getValue())));
        return new ReadyEvents(ready);
    }

    private static ModelEvent replaced(TextId id, HeldSurrogate surrogate) {
        return new ModelEvent(id.type, surrogate.delta.put("delta", WellFormed.of(String.valueOf(surrogate.high))));
    }

    private static boolean endsWithHighSurrogate(String text) {
        return !text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1));
    }
}
