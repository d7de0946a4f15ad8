package dev.rill.local.sqs;

import java.time.Duration;
import java.util.List;

/** Chooses the received messages that are delivered to the function again. Each mapping calls it on one thread. */
@FunctionalInterface
public interface Redeliveries {
    /** No message is delivered again. */
    Redeliveries NONE = messageId -> List.of();

    /** The additional deliveries of a message that was just received; usually none. */
    List<Redelivery> of(String messageId);

    /**
     * One additional delivery of a message: with the same id, receipt handle and body, and a receive count that is one
     * higher.
     */
    sealed interface Redelivery {

        /** At the same time as the first delivery. */
        record Duplicate() implements Redelivery {}

        /**
         * After the first delivery was handled, even if that deleted the message.
         *
         * @param after the delay from that moment
         */
        record Late(Duration after) implements Redelivery {}
    }
}
