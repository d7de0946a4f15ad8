package dev.rill.worker;

import dev.rill.aws.SqsPromptQueue;
import dev.rill.chat.Answered;
import dev.rill.chat.Audience;
import dev.rill.chat.Chat;
import dev.rill.chat.Model;
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
  private final Audience audience;

  /** A message of the queue: its id there, and its text. */
  record Message(String id, String body) {}

  private record Outcome(Message message, Ending ending) {}

  private enum Ending { DONE, AGAIN }

  Batch(Chat chat, Model model, Audience audience) {
    this.chat = chat;
    this.model = model;
    this.audience = audience;
  }

  /**
   * Answers all; returns the ids of those that must come again, in the order given.
   *
   * @param until when all must have ended
   */
  List<String> answer(List<Message> messages, Instant until) throws InterruptedException {
    var context = MDC.getCopyOfContextMap();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks = messages.stream().<Callable<Outcome>>map(message -> () -> answer(message, until, context)).toList();
      return threads.invokeAll(tasks).stream()
          .map(task -> task.resultNow())
          .filter(outcome -> outcome.ending == Ending.AGAIN)
          .map(outcome -> outcome.message.id)
          .toList();
    }
  }

  private Outcome answer(Message message, Instant until, @Nullable Map<String, String> context) {
    if (context != null) {
      MDC.setContextMap(context);
    }
    try {
      var prompt = SqsPromptQueue.parse(message.body);
      try (var _ = MDC.putCloseable("response_id", prompt.responseId().value())) {
        return new Outcome(message, switch (chat.answer(prompt.responseId(), until, model, audience)) {
          case Answered.DONE -> Ending.DONE;
          case Answered.ELSEWHERE -> Ending.AGAIN;
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
}
