package dev.rill.chat.log;

import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.quota.QuotaKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One atomic write of an attempt to the log.
 *
 * @param progress of the response with this append. Its status is {@link Status#IN_PROGRESS}, or the final one if the
 *     last event is terminal. Its lease is the new one of the attempt; the log refuses any attempt but the newest. Its
 *     {@code lastSequence} is that of the last event
 * @param subscriptions the sockets as the attempt knows them; the log refuses an outdated version
 * @param expiresAt when the log deletes the response
 * @param events at least one, following the last logged event without a gap
 * @param conclusion what later turns of the conversation need; empty while the response runs, and if it can't be
 *     continued
 */
public record Append(
        ResponseId id,
        Progress progress,
        Subscriptions subscriptions,
        Instant expiresAt,
        List<Event> events,
        Optional<Conclusion> conclusion) {

    /**
     * What later turns of the conversation need of an ended response.
     *
     * @param quotaKey the scope of the item ids: the model issues them, and may issue the same id to several users
     * @param output the output items as the model sent them, a JSON array; includes what clients are not sent
     * @param itemIds the distinct ids by which {@link ResponseLog#findByItem} finds the response
     * @param conversation the size of the conversation with this output
     */
    public record Conclusion(QuotaKey quotaKey, String output, List<String> itemIds, ConversationSize conversation) {
        public Conclusion {
            itemIds = List.copyOf(itemIds);
        }
    }

    /** An append without a conclusion. */
    public Append(
            ResponseId id, Progress progress, Subscriptions subscriptions, Instant expiresAt, List<Event> events) {
        this(id, progress, subscriptions, expiresAt, events, Optional.empty());
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
                        "expected event " + (expected - 1) + " but found " + event.sequenceNumber());
            }
        }
        if (progress.lastSequence() != events.getLast().sequenceNumber()) {
            throw new IllegalArgumentException("the progress is at event " + progress.lastSequence()
                    + " but the last event is " + events.getLast().sequenceNumber());
        }
    }

    public Status status() {
        return progress.status();
    }

    /** Returns the new lease of the attempt. */
    public Lease lease() {
        return progress.lease();
    }

    public long first() {
        return events.getFirst().sequenceNumber();
    }

    public long last() {
        return progress.lastSequence();
    }

    /** The outcome of an append of an attempt that holds the lease. */
    public sealed interface Outcome {

        /** The append is in the log. */
        record Appended() implements Outcome {}

        /** Nothing was written, because the subscriptions have changed. Carries the current directives. */
        record Outdated(Directives directives) implements Outcome {}
    }
}
