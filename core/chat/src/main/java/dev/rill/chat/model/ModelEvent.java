package dev.rill.chat.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.WellFormed;

/**
 * One event as the model sent it, with the model's ids and sequence numbers, and with fields that Rill does not know.
 *
 * @param type the payload's {@code type}, never blank
 * @param payload the complete event; the receiver owns it and may modify it
 */
public record ModelEvent(String type, ObjectNode payload) {

    public ModelEvent {
        if (type.isBlank()) {
            throw new IllegalArgumentException("the type of an event is blank");
        }
        // The payload is repaired in the same way when it is written; the type in the log must equal the payload's.
        type = WellFormed.of(type);
    }
}
