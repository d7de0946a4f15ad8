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
 * Decides which event goes out next and when, so that a client sees text at once and is not sent a message a token.
 *
 * <p>The first delta of an item goes out at once. A later delta waits while it can still grow: until the interval since
 * the last delta of the same item has passed, or another event stands behind it. Whatever else waits goes out as soon
 * as it is asked for, in the order offered. Two deltas of a {@linkplain EventTypes#isTextDelta type that is known to be
 * text} are merged if they differ in nothing but their text; log probabilities are strung together, padding
 * ({@code obfuscation}) and the model's numbers are dropped. No delta grows beyond {@value #MAX_DELTA_CHARS}
 * characters, and a larger one is split, so that each fits a socket message.
 *
 * <p>Pure: time is a parameter, nothing waits. Not safe for use by many threads; see {@link EventBuffer}.
 */
final class DeltaMerger {

    /**
     * Below a message of 32 KB for plain text, and below the limit of 128 KB at six bytes a character, JSON's longest
     * escape.
     */
    static final int MAX_DELTA_CHARS = 16 * 1024;

    /**
     * The size (see {@link JsonSize}) beyond which log probabilities are not strung together: half a socket message.
     */
    private static final int MAX_MERGED_SIZE = 64 * 1024;

    private static final List<String> NOT_IDENTITY = List.of("delta", "obfuscation", "sequence_number");

    private final Duration interval;
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private @Nullable ObjectNode lastSlot;
    private Instant lastSent = Instant.MIN;
    private long size;

    /** @param interval the least time between two deltas of one item; zero merges only what waits anyway */
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
        var whole = new SingleEvent(event, JsonSize.of(event.payload()));
        size += whole.size;
        pending.add(whole);
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
        int whole = JsonSize.of(event.payload());
        size += whole;
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
        pending.add(new MergedDelta(event, slot, text.substring(from), whole - from));
    }

    private static ObjectNode slotOf(ModelEvent event) {
        var slot = event.payload().deepCopy().remove(NOT_IDENTITY).put("type", event.type());
        var logprobs = slot.path("logprobs");
        if (logprobs.isArray() || logprobs.isNull()) {
            slot.remove("logprobs");
        }
        return slot;
    }

    /** How many events wait. */
    int size() {
        return pending.size();
    }

    /** About how many characters the waiting events have, see {@link JsonSize}. */
    long chars() {
        return size;
    }

    /** From when on {@link #take} may be called; empty while nothing waits, {@link Instant#MIN} for at once. */
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
     * Takes out the next event.
     *
     * @throws java.util.NoSuchElementException if none waits
     */
    ModelEvent take(Instant now) {
        return switch (pending.removeFirst()) {
            case MergedDelta delta -> {
                size -= delta.size;
                lastSlot = delta.slot;
                lastSent = now;
                yield delta.merged();
            }
            case SingleEvent whole -> {
                size -= whole.size;
                yield whole.event;
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
                var known = event.payload().path("logprobs") instanceof ArrayNode array
                        ? array
                        : event.payload().putArray("logprobs");
                known.addAll(probabilities);
            }
        }

        ModelEvent merged() {
            event.payload().put("delta", text.toString());
            return event;
        }
    }
}
