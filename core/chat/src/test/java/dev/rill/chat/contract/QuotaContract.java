package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.Group;
import dev.rill.chat.Quota;
import dev.rill.chat.Quota.Admission;
import dev.rill.chat.ResponseId;
import dev.rill.chat.memory.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Quota} does. */
public abstract class QuotaContract {

  private final ManualClock clock = new ManualClock();
  private final Group group = new Group("zoë " + UUID.randomUUID());
  private Quota quota;

  /** An adapter that reads this clock and has these limits. */
  protected abstract Quota quota(InstantSource clock, int running, int queued);

  @BeforeEach
  void open() {
    quota = quota(clock, 2, 3);
  }

  @Test
  void admitsSoManyAndNoMore() {
    for (int i = 0; i < 3; i++) {
      assertThat(quota.queue(group, id(i), later())).isEqualTo(Admission.ADMITTED);
    }
    assertThat(quota.queue(group, id(3), later())).isEqualTo(Admission.FULL);
    for (int i = 0; i < 2; i++) {
      assertThat(quota.run(group, id(i), later())).isEqualTo(Admission.ADMITTED);
    }
    assertThat(quota.run(group, id(2), later())).isEqualTo(Admission.FULL);
  }

  @Test
  void countsAResponseOnce() {
    for (int i = 0; i < 5; i++) {
      assertThat(quota.queue(group, id(0), later())).isEqualTo(Admission.ADMITTED);
      assertThat(quota.run(group, id(0), later())).isEqualTo(Admission.ADMITTED);
    }
    assertThat(quota.run(group, id(1), later())).isEqualTo(Admission.ADMITTED);
  }

  @Test
  void whoRunsOrLeavesMakesRoom() {
    for (int i = 0; i < 3; i++) {
      quota.queue(group, id(i), later());
    }
    quota.run(group, id(0), later());
    assertThat(quota.queue(group, id(3), later())).isEqualTo(Admission.ADMITTED);
    quota.leave(group, id(1));
    assertThat(quota.queue(group, id(4), later())).isEqualTo(Admission.ADMITTED);
    quota.run(group, id(2), later());
    assertThat(quota.run(group, id(3), later())).isEqualTo(Admission.FULL);
    quota.leave(group, id(0));
    assertThat(quota.run(group, id(3), later())).isEqualTo(Admission.ADMITTED);
  }

  @Test
  void placeFallsFreeByItself() {
    quota.run(group, id(0), later());
    quota.run(group, id(1), later().plusSeconds(1));
    assertThat(quota.run(group, id(2), later())).isEqualTo(Admission.FULL);

    clock.advance(Duration.ofMinutes(1));

    assertThat(quota.run(group, id(2), later())).isEqualTo(Admission.ADMITTED);
    assertThat(quota.run(group, id(3), later())).isEqualTo(Admission.FULL);
  }

  @Test
  void groupsDoNotTouchEachOther() {
    var other = new Group(group.value() + " ");
    quota.run(group, id(0), later());
    quota.run(group, id(1), later());

    assertThat(quota.run(other, id(2), later())).isEqualTo(Admission.ADMITTED);
    quota.leave(new Group("nobody"), id(0));
    assertThat(quota.run(group, id(3), later())).isEqualTo(Admission.FULL);
  }

  @Test
  void ofManyAtOnceItAdmitsSoMany() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var asked = IntStream.range(0, 12).<Callable<Admission>>mapToObj(i -> () -> quota.run(group, id(i), later()))
          .toList();
      var admissions = new ArrayList<Admission>();
      for (var admission : threads.invokeAll(asked)) {
        admissions.add(admission.get());
      }
      assertThat(admissions.stream().filter(it -> it == Admission.ADMITTED)).hasSize(2);
    }
  }

  private Instant later() {
    return clock.instant().plus(Duration.ofMinutes(1));
  }

  private static ResponseId id(int number) {
    return new ResponseId("resp_" + number);
  }
}
