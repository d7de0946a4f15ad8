package dev.rill.local.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProcessorsTest {

  private final AtomicLong now = new AtomicLong();
  private final AtomicInteger percent = new AtomicInteger(20);
  private final Processors processors = new Processors(() -> percent.get() / 100.0, now::get);

  @Test
  void haveRoomWhereTheyAreNotBusy() {
    assertThat(processors.haveRoom()).isTrue();
    look(95);
    assertThat(processors.haveRoom()).isFalse();
    look(74);
    assertThat(processors.haveRoom()).isTrue();
  }

  @Test
  void areNotLookedAtTooOften() {
    look(95);
    assertThat(processors.haveRoom()).isFalse();
    percent.set(0);
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(499));
    assertThat(processors.haveRoom()).isFalse();
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
    assertThat(processors.haveRoom()).isTrue();
  }

  private void look(int load) {
    percent.set(load);
    now.addAndGet(TimeUnit.SECONDS.toNanos(1));
  }
}
