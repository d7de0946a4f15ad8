package dev.rill.local.model;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** One thing that the model does in the course of an answer. */
sealed interface Step {

    /** Sends an event; a delta waits for its turn first. */
    record Send(ObjectNode event) implements Step {

        boolean delta() {
            return event.path("type").asText().endsWith(".delta");
        }
    }

    /** Sends an event that is no JSON. */
    record Garble() implements Step {}

    /** Sends nothing more and stays connected. */
    record Stall() implements Step {}

    /** Breaks the connection in the midst of the next event. */
    record BreakOff() implements Step {}
}
