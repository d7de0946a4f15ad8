package dev.rill.chat.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.WellFormed;

/**
 * One event as the model sent it: its own ids and numbers, and fields that nobody here has heard of.
 *
 * @param type the payload's {@code type}, never blank
 * @param payload the whole event; whoever receives it owns it and may change it
 */
public record ModelEvent(String type, ObjectNode payload) {

    public ModelEvent {
        if (type.isBlank()) {
            throw new IllegalArgumentException("an event has a type");
        }
        // As the payload is written: else the log would name the event otherwise than the client reads it.
        type = WellFormed.of(type);
    }
}
