package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.JsonSize;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Merges deltas, so that a client sees the first text at once and is not sent one message for each token.
 *
 * <p>The first delta of an item is due at once. A later delta is due when the interval since the last delta of the same
 * item has passed, another event is queued behind it, or it can't grow further. Every other event is due at once.
 * Events keep their order. Two neighbouring deltas of a {@linkplain EventTypes#isTextDelta text type} are merged if
 * they differ only in their text, log probabilities, padding ({@code obfuscation}) and sequence number: log
 * probabilities are concatenated, padding and sequence numbers are removed. A delta has at most
 * {@value #MAX_DELTA_CHARS} characters, and a longer one is split, so that each fits into a socket message.
 *
 * <p>Pure: time is a parameter, nothing waits. Not safe for use by many threads; see {@link EventBuffer}.
 */
final class DeltaMerger {

    /**
     * The maximum length of a delta, in characters. A message is then below 32 KB for plain text, and below the limit
     * of 128 KB if each character takes six bytes, JSON's longest escape.
     */
    static final int MAX_DELTA_CHARS = 16 * 1024;

    /** The maximum size of a merged delta with its log probabilities, by {@link JsonSize}: half a socket message. */
    private static final int MAX_MERGED_SIZE = 64 * 1024;

    private static final List<String> MERGED_FIELDS = List.of("delta", "obfuscation", "sequence_number");

    private final Duration interval;
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private @Nullable ObjectNode lastSlot;
    private Instant lastSent = Instant.MIN;
    private long size;

    /**
     * @param interval the minimum interval between two deltas of one item; zero merges only deltas that are queued
     *     anyway
     */
    DeltaMerger(Duration interval) {
        this.interval = interval;
    }

    void offer(ModelEvent event) {
        event.payload().remove("sequence_number");
        var delta = event.payload().path("delta");
        if (EventTypes.isTextDelta(event.type()) && delta.isTextual()) {
            event.payload().remove("obfuscation");
            offerText(event, delta.textValue());
            return;
        }
        var single = new SingleEvent(event, JsonSize.of(event.payload()));
        size += single.size;
        pending.add(single);
    }

    private void offerText(ModelEvent event, String text) {
        var slot = slotOf(event);
        int more = text.length() + JsonSize.of(event.payload().path("logprobs"));
        if (pending.peekLast() instanceof MergedDelta tail
                && tail.slot.equals(slot)
                && tail.text.length() + text.length() <= MAX_DELTA_CHARS
                && tail.size + more <= MAX_MERGED_SIZE) {
            tail.grow(text, event.payload(), more);
            size += more;
            return;
        }
        int payloadSize = JsonSize.of(event.payload());
        size += payloadSize;
        int from = 0;
        while (text.length() - from > MAX_DELTA_CHARS) {
            int last = from + MAX_DELTA_CHARS - 1;
            int to = Character.isHighSurrogate(text.charAt(last)) ? last : last + 1;
            var piece = event.payload().deepCopy();
            event.payload().remove("logprobs");
            pending.add(
                    new MergedDelta(new ModelEvent(event.type(), piece), slot, text.substring(from, to), to - from));
            from = to;
        }
        pending.add(new MergedDelta(event, slot, text.substring(from), payloadSize - from));
    }

    private static ObjectNode slotOf(ModelEvent event) {
        var slot = event.payload().deepCopy().remove(MERGED_FIELDS).put("type", event.type());
        var logprobs = slot.path("logprobs");
        if (logprobs.isArray() || logprobs.isNull()) {
            slot.remove("logprobs");
        }
        return slot;
    }

    /** Returns the number of queued events. */
    int size() {
        return pending.size();
    }

    /** Returns the size of the queued events by {@link JsonSize}. */
    long chars() {
        return size;
    }

    /** Returns the instant at which the next event is due; empty if none is queued, {@link Instant#MIN} for at once. */
    Optional<Instant> due() {
        return switch (pending.peekFirst()) {
            case null -> Optional.empty();
            case MergedDelta head
            when pending.size() == 1 && head.slot.equals(lastSlot) && head.canGrow() ->
                Optional.of(lastSent.plus(interval));
            case MergedDelta _, SingleEvent _ -> Optional.of(Instant.MIN);
        };
    }

    /**
     * Removes and returns the next event, whether it is due or not.
     *
     * @throws java.util.NoSuchElementException if none is queued
     */
    ModelEvent take(Instant now) {
        return switch (pending.removeFirst()) {
            case MergedDelta delta -> {
                size -= delta.size;
                lastSlot = delta.slot;
                lastSent = now;
                yield delta.merged();
            }
            case SingleEvent single -> {
                size -= single.size;
                if (single.event.type().equals(EventTypes.RESTARTED)) {
                    // The first delta of the new output is due at once, also where another model gives the same ids.
                    lastSlot = null;
                }
                yield single.event;
            }
        };
    }

    private sealed interface Pending {}

    private record SingleEvent(ModelEvent event, int size) implements Pending {}

    private static final class MergedDelta implements Pending {
        private final ModelEvent event;
        private final ObjectNode slot;
        private final StringBuilder text;
        private int size;

        MergedDelta(ModelEvent event, ObjectNode slot, String text, int size) {
            this.event = event;
            this.slot = slot;
            this.text = new StringBuilder(text);
            this.size = size;
        }

        boolean canGrow() {
            return text.length() < MAX_DELTA_CHARS && size < MAX_MERGED_SIZE;
        }

        void grow(String more, ObjectNode from, int moreSize) {
            text.append(more);
            size += moreSize;
            if (from.path("logprobs") instanceof ArrayNode probabilities) {
                var logprobs = event.payload().path("logprobs") instanceof ArrayNode array
                        ? array
                        : event.payload().putArray("logprobs");
                logprobs.addAll(probabilities);
            }
        }

        ModelEvent merged() {
            event.payload().put("delta", text.toString());
            return event;
        }
    }
}
