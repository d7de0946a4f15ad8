package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One numbered streaming event as clients read it. Immutable. Its text is the same on every transport and in the log.
 *
 * @param sequenceNumber its position in the response, from 0 without a gap
 * @param type the payload's {@code type}
 * @param json the whole event, one line, {@code type} and {@code sequence_number} included
 */
public record Event(long sequenceNumber, String type, String json) {

    public Event {
        if (sequenceNumber < 0) {
            throw new IllegalArgumentException("sequence numbers count from 0, not " + sequenceNumber);
        }
    }

    /**
     * An event with its number and its final text.
     *
     * @param payload the event's fields, not changed but for lone surrogates, which are replaced
     */
    public static Event numbered(long sequence, String type, ObjectNode payload) {
        var whole = Json.object().put("type", type).put("sequence_number", sequence);
        for (var field : payload.properties()) {
            if (!whole.has(field.getKey())) {
                whole.set(field.getKey(), field.getValue());
            }
        }
        WellFormed.repair(whole);
        return new Event(sequence, type, Json.write(whole));
    }

    /** Whether this is the last event of its response. */
    public boolean terminal() {
        return EventTypes.isTerminal(type);
    }
}
