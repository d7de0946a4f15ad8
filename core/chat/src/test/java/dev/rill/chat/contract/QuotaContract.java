package dev.rill.chat.contract;

import dev.rill.chat.memory.ResponseIds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.Group;
import dev.rill.chat.Quota;
import dev.rill.chat.Quota.Admission;
import dev.rill.chat.ResponseId;
import dev.rill.chat.memory.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every {@link Quota} does. */
public abstract class QuotaContract {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final ManualClock clock = new ManualClock();
  private final Group group = new Group("zoë 😀 " + UUID.randomUUID());

  /** An adapter that reads this clock and has room for so many of a group. */
  protected abstract Quota quota(InstantSource clock, int running, int queued);

  @Test
  void admitsAsManyAsMayWaitAndAsManyAsMayRun() {
    var quota = quota(clock, 2, 3);

    assertThat(IntStream.range(0, 5).mapToObj(i -> quota.queue(group, id("q" + i), soon())))
        .containsExactly(Admission.ADMITTED, Admission.ADMITTED, Admission.ADMITTED, Admission.FULL, Admission.FULL);
    assertThat(IntStream.range(0, 3).mapToObj(i -> quota.run(group, id("r" + i), soon())))
        .containsExactly(Admission.ADMITTED, Admission.ADMITTED, Admission.FULL);
  }

  @Test
  void countsEachGroupForItself() {
    var quota = quota(clock, 1, 1);
    quota.queue(group, id("a"), soon());
    quota.run(group, id("b"), soon());
    var other = new Group(group.value() + "!");

    assertThat(quota.queue(other, id("a"), soon())).isEqualTo(Admission.ADMITTED);
    assertThat(quota.run(other, id("b"), soon())).isEqualTo(Admission.ADMITTED);
  }

  @Test
  void countsAResponseOnce() {
    var quota = quota(clock, 1, 1);

    for (int i = 0; i < 3; i++) {
      assertThat(quota.queue(group, id("a"), soon())).isEqualTo(Admission.ADMITTED);
      assertThat(quota.run(group, id("b"), soon())).isEqualTo(Admission.ADMITTED);
    }

    quota.leave(group, id("a"));
    quota.leave(group, id("b"));
    assertThat(quota.queue(group, id("c"), soon())).isEqualTo(Admission.ADMITTED);
    assertThat(quota.run(group, id("d"), soon())).isEqualTo(Admission.ADMITTED);
  }

  @Test
  void makesRoomAmongThoseThatWaitForWhatRuns() {
    var quota = quota(clock, 1, 1);
    quota.queue(group, id("a"), soon());

    assertThat(quota.run(group, id("a"), soon())).isEqualTo(Admission.ADMITTED);

    assertThat(quota.queue(group, id("b"), soon())).isEqualTo(Admission.ADMITTED);
    assertThat(quota.run(group, id("b"), soon())).isEqualTo(Admission.FULL);
    assertThat(quota.queue(group, id("c"), soon())).isEqualTo(Admission.FULL);
    quota.leave(group, id("a"));
    assertThat(quota.run(group, id("b"), soon())).isEqualTo(Admission.ADMITTED);
  }

  @Test
  void makesRoomWhenTheTimeIsOver() {
    var quota = quota(clock, 1, 1);
    quota.queue(group, id("a"), soon());
    quota.run(group, id("b"), soon());

    clock.advance(MINUTE.minusMillis(1));
    assertThat(quota.queue(group, id("c"), soon())).isEqualTo(Admission.FULL);
    assertThat(quota.run(group, id("d"), soon())).isEqualTo(Admission.FULL);

    clock.advance(Duration.ofMillis(1));
    assertThat(quota.queue(group, id("c"), soon())).isEqualTo(Admission.ADMITTED);
    assertThat(quota.run(group, id("d"), soon())).isEqualTo(Admission.ADMITTED);
  }

  @Test
  void prolongs() {
    var quota = quota(clock, 1, 1);
    quota.run(group, id("a"), soon());
    clock.advance(MINUTE.minusMillis(1));
    quota.run(group, id("a"), soon());
    clock.advance(MINUTE.minusMillis(1));

    assertThat(quota.run(group, id("b"), soon())).isEqualTo(Admission.FULL);
  }

  @Test
  void extendsThePlaceOfOneThatStillWaits() {
    var quota = quota(clock, 1, 1);
    quota.queue(group, id("a"), soon());
    quota.extend(group, id("a"), soon().plus(MINUTE));
    clock.advance(MINUTE);

    assertThat(quota.queue(group, id("b"), soon())).isEqualTo(Admission.FULL);
  }

  @Test
  void aRepeatDoesNotShortenAPlace() {
    var quota = quota(clock, 1, 1);
    quota.queue(group, id("a"), soon().plus(MINUTE));
    quota.queue(group, id("a"), soon());
    clock.advance(MINUTE);

    assertThat(quota.queue(group, id("b"), soon())).isEqualTo(Admission.FULL);
  }

  @Test
  void extendsNoPlaceThatIsNotThere() {
    var quota = quota(clock, 1, 1);
    quota.extend(group, id("a"), soon());
    quota.queue(group, id("b"), soon());
    quota.run(group, id("b"), soon());
    quota.extend(group, id("b"), soon());

    assertThat(quota.queue(group, id("c"), soon())).isEqualTo(Admission.ADMITTED);
  }

  @Test
  void knowsNothingOfOneWhoLeavesUnseen() {
    var quota = quota(clock, 1, 1);

    quota.leave(group, id("a"));

    assertThat(quota.run(group, id("b"), soon())).isEqualTo(Admission.ADMITTED);
    quota.leave(group, id("a"));
    assertThat(quota.run(group, id("c"), soon())).isEqualTo(Admission.FULL);
  }

  @Test
  void admitsExactlySoManyOfManyWhoAskAtOnce() throws Exception {
    var quota = quota(clock, 5, 1);
    // Their time is over: whoever comes has to make room first.
    IntStream.range(0, 5).forEach(i -> quota.run(group, id("old" + i), clock.instant()));
    var start = new CountDownLatch(1);

    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var asked = IntStream.range(0, 20).mapToObj(i -> executor.submit(() -> {
        start.await();
        return quota.run(group, id("new" + i), soon());
      })).toList();
      start.countDown();
      int admitted = 0;
      for (var answer : asked) {
        admitted += answer.get() == Admission.ADMITTED ? 1 : 0;
      }
      assertThat(admitted).isEqualTo(5);
    }
  }

  private Instant soon() {
    return clock.instant().plus(MINUTE);
  }

  private static ResponseId id(String name) {
    return ResponseIds.of(name);
  }
}
