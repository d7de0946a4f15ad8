package dev.rill.worker;

import java.util.List;
import java.util.function.Consumer;

/**
 * Handles messages of the dead-letter queue, which were delivered as often as the queue allows: their responses end as
 * failed, so that clients learn of it, and the messages are parked for an operator.
 *
 * @param queueArn the dead-letter queue's
 * @param parking sends a message's body to the queue of parked messages
 */
record DeadLetters(String queueArn, BatchProcessor processor, Consumer<String> parking) {

    /** Ends the responses and parks the messages; returns those that the queue must deliver again. */
    List<FailedMessage> handle(List<BatchMessage> messages) throws InterruptedException {
        return processor.giveUp(messages, parking);
    }
}
