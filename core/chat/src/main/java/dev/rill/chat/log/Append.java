package dev.rill.chat.log;

import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.QuotaKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What one attempt adds to the log, as one step.
 *
 * @param attempt must be the newest
 * @param status {@link Status#IN_PROGRESS}, or how it ended if the last event is terminal
 * @param leaseUntil the lease from now on
 * @param reservedThrough the greatest number that may be shown from now on
 * @param subscriptions the sockets as the attempt knows them; its version must be the newest
 * @param expiresAt when the response is forgotten
 * @param events must follow the last logged event without a gap; at least one
 * @param conclusion what the response leaves to its conversation; empty while it goes on, and where it can't be
 *     continued
 */
public record Append(
        ResponseId id,
        int attempt,
        Status status,
        Instant leaseUntil,
        long reservedThrough,
        Subscriptions subscriptions,
        Instant expiresAt,
        List<Event> events,
        Optional<Conclusion> conclusion) {

    /**
     * What an ended response leaves to its conversation.
     *
     * @param quotaKey within which the items are found by their ids: the model issues those, and may issue the same to
     *     others
     * @param output the items as the model gave them, a JSON array; what clients are not shown included
     * @param itemIds the ids by which {@link ResponseLog#findByItem} finds the response; each once
     * @param conversation its size with this output
     */
    public record Conclusion(QuotaKey quotaKey, String output, List<String> itemIds, ConversationSize conversation) {
        public Conclusion {
            itemIds = List.copyOf(itemIds);
        }
    }

    /** An append after which the response goes on, or can't be continued. */
    public Append(
            ResponseId id,
            int attempt,
            Status status,
            Instant leaseUntil,
            long reservedThrough,
            Subscriptions subscriptions,
            Instant expiresAt,
            List<Event> events) {
        this(id, attempt, status, leaseUntil, reservedThrough, subscriptions, expiresAt, events, Optional.empty());
    }

    public Append {
        events = List.copyOf(events);
        if (events.isEmpty()) {
            throw new IllegalArgumentException("nothing to append to " + id);
        }
        long expected = events.getFirst().sequenceNumber();
        for (var event : events) {
            if (event.sequenceNumber() != expected++) {
                throw new IllegalArgumentException(
                        "event " + event.sequenceNumber() + " stands where " + (expected - 1) + " must follow");
            }
        }
    }

    public long first() {
        return events.getFirst().sequenceNumber();
    }

    public long last() {
        return events.getLast().sequenceNumber();
    }

    /** What came of it, where the lease still holds. */
    public sealed interface Outcome {

        /** It is in the log. */
        record Appended() implements Outcome {}

        /** Nothing was written: a socket has been attached meanwhile. */
        record Outdated(Directives directives) implements Outcome {}
    }
}
