package dev.rill.worker;

import java.util.List;
import java.util.function.Consumer;

/**
 * What becomes of prompts that were delivered in vain as often as may be: their responses end as failed, which their
 * users see, and the prompts are parked where an operator finds them.
 *
 * @param queueArn the dead-letter queue
 * @param parking takes a message's text
 */
record DeadLetters(String queueArn, BatchProcessor processor, Consumer<String> parking) {

    /** Ends the responses and parks the prompts; returns those that must come again. */
    List<FailedMessage> handle(List<BatchMessage> messages) throws InterruptedException {
        return processor.giveUp(messages, parking);
    }
}
