package dev.rill.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What becomes of prompts that were delivered in vain as often as may be: their responses end as failed, which their users see, and the
 * prompts are parked where an operator finds them.
 *
 * @param queueArn the dead-letter queue
 * @param parking takes a message's text
 */
record DeadLetters(String queueArn, Batch batch, Consumer<String> parking) {

  /** Ends the responses and parks the prompts; returns the ids of those that must come again. */
  List<String> handle(List<Batch.Message> messages) throws InterruptedException {
    var again = new ArrayList<>(batch.giveUp(messages));
    for (var message : messages) {
      if (!again.contains(message.id())) {
        parking.accept(message.body());
      }
    }
    return again;
  }
}
