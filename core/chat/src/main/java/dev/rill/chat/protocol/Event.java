package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One numbered streaming event as the client reads it: its text and, where an event's fields are asked for, its
 * payload.
 *
 * <p>The text is made once, when the event gets its number, and the same text goes to the log and to every transport.
 * An event that was read from the log is parsed when its payload is first asked for, and not again; most are never
 * parsed. An event keeps its payload as long as it lives, so a long list of events whose payloads are all read should
 * be released event by event.
 *
 * <p>Two events are equal if number, type and text are. Immutable, as long as callers leave the payload unchanged; safe
 * for use by many threads.
 */
public final class Event {

    private final long sequenceNumber;
    private final String type;
    private final String json;
    private final Function<String, Optional<ObjectNode>> parser;

    /** Null until the text has been parsed; no object if the text holds none. */
    @GuardedBy("this")
    private @Nullable JsonNode payload;

    /**
     * An event whose text exists: one that was read from the log.
     *
     * @param sequenceNumber counts from 0 in a response without a gap
     * @param type the payload's {@code type}
     * @param json the whole event, one line, {@code type} and {@code sequence_number} included
     */
    public Event(long sequenceNumber, String type, String json) {
        this(sequenceNumber, type, json, Json::findObject, null);
    }

    private Event(
            long sequenceNumber,
            String type,
            String json,
            Function<String, Optional<ObjectNode>> parser,
            @Nullable JsonNode payload) {
        if (sequenceNumber < 0) {
            throw new IllegalArgumentException("sequence numbers count from 0, not " + sequenceNumber);
        }
        this.sequenceNumber = sequenceNumber;
        this.type = type;
        this.json = json;
        this.parser = parser;
        this.payload = payload;
    }

    /**
     * An event with its number and its final text.
     *
     * @param payload the event's fields, not changed but for lone surrogates, which are replaced, and for a
     *     {@code stream_id}, which is left out; from now on a part of the event, which the caller must not change
     */
    public static Event numbered(long sequence, String type, ObjectNode payload) {
        var whole = Json.object().put("type", type).put("sequence_number", sequence);
        for (var field : payload.properties()) {
            // Sockets get a stream id of their own; one of the model's server would contradict it.
            if (!whole.has(field.getKey()) && !field.getKey().equals(StreamId.FIELD)) {
                whole.set(field.getKey(), field.getValue());
            }
        }
        WellFormed.repair(whole);
        return new Event(sequence, type, Json.write(whole), Json::findObject, whole);
    }

    /** As {@link #Event(long, String, String)}, for tests that count how often a text is parsed. */
    static Event parsedBy(
            Function<String, Optional<ObjectNode>> parser, long sequenceNumber, String type, String json) {
        return new Event(sequenceNumber, type, json, parser, null);
    }

    public long sequenceNumber() {
        return sequenceNumber;
    }

    public String type() {
        return type;
    }

    /** The text that the log keeps and clients are sent. */
    public String json() {
        return json;
    }

    /**
     * The event's fields, {@code type} and {@code sequence_number} included. Shared by all callers, who must not change
     * it.
     *
     * @throws IllegalStateException if the text is no JSON object; the message repeats nothing of it
     */
    public ObjectNode payload() {
        return findPayload()
                .orElseThrow(() -> new IllegalStateException(
                        "event " + sequenceNumber + " of type " + type + " is no JSON object"));
    }

    /** As {@link #payload}; empty if the text is no JSON object. */
    public synchronized Optional<ObjectNode> findPayload() {
        var known = payload;
        if (known == null) {
            known = parser.apply(json).<JsonNode>map(object -> object).orElseGet(MissingNode::getInstance);
            payload = known;
        }
        return known instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
    }

    /** Whether this is the last event of its response. */
    public boolean terminal() {
        return EventTypes.isTerminal(type);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Event event
                && sequenceNumber == event.sequenceNumber
                && type.equals(event.type)
                && json.equals(event.json);
    }

    @Override
    public int hashCode() {
        return Objects.hash(sequenceNumber, type, json);
    }

    @Override
    public String toString() {
        return "Event[sequenceNumber=" + sequenceNumber + ", type=" + type + ", json=" + json + "]";
    }
}
