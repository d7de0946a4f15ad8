package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.Claim;
import dev.rill.chat.ConnectionId;
import dev.rill.chat.Event;
import dev.rill.chat.EventTypes;
import dev.rill.chat.Json;
import dev.rill.chat.LeaseLostException;
import dev.rill.chat.ResponseHeader;
import dev.rill.chat.ResponseId;
import dev.rill.chat.ResponseLog;
import dev.rill.chat.Status;
import dev.rill.chat.Subject;
import dev.rill.chat.memory.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link ResponseLog} does. */
public abstract class ResponseLogContract {

  private static final Duration RETENTION = Duration.ofDays(1);
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final Subject SUBJECT = new Subject("auth0|zoë 😀");

  private final ManualClock clock = new ManualClock();
  private final ResponseId id = new ResponseId("resp_" + UUID.randomUUID());
  private ResponseLog log;

  /** An adapter that reads this clock and keeps a response for this long. */
  protected abstract ResponseLog log(InstantSource clock, Duration retention);

  @BeforeEach
  void open() {
    log = log(clock, RETENTION);
  }

  // create and find

  @Test
  void findsWhatWasCreated() {
    var attached = Set.of(new ConnectionId("Lk9="), new ConnectionId("second"));
    var request = Json.findObject("{\"input\":\"zoë 😀 \\u0000 1.10\",\"temperature\":0.70,\"n\":1e400}").orElseThrow();

    log.create(ResponseHeader.queued(id, SUBJECT, clock.instant(), attached, request), events(0, 1));

    assertThat(log.find(id)).contains(new ResponseHeader(id, SUBJECT, Status.QUEUED, 0, Instant.EPOCH, 1,
        clock.instant(), attached, request));
  }

  @Test
  void findsOneThatWasStarted() {
    log.create(ResponseHeader.started(id, SUBJECT, clock.instant(), leaseEnd(), Json.object()), List.of());

    assertThat(log.find(id)).contains(new ResponseHeader(id, SUBJECT, Status.IN_PROGRESS, 1, leaseEnd(), -1,
        clock.instant(), Set.of(), Json.object()));
  }

  @Test
  void knowsNothingOfAnUnknownId() {
    assertThat(log.find(id)).isEmpty();
    assertThat(log.read(id, -1)).isEmpty();
    assertThat(claim()).isEqualTo(new Claim.Unknown());
    assertLeaseLost(1, events(0, 0));
  }

  @Test
  void refusesASecondLogOfAnId() {
    createQueued();
    var other = ResponseHeader.queued(id, new Subject("other"), clock.instant(), Set.of(),
        Json.object().put("input", "other " + noise(600_000)));

    assertThatIllegalStateException().isThrownBy(() -> log.create(other, events(0, 5)));

    assertThat(require().subject()).isEqualTo(SUBJECT);
    assertThat(require().request()).isEqualTo(request());
    assertThat(log.read(id, -1)).isEqualTo(events(0, 1));
  }

  @Test
  void refusesToBeginWithAnotherNumberThanZero() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> log.create(ResponseHeader.queued(id, SUBJECT, clock.instant(), Set.of(), request()),
            events(1, 2)));

    assertThat(log.find(id)).isEmpty();
  }

  // claim

  @Test
  void grantsTheFirstAttemptOfAQueuedResponse() {
    var attached = Set.of(new ConnectionId("Lk9="));
    log.create(ResponseHeader.queued(id, SUBJECT, clock.instant(), attached, request()), events(0, 1));

    var granted = new ResponseHeader(id, SUBJECT, Status.IN_PROGRESS, 1, leaseEnd(), 1, clock.instant(), attached,
        request());
    assertThat(claim()).isEqualTo(new Claim.Granted(granted));
    assertThat(log.find(id)).contains(granted);
  }

  @Test
  void tellsUntilWhenTheLeaseIsHeld() {
    createQueued();
    claim();
    var until = leaseEnd();

    clock.advance(LEASE.minusMillis(1));

    assertThat(claim()).isEqualTo(new Claim.Held(until));
  }

  @Test
  void tellsThatAStartedResponseIsHeld() {
    log.create(ResponseHeader.started(id, SUBJECT, clock.instant(), leaseEnd(), request()), events(0, 0));

    assertThat(claim()).isEqualTo(new Claim.Held(leaseEnd()));
  }

  @Test
  void tellsHowAResponseEnded() throws LeaseLostException {
    createQueued();
    claim();
    log.append(id, 1, Status.INCOMPLETE, events(2, 3));
    clock.advance(LEASE.multipliedBy(2));

    assertThat(claim()).isEqualTo(new Claim.Ended(Status.INCOMPLETE));
  }

  @Test
  void grantsTheNextAttemptWhenTheLeaseHasRunOut() throws LeaseLostException {
    createQueued();
    claim();
    log.append(id, 1, Status.IN_PROGRESS, events(2, 4));
    clock.advance(LEASE);

    assertThat(claim()).isEqualTo(new Claim.Granted(new ResponseHeader(id, SUBJECT, Status.IN_PROGRESS, 2, leaseEnd(),
        4, clock.instant().minus(LEASE), Set.of(), request())));
  }

  @Test
  void grantsOneOfManyWhoAskAtOnce() throws Exception {
    createQueued();

    var claims = atOnce(20, () -> claim());

    assertThat(claims).filteredOn(Claim.Granted.class::isInstance).hasSize(1);
    assertThat(claims).filteredOn(Claim.Held.class::isInstance).hasSize(19);
    assertThat(require().attempt()).isEqualTo(1);
  }

  // append

  @Test
  void appends() throws LeaseLostException {
    createQueued();
    claim();

    log.append(id, 1, Status.IN_PROGRESS, events(2, 2));
    log.append(id, 1, Status.COMPLETED, events(3, 5));

    assertThat(log.read(id, -1)).isEqualTo(events(0, 5));
    assertThat(require().lastSequence()).isEqualTo(5);
    assertThat(require().status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void refusesTheHolderOfALostLease() throws LeaseLostException {
    createQueued();
    claim();
    log.append(id, 1, Status.IN_PROGRESS, events(2, 2));
    clock.advance(LEASE);
    claim();

    assertLeaseLost(1, events(3, 3));
    log.append(id, 2, Status.IN_PROGRESS, events(3, 4));
    assertLeaseLost(1, events(5, 5));
    assertLeaseLost(1, List.of(event(5, noise(600_000))));

    assertThat(log.read(id, -1)).isEqualTo(events(0, 4));
  }

  @Test
  void refusesAnAttemptThatWasNeverGranted() {
    createQueued();

    assertLeaseLost(0, events(2, 2));
    assertLeaseLost(1, events(2, 2));
    claim();
    assertLeaseLost(2, events(2, 2));
  }

  @Test
  void refusesToGoOnAfterTheEnd() throws LeaseLostException {
    createQueued();
    claim();
    log.append(id, 1, Status.FAILED, events(2, 2));

    assertLeaseLost(1, events(3, 3));

    assertThat(require().status()).isEqualTo(Status.FAILED);
    assertThat(log.read(id, -1)).isEqualTo(events(0, 2));
  }

  @Test
  void refusesAGapARepeatAndNothing() {
    createQueued();
    claim();

    assertRefused(events(3, 4));
    assertRefused(events(1, 2));
    assertRefused(List.of(event(2, "two"), event(4, "four")));
    assertRefused(List.of());

    assertThat(log.read(id, -1)).isEqualTo(events(0, 1));
    assertThat(require().lastSequence()).isEqualTo(1);
  }

  @Test
  void keepsOneOfManyAppendsOfTheSameNumber() throws Exception {
    createQueued();
    claim();

    var appended = atOnce(8, () -> {
      try {
        log.append(id, 1, Status.IN_PROGRESS, events(2, 3));
        return "kept";
      } catch (IllegalArgumentException _) {
        return "refused";
      }
    });

    assertThat(appended).containsOnlyOnce("kept").hasSize(8);
    assertThat(log.read(id, -1)).isEqualTo(events(0, 3));
  }

  // read

  @Test
  void readsWhatCameAfterAnyNumber() throws LeaseLostException {
    createQueued();
    claim();
    log.append(id, 1, Status.IN_PROGRESS, events(2, 2));
    log.append(id, 1, Status.IN_PROGRESS, events(3, 6));
    log.append(id, 1, Status.IN_PROGRESS, events(7, 8));

    for (long after = -1; after <= 9; after++) {
      assertThat(log.read(id, after)).as("after %s", after).isEqualTo(events(after + 1, 8));
    }
  }

  @Test
  void keepsEveryByte() throws LeaseLostException {
    var odd = List.of(new Event(0, "response.created", "{ \"b\" : 1.10,\"a\":\"zoë 😀 \\u00e9 \\n \u2028\u2029 漢字\" }"),
        new Event(1, "acme:vendor_event", "{\"type\":\"acme:vendor_event\",\"n\":1e400,\"\":[ ]}"));
    log.create(ResponseHeader.queued(id, SUBJECT, clock.instant(), Set.of(), request()), odd);
    claim();
    var large = event(2, "zoë 😀 ".repeat(50_000));
    log.append(id, 1, Status.IN_PROGRESS, List.of(large));

    assertThat(log.read(id, -1)).containsExactly(odd.get(0), odd.get(1), large);
  }

  @Test
  void keepsLargeEvents() throws LeaseLostException {
    createQueued();
    claim();
    var repetitive = event(2, "words ".repeat(200_000));
    var noisy = List.of(event(3, noise(1_000_000)), event(4, "small"), event(5, noise(500_000)));

    log.append(id, 1, Status.IN_PROGRESS, List.of(repetitive));
    log.append(id, 1, Status.IN_PROGRESS, noisy);
    log.append(id, 1, Status.IN_PROGRESS, events(6, 6));

    assertThat(log.read(id, 1)).containsExactly(repetitive, noisy.get(0), noisy.get(1), noisy.get(2), event(6));
    assertThat(log.read(id, 3)).containsExactly(noisy.get(1), noisy.get(2), event(6));
  }

  @Test
  void keepsAnEventLargerThanAnyTransaction() throws LeaseLostException {
    createQueued();
    claim();
    var huge = List.of(event(2, noise(6_000_000)), event(3, "small"));

    log.append(id, 1, Status.IN_PROGRESS, huge);

    assertThat(log.read(id, 1)).isEqualTo(huge);
  }

  @Test
  void keepsManyEvents() throws LeaseLostException {
    createQueued();
    claim();

    log.append(id, 1, Status.IN_PROGRESS, events(2, 4_999));
    for (long next = 5_000; next < 5_040; next++) {
      log.append(id, 1, Status.IN_PROGRESS, List.of(event(next, noise(40_000))));
    }

    assertThat(log.read(id, -1)).extracting(Event::sequenceNumber)
        .containsExactlyElementsOf(LongStream.range(0, 5_040).boxed().toList());
  }

  @Test
  void keepsALargeRequest() {
    var request = Json.object().put("input", noise(6_000_000));
    log.create(ResponseHeader.queued(id, SUBJECT, clock.instant(), Set.of(), request), events(0, 1));

    assertThat(require().request()).isEqualTo(request);
    assertThat(claim())
        .isInstanceOfSatisfying(Claim.Granted.class, it -> assertThat(it.header().request()).isEqualTo(request));
  }

  @Test
  void forgetsAnExpiredResponse() {
    createQueued();
    clock.advance(RETENTION.minusMillis(1));
    assertThat(log.find(id)).isPresent();
    assertThat(log.read(id, -1)).hasSize(2);

    clock.advance(Duration.ofSeconds(1));

    assertThat(log.find(id)).isEmpty();
    assertThat(log.read(id, -1)).isEmpty();
    assertThat(claim()).isEqualTo(new Claim.Unknown());
  }

  @Test
  void refusesToAppendToAnExpiredResponse() {
    createQueued();
    claim();
    clock.advance(RETENTION.plusSeconds(1));

    assertLeaseLost(1, events(2, 2));
  }

  @Test
  void keepsResponsesApart() throws LeaseLostException {
    createQueued();
    var other = new ResponseId(id.value() + "0");
    log.create(ResponseHeader.started(other, SUBJECT, clock.instant(), leaseEnd(), request()), events(0, 0));
    log.append(other, 1, Status.COMPLETED, events(1, 3));

    assertThat(log.read(id, -1)).isEqualTo(events(0, 1));
    assertThat(require().status()).isEqualTo(Status.QUEUED);
  }

  private void createQueued() {
    log.create(ResponseHeader.queued(id, SUBJECT, clock.instant(), Set.of(), request()), events(0, 1));
  }

  private Claim claim() {
    return log.claim(id, clock.instant(), leaseEnd());
  }

  private Instant leaseEnd() {
    return clock.instant().plus(LEASE);
  }

  private ResponseHeader require() {
    return log.find(id).orElseThrow();
  }

  private void assertLeaseLost(int attempt, List<Event> events) {
    assertThatExceptionOfType(LeaseLostException.class)
        .isThrownBy(() -> log.append(id, attempt, Status.IN_PROGRESS, events));
  }

  private void assertRefused(List<Event> events) {
    assertThatIllegalArgumentException().isThrownBy(() -> log.append(id, 1, Status.IN_PROGRESS, events));
  }

  private static ObjectNode request() {
    return Json.object().put("model", "m").put("input", "Why is the sky blue?");
  }

  private static List<Event> events(long first, long last) {
    return LongStream.rangeClosed(first, last).mapToObj(ResponseLogContract::event).toList();
  }

  private static Event event(long number) {
    return event(number, "word " + number);
  }

  private static Event event(long number, String text) {
    return new Event(number, EventTypes.OUTPUT_TEXT_DELTA,
        Json.write(Json.object().put("type", EventTypes.OUTPUT_TEXT_DELTA)
            .put("sequence_number", number)
            .put("delta", text)));
  }

  /** Text that hardly compresses; always the same of one length. */
  private static String noise(int length) {
    var bytes = new byte[length / 4 * 3];
    new Random(length).nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static <T> List<T> atOnce(int threads, Callable<T> work) throws InterruptedException, ExecutionException {
    var start = new CountDownLatch(1);
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var futures = IntStream.range(0, threads).mapToObj(_ -> executor.submit(() -> {
        start.await();
        return work.call();
      })).toList();
      start.countDown();
      var results = new ArrayList<T>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    }
  }
}
