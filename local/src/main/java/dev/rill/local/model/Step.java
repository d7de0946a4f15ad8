package dev.rill.local.model;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** One step of an answer. */
sealed interface Step {

    /** Sends an event; before a delta it waits for the pace. */
    record Send(ObjectNode event) implements Step {

        boolean delta() {
            return event.path("type").asText().endsWith(".delta");
        }
    }

    /** Sends an event that is not JSON. */
    record Garble() implements Step {}

    /** Sends nothing more and stays connected. */
    record Stall() implements Step {}

    /** Closes the connection within the next event. */
    record BreakOff() implements Step {}
}
