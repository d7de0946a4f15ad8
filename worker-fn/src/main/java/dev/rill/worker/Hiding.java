package dev.rill.worker;

import dev.rill.chat.Sleeper;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the prompts of a batch hidden from other workers, for a short while at a time and again and again: when this worker dies, the queue
 * shows them soon, and not only after the queue's own visibility timeout, which must be as long as the function may run.
 */
final class Hiding {

  /** So long after a worker's death its prompts come again at most. */
  static final Duration FOR = Duration.ofSeconds(25);

  private static final Duration EVERY = Duration.ofSeconds(8);
  private static final Logger LOG = LoggerFactory.getLogger(Hiding.class);

  private final Visibility visibility;
  private final Sleeper sleeper;

  /** Hides messages, named by their receipt handles, from now on for a time. */
  @FunctionalInterface
  interface Visibility {
    void hide(List<String> receiptHandles, Duration time);
  }

  Hiding(Visibility visibility, Sleeper sleeper) {
    this.visibility = visibility;
    this.sleeper = sleeper;
  }

  /** The work during which messages are hidden. */
  @FunctionalInterface
  interface Work {
    List<String> run() throws InterruptedException;
  }

  /** Hides messages, works, and returns what the work returns. */
  List<String> during(Work work, List<String> receiptHandles) throws InterruptedException {
    hide(receiptHandles);
    var keeper = Thread.ofVirtual().name("hiding").start(() -> {
      try {
        while (true) {
          sleeper.sleep(EVERY);
          hide(receiptHandles);
        }
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    });
    try {
      return work.run();
    } finally {
      keeper.interrupt();
      // A last extension must not come after Lambda has shown what failed.
      keeper.join();
    }
  }

  private void hide(List<String> receiptHandles) {
    try {
      visibility.hide(receiptHandles, FOR);
    } catch (RuntimeException e) {
      // The leases hold all the same: a prompt that comes too early is put back.
      LOG.warn("the prompts of this batch could not be hidden for longer", e);
    }
  }
}
