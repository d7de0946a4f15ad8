package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.Append;
import dev.rill.chat.Attached;
import dev.rill.chat.Attachment;
import dev.rill.chat.Claim;
import dev.rill.chat.ConnectionId;
import dev.rill.chat.Control;
import dev.rill.chat.Cursor;
import dev.rill.chat.Event;
import dev.rill.chat.EventTypes;
import dev.rill.chat.Group;
import dev.rill.chat.Handling;
import dev.rill.chat.Json;
import dev.rill.chat.LeaseLostException;
import dev.rill.chat.ResponseHeader;
import dev.rill.chat.ResponseId;
import dev.rill.chat.ResponseLog;
import dev.rill.chat.ResponseLog.Creation;
import dev.rill.chat.Status;
import dev.rill.chat.Subject;
import dev.rill.chat.memory.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
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
  private static final long RESERVE = 16;
  private static final ConnectionId SOCKET = new ConnectionId("Lk9=");
  private static final Subject STRANGER = new Subject("somebody else");
  private static final Subject SUBJECT = new Subject("auth0|zoë 😀");

  private final ManualClock clock = new ManualClock();
  private final ResponseId id = new ResponseId("resp_" + UUID.randomUUID());
  private ResponseLog log;

  /** An adapter that reads this clock. */
  protected abstract ResponseLog log(InstantSource clock);

  @BeforeEach
  void open() {
    log = log(clock);
  }

  // create and find

  @Test
  void findsWhatWasCreated() {
    var attached = Attached.of(SOCKET, 1).with(new ConnectionId("second"), new Cursor(-1, "m"));
    var request = Json.findObject("{\"input\":\"zoë 😀 \\u0000 1.10\",\"temperature\":0.70,\"n\":1e400}").orElseThrow();

    var header = queued(id, SUBJECT, attached, request);
    assertThat(log.create(header, events(0, 1))).isEqualTo(Creation.CREATED);

    assertThat(log.find(id)).contains(header.with(Status.QUEUED, 0, Instant.EPOCH, 1, 2, header.control()));
  }

  @Test
  void findsOneThatWasStarted() {
    var header = started(id, Json.object());
    log.create(header, events(0, 0));

    assertThat(log.find(id)).contains(header.with(Status.IN_PROGRESS, 1, leaseEnd(), 0, 16, header.control()));
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
    var other = queued(id, new Subject("other"), Attached.none(),
        Json.object().put("input", "other " + noise(600_000)));

    assertThat(log.create(other, events(0, 5))).isEqualTo(Creation.EXISTS);

    assertThat(require().subject()).isEqualTo(SUBJECT);
    assertThat(require().request()).isEqualTo(request());
    assertThat(log.read(id, -1)).isEqualTo(events(0, 1));
  }

  @Test
  void refusesToBeginWithAnotherNumberThanZero() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> log.create(queued(id, SUBJECT, Attached.none(), request()),
            events(1, 2)));

    assertThat(log.find(id)).isEmpty();
  }

  // claim

  @Test
  void grantsTheFirstAttemptOfAQueuedResponse() {
    var header = queued(id, SUBJECT, Attached.of(SOCKET, 1), request());
    log.create(header, events(0, 1));

    var granted = header.with(Status.IN_PROGRESS, 1, leaseEnd(), 1, 2, header.control());
    assertThat(claim()).isEqualTo(new Claim.Granted(granted));
    assertThat(log.find(id)).contains(granted);
  }

  @Test
  void tellsUntilWhenTheLeaseIsHeld() {
    createQueued();
    claim();
    var until = leaseEnd();

    clock.advance(LEASE.minusMillis(1));

    assertThat(claim()).isEqualTo(new Claim.Held(until, Handling.QUEUE));
  }

  @Test
  void tellsThatAStartedResponseIsHeld() {
    log.create(started(id, request()), events(0, 0));

    assertThat(claim()).isEqualTo(new Claim.Held(leaseEnd(), Handling.DIRECT));
  }

  @Test
  void tellsHowAResponseEnded() throws LeaseLostException {
    createQueued();
    claim();
    append(id, 1, Status.INCOMPLETE, events(2, 3));
    clock.advance(LEASE.multipliedBy(2));

    assertThat(claim()).isEqualTo(new Claim.Ended(Status.INCOMPLETE));
  }

  @Test
  void grantsTheNextAttemptWhenTheLeaseHasRunOut() throws LeaseLostException {
    createQueued();
    claim();
    append(id, 1, Status.IN_PROGRESS, events(2, 4));
    clock.advance(LEASE);

    assertThat(claim()).isInstanceOfSatisfying(Claim.Granted.class, granted -> {
      assertThat(granted.header().attempt()).isEqualTo(2);
      assertThat(granted.header().leaseUntil()).isEqualTo(leaseEnd());
      assertThat(granted.header().lastSequence()).isEqualTo(4);
      assertThat(granted.header().reserved()).isEqualTo(4 + RESERVE);
    });
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

    append(id, 1, Status.IN_PROGRESS, events(2, 2));
    append(id, 1, Status.COMPLETED, events(3, 5));

    assertThat(log.read(id, -1)).isEqualTo(events(0, 5));
    assertThat(require().lastSequence()).isEqualTo(5);
    assertThat(require().status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void refusesTheHolderOfALostLease() throws LeaseLostException {
    createQueued();
    claim();
    append(id, 1, Status.IN_PROGRESS, events(2, 2));
    clock.advance(LEASE);
    claim();

    assertLeaseLost(1, events(3, 3));
    append(id, 2, Status.IN_PROGRESS, events(3, 4));
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
    append(id, 1, Status.FAILED, events(2, 2));

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
        append(id, 1, Status.IN_PROGRESS, events(2, 3));
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
    append(id, 1, Status.IN_PROGRESS, events(2, 2));
    append(id, 1, Status.IN_PROGRESS, events(3, 6));
    append(id, 1, Status.IN_PROGRESS, events(7, 8));

    for (long after = -1; after <= 9; after++) {
      assertThat(log.read(id, after)).as("after %s", after).isEqualTo(events(after + 1, 8));
    }
  }

  @Test
  void keepsEveryByte() throws LeaseLostException {
    var odd = List.of(new Event(0, "response.created", "{ \"b\" : 1.10,\"a\":\"zoë 😀 \\u00e9 \\n \u2028\u2029 漢字\" }"),
        new Event(1, "acme:vendor_event", "{\"type\":\"acme:vendor_event\",\"n\":1e400,\"\":[ ]}"));
    log.create(queued(id, SUBJECT, Attached.none(), request()), odd);
    claim();
    var large = event(2, "zoë 😀 ".repeat(50_000));
    append(id, 1, Status.IN_PROGRESS, List.of(large));

    assertThat(log.read(id, -1)).containsExactly(odd.get(0), odd.get(1), large);
  }

  @Test
  void keepsLargeEvents() throws LeaseLostException {
    createQueued();
    claim();
    var repetitive = event(2, "words ".repeat(200_000));
    var noisy = List.of(event(3, noise(1_000_000)), event(4, "small"), event(5, noise(500_000)));

    append(id, 1, Status.IN_PROGRESS, List.of(repetitive));
    append(id, 1, Status.IN_PROGRESS, noisy);
    append(id, 1, Status.IN_PROGRESS, events(6, 6));

    assertThat(log.read(id, 1)).containsExactly(repetitive, noisy.get(0), noisy.get(1), noisy.get(2), event(6));
    assertThat(log.read(id, 3)).containsExactly(noisy.get(1), noisy.get(2), event(6));
  }

  @Test
  void keepsAnEventLargerThanAnyTransaction() throws LeaseLostException {
    createQueued();
    claim();
    var huge = List.of(event(2, noise(6_000_000)), event(3, "small"));

    append(id, 1, Status.IN_PROGRESS, huge);

    assertThat(log.read(id, 1)).isEqualTo(huge);
  }

  @Test
  void keepsManyEvents() throws LeaseLostException {
    createQueued();
    claim();

    append(id, 1, Status.IN_PROGRESS, events(2, 4_999));
    for (long next = 5_000; next < 5_040; next++) {
      append(id, 1, Status.IN_PROGRESS, List.of(event(next, noise(40_000))));
    }

    assertThat(log.read(id, -1)).extracting(Event::sequenceNumber)
        .containsExactlyElementsOf(LongStream.range(0, 5_040).boxed().toList());
  }

  @Test
  void keepsALargeRequest() {
    var request = Json.object().put("input", noise(6_000_000));
    log.create(queued(id, SUBJECT, Attached.none(), request), events(0, 1));

    assertThat(require().request()).isEqualTo(request);
    assertThat(claim())
        .isInstanceOfSatisfying(Claim.Granted.class, it -> assertThat(it.header().request()).isEqualTo(request));
  }

  @Test
  void forgetsAnExpiredResponse() {
    createQueued();
    clock.advance(RETENTION.minusSeconds(1));
    assertThat(log.find(id)).isPresent();
    assertThat(log.read(id, -1)).hasSize(2);

    clock.advance(Duration.ofSeconds(2));

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
    log.create(started(other, request()), events(0, 0));
    append(other, 1, Status.COMPLETED, events(1, 3));

    assertThat(log.read(id, -1)).isEqualTo(events(0, 1));
    assertThat(require().status()).isEqualTo(Status.QUEUED);
  }

  // lease and reserved numbers

  @Test
  void renewalProlongsTheLeaseAndReservesNumbers() throws LeaseLostException {
    createQueued();
    claim();
    clock.advance(Duration.ofSeconds(5));

    assertThat(log.renew(id, 1, leaseEnd(), 40)).isEqualTo(Control.of(Attached.none()));

    assertThat(require().leaseUntil()).isEqualTo(leaseEnd());
    assertThat(require().reserved()).isEqualTo(40);
    assertThat(require().lastSequence()).isEqualTo(1);
  }

  @Test
  void onlyTheNewestAttemptRenewsAndLooks() throws LeaseLostException {
    createQueued();
    claim();
    clock.advance(LEASE);
    claim();

    assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> log.renew(id, 1, leaseEnd(), 40));
    assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> log.control(id, 1));
    assertThat(log.control(id, 2)).isEqualTo(Control.of(Attached.none()));
    append(id, 2, Status.COMPLETED, events(2, 2));
    assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> log.renew(id, 2, leaseEnd(), 40));
    assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> log.control(id, 2));
  }

  // what others want

  @Test
  void attachedSocketIsSeenByTheAttempt() throws LeaseLostException {
    createQueued();
    claim();

    assertThat(log.attach(id, SUBJECT, SOCKET, 7)).isEqualTo(Attachment.LIVE);

    var attached = log.control(id, 1).attached();
    assertThat(attached.version()).isEqualTo(1);
    assertThat(attached.cursors().keySet()).containsExactly(SOCKET);
    assertThat(attached.cursors().get(SOCKET)).extracting(Cursor::after).isEqualTo(7L);
  }

  @Test
  void socketThatIsAttachedAgainHasAnotherMark() throws LeaseLostException {
    createQueued();
    claim();
    log.attach(id, SUBJECT, SOCKET, 7);
    var first = log.control(id, 1).attached().cursors().get(SOCKET);

    log.attach(id, SUBJECT, SOCKET, 7);

    assertThat(log.control(id, 1).attached().cursors().get(SOCKET)).isNotEqualTo(first);
  }

  @Test
  void appendThatDoesNotKnowOfASocketIsOutdatedAndWritesNothing() throws LeaseLostException {
    createQueued();
    claim();
    log.attach(id, SUBJECT, SOCKET, 1);

    var outcome = log
        .append(new Append(id, 1, Status.COMPLETED, leaseEnd(), 20, Attached.none(), expiry(), events(2, 2)));

    assertThat(outcome).isEqualTo(new Append.Outcome.Outdated(log.control(id, 1)));
    assertThat(log.read(id, 1)).isEmpty();
    assertThat(append(id, 1, Status.COMPLETED, events(2, 2))).isEqualTo(new Append.Outcome.Appended());
  }

  @Test
  void appendKeepsHowFarEachSocketIs() throws LeaseLostException {
    log.create(queued(id, SUBJECT, Attached.of(SOCKET, 1), request()), events(0, 1));
    claim();

    log.append(new Append(id, 1, Status.IN_PROGRESS, leaseEnd(), 20, Attached.of(SOCKET, 3), expiry(), events(2, 4)));

    assertThat(log.control(id, 1).attached()).isEqualTo(Attached.of(SOCKET, 3));
    log.append(new Append(id, 1, Status.IN_PROGRESS, leaseEnd(), 20, Attached.none(), expiry(), events(5, 5)));
    assertThat(log.control(id, 1).attached()).isEqualTo(Attached.none());
  }

  @Test
  void nobodyIsAttachedToWhatHasEndedOrIsNotTheirs() throws LeaseLostException {
    createQueued();
    assertThat(log.attach(id, STRANGER, SOCKET, -1)).isEqualTo(Attachment.UNKNOWN);
    claim();
    append(id, 1, Status.FAILED, events(2, 2));

    assertThat(log.attach(id, SUBJECT, SOCKET, -1)).isEqualTo(Attachment.ENDED);
    assertThat(log.attach(id, STRANGER, SOCKET, -1)).isEqualTo(Attachment.UNKNOWN);
    assertThat(log.attach(new ResponseId("resp_none"), SUBJECT, SOCKET, -1)).isEqualTo(Attachment.UNKNOWN);
  }

  @Test
  void soManySocketsAndNoMore() throws LeaseLostException {
    createQueued();
    for (int i = 0; i < Attached.MAX_SOCKETS; i++) {
      assertThat(log.attach(id, SUBJECT, new ConnectionId("c" + i), -1)).isEqualTo(Attachment.LIVE);
    }

    assertThat(log.attach(id, SUBJECT, SOCKET, -1)).isEqualTo(Attachment.FULL);
    assertThat(log.attach(id, SUBJECT, new ConnectionId("c0"), -1)).isEqualTo(Attachment.LIVE);
  }

  @Test
  void stopIsSeenByTheAttemptAndByTheNext() throws LeaseLostException {
    createQueued();
    claim();
    assertThat(log.requestCancel(id, STRANGER)).isEmpty();
    assertThat(log.control(id, 1).cancelRequested()).isFalse();

    assertThat(log.requestCancel(id, SUBJECT)).get().extracting(ResponseHeader::status).isEqualTo(Status.IN_PROGRESS);

    assertThat(log.control(id, 1).cancelRequested()).isTrue();
    clock.advance(LEASE);
    assertThat(claim()).isInstanceOfSatisfying(Claim.Granted.class,
        granted -> assertThat(granted.header().control().cancelRequested()).isTrue());
  }

  @Test
  void stopOfWhatHasEndedChangesNothing() throws LeaseLostException {
    createQueued();
    claim();
    append(id, 1, Status.COMPLETED, events(2, 2));

    assertThat(log.requestCancel(id, SUBJECT)).get().extracting(ResponseHeader::status).isEqualTo(Status.COMPLETED);
    assertThat(require().control().cancelRequested()).isFalse();
    assertThat(log.requestCancel(new ResponseId("resp_none"), SUBJECT)).isEmpty();
  }

  @Test
  void readerWithoutASocketIsPresent() throws LeaseLostException {
    createQueued();
    claim();

    log.follow(id, leaseEnd());
    log.follow(new ResponseId("resp_none"), leaseEnd());

    assertThat(log.control(id, 1).followedUntil()).isEqualTo(leaseEnd());
    assertThat(log.find(new ResponseId("resp_none"))).isEmpty();
  }

  @Test
  void whatIsDeletedIsGone() throws LeaseLostException {
    log.create(queued(id, SUBJECT, Attached.none(), Json.object().put("input", noise(600_000))), events(0, 1));
    claim();
    append(id, 1, Status.COMPLETED, List.of(event(2, noise(600_000))));

    log.delete(id);

    assertThat(log.find(id)).isEmpty();
    assertThat(log.read(id, -1)).isEmpty();
    log.delete(id);
  }

  // ---------------------------------------------------------------------------------------------------------------------

  private ResponseHeader queued(ResponseId id, Subject subject, Attached attached, ObjectNode request) {
    return new ResponseHeader(id, subject, new Group("g"), Optional.of(SOCKET), Handling.QUEUE, Status.QUEUED, 0,
        Instant.EPOCH, -1, 2, clock.instant(), expiry(), Control.of(attached), request);
  }

  private ResponseHeader started(ResponseId id, ObjectNode request) {
    return new ResponseHeader(id, SUBJECT, new Group("g"), Optional.empty(), Handling.DIRECT, Status.IN_PROGRESS, 1,
        leaseEnd(), -1, 16, clock.instant(), expiry(), Control.of(Attached.none()), request);
  }

  /** On the second, as tables keep it. */
  private Instant expiry() {
    return clock.instant().plus(RETENTION).truncatedTo(ChronoUnit.SECONDS);
  }

  /** With what the log knows of the sockets. */
  private Append.Outcome append(ResponseId id, int attempt, Status status, List<Event> events)
      throws LeaseLostException {
    var attached = log.find(id).map(header -> header.control().attached()).orElseGet(Attached::none);
    long last = events.isEmpty() ? 0 : events.getLast().sequenceNumber();
    return log.append(new Append(id, attempt, status, leaseEnd(), last + RESERVE, attached, expiry(), events));
  }

  private void createQueued() {
    log.create(queued(id, SUBJECT, Attached.none(), request()), events(0, 1));
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
        .isThrownBy(() -> append(id, attempt, Status.IN_PROGRESS, events));
  }

  private void assertRefused(List<Event> events) {
    assertThatIllegalArgumentException().isThrownBy(() -> append(id, 1, Status.IN_PROGRESS, events));
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
