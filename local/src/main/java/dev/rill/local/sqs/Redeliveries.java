package dev.rill.local.sqs;

import java.time.Duration;
import java.util.List;

/**
 * Decides, for each message that a mapping receives, whether it comes to the function again. Called by one thread a
 * mapping.
 */
@FunctionalInterface
public interface Redeliveries {
    /** Every message comes once for each time that it is received. */
    Redeliveries NONE = messageId -> List.of();

    /** How a message that was just received comes again; empty if it does not. */
    List<Redelivery> of(String messageId);

    /** One more delivery of a message: id, receipt handle and body are the same, the receive count is one higher. */
    sealed interface Redelivery {

        /** Beside the first delivery. */
        record Twin() implements Redelivery {}

        /**
         * After the first delivery was handled, also where that deleted the message.
         *
         * @param after counted from then
         */
        record Late(Duration after) implements Redelivery {}
    }
}
