package dev.rill.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class OutboxTest {

  private final Outbox outbox = new Outbox(new DeltaMerger(Duration.ZERO), InstantSource.fixed(Instant.EPOCH));

  @Test
  void isEmptyWhenTheTimeIsUp() throws Exception {
    assertThat(outbox.take(Instant.EPOCH)).isEmpty();
  }

  @Test
  void whatWaitsGoesOutEvenWhenTheTimeIsUp() throws Exception {
    outbox.put(event(1));
    assertThat(outbox.take(Instant.EPOCH)).isPresent();
  }

  @Test
  void fullOutboxHoldsTheReaderBackUntilSomethingIsTaken() throws Exception {
    var put = new AtomicInteger();
    var done = new CountDownLatch(1);
    var reader = Thread.ofVirtual().start(() -> {
      try {
        for (int i = 0; i <= Outbox.CAPACITY; i++) {
          outbox.put(event(i));
          put.incrementAndGet();
        }
        done.countDown();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    });
    while (reader.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    assertThat(put).hasValue(Outbox.CAPACITY);
    assertThat(outbox.take(Instant.MAX)).isPresent();
    done.await();
    assertThat(put).hasValue(Outbox.CAPACITY + 1);
  }

  @Test
  void closingLetsBothSidesGoAndDropsWhatThereIs() throws Exception {
    for (int i = 0; i < Outbox.CAPACITY; i++) {
      outbox.put(event(i));
    }
    var reader = Thread.ofVirtual().start(() -> {
      try {
        outbox.put(event(0));
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    });
    outbox.close();
    reader.join();
    assertThat(outbox.take(Instant.MAX)).isEmpty();
  }

  private static ModelEvent event(int n) {
    return new ModelEvent("x", Json.object().put("n", n));
  }
}
