package dev.rill.worker;

import dev.rill.aws.SqsPromptQueue;
import dev.rill.chat.Answered;
import dev.rill.chat.Chat;
import dev.rill.chat.Model;
import dev.rill.chat.Prompt;
import dev.rill.chat.PromptQueue;
import dev.rill.chat.PromptQueue.Sending;
import dev.rill.chat.Sockets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Answers the prompts of one batch side by side, a virtual thread each: the bill is for the longest one, not for the sum. */
final class Batch {

  private static final Logger LOG = LoggerFactory.getLogger(Batch.class);

  private final Chat chat;
  private final Model model;
  private final Sockets sockets;
  private final PromptQueue prompts;

  /** A message of the queue: its id there, its text, and what this delivery of it is called. */
  record Message(String id, String body, String receiptHandle) {}

  private record Outcome(Message message, Ending ending) {}

  private enum Ending { DONE, AGAIN }

  Batch(Chat chat, Model model, Sockets sockets, PromptQueue prompts) {
    this.chat = chat;
    this.model = model;
    this.sockets = sockets;
    this.prompts = prompts;
  }

  /**
   * Answers all; returns the ids of those that must come again, in the order given.
   *
   * @param deadline when the function is killed
   */
  List<String> answer(List<Message> messages, Instant deadline) throws InterruptedException {
    return each(messages, prompt -> chat.answer(prompt, deadline, model, sockets));
  }

  /** Ends the responses of prompts that were delivered in vain; returns the ids of those that must come again. */
  List<String> giveUp(List<Message> messages) throws InterruptedException {
    return each(messages, prompt -> chat.giveUp(prompt, sockets));
  }

  @FunctionalInterface
  private interface Work {
    Answered on(Prompt prompt) throws InterruptedException;
  }

  private List<String> each(List<Message> messages, Work work) throws InterruptedException {
    var context = MDC.getCopyOfContextMap();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks = messages.stream().<Callable<Outcome>>map(message -> () -> work(message, work, context)).toList();
      return threads.invokeAll(tasks).stream()
          .map(task -> task.resultNow())
          .filter(outcome -> outcome.ending == Ending.AGAIN)
          .map(outcome -> outcome.message.id)
          .toList();
    }
  }

  private Outcome work(Message message, Work work, @Nullable Map<String, String> context) {
    if (context != null) {
      MDC.setContextMap(context);
    }
    try {
      var prompt = SqsPromptQueue.parse(message.body);
      try (var _ = MDC.putCloseable("response_id", prompt.responseId().value())) {
        return new Outcome(message, switch (work.on(prompt)) {
          case DONE -> Ending.DONE;
          case LATER -> putBack(prompt);
          case LOST -> Ending.AGAIN;
        });
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return new Outcome(message, Ending.AGAIN);
    } catch (RuntimeException e) {
      LOG.error("message {} failed and will come again", message.id, e);
      return new Outcome(message, Ending.AGAIN);
    }
  }

  /**
   * Sends it once more and is done with the old one: a message that came back by itself would count as received once more, and so push a
   * healthy response into the dead-letter queue.
   */
  private Ending putBack(Prompt prompt) {
    prompts.send(List.of(new Sending(prompt, Chat.AGAIN_AFTER)));
    return Ending.DONE;
  }
}
