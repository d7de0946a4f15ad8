package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.Ids;
import dev.rill.chat.log.AcceptedRequest;
import dev.rill.chat.log.Append;
import dev.rill.chat.log.AttachResult;
import dev.rill.chat.log.Claim;
import dev.rill.chat.log.ConversationSize;
import dev.rill.chat.log.Cursor;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.Lane;
import dev.rill.chat.log.Lease;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.Owner;
import dev.rill.chat.log.Progress;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.ResponseLog.Creation;
import dev.rill.chat.log.ResponseLog.Turn;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.log.Terms;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.protocol.StreamId;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.Booking;
import dev.rill.chat.quota.EstimatedTokens;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.Reservation;
import dev.rill.chat.quota.Settlement;
import dev.rill.chat.quota.TokenUsage;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LaneId;
import dev.rill.chat.socket.Subject;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract of {@link ResponseLog}. */
public abstract class ResponseLogContract {

    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Instant EXPIRY = Instant.parse("2026-11-03T08:30:00Z");
    private static final Subject SUBJECT = new Subject("auth0|zoë 😀");
    private static final Subject OTHER_SUBJECT = new Subject("auth0|other");
    private static final ConversationSize CONVERSATION = new ConversationSize(12_345_678_901L, 3);
    private static final QuotaKey QUOTA_KEY = new QuotaKey("key 1");
    private static final Booking BOOKING =
            new Booking(new TokenUsage(12, 2_345_678_901L, 3, 4), new EstimatedTokens(5, 6), 1);
    private static final ConnectionId FIRST = new ConnectionId("Lk9+/xyzCJoIAvg=");
    private static final AttachResult LIVE = new AttachResult.Live(Optional.empty());
    private static final ConnectionId SECOND = new ConnectionId("second.#1");

    private final ManualTime time = new ManualTime();
    private final ResponseId id = Ids.random(new SecureRandom()).next();
    private ResponseLog log;

    /** Creates an adapter with this clock. */
    protected abstract ResponseLog log(InstantSource time);

    @BeforeEach
    void open() {
        log = log(time);
    }

    // create and find

    @Test
    void createdResponseIsFound() {
        var request = Json.findObject("{\"input\":\"zoë 😀 \\u0000 1.10\",\"temperature\":0.70,\"n\":1e400}")
                .orElseThrow();

        assertThat(log.create(queued(Subscriptions.of(ClientSocket.of(FIRST), 1), request), events(0, 1)))
                .isEqualTo(Creation.CREATED);

        assertThat(log.find(id))
                .contains(new ResponseHeader(
                        id,
                        new Owner(SUBJECT, QUOTA_KEY, Optional.of(FIRST)),
                        new AcceptedRequest(request, Execution.QUEUED, time.instant(), EXPIRY),
                        new Progress(Status.QUEUED, new Lease(0, Instant.EPOCH, 1), 1),
                        new Directives(
                                false,
                                Instant.EPOCH,
                                new Subscriptions(0, Map.of(FIRST, new Cursor(1, 0, Subprotocol.OTHER)))),
                        CONVERSATION));
    }

    @Test
    void responseInProgressIsFound() {
        var started = started(id);

        log.create(started, events(0, 0));

        assertThat(log.find(id)).contains(started);
    }

    @Test
    void termsOfARequestAreKept() {
        var reservation = new Reservation("res 1", 1_234, OptionalLong.of(600));
        var limited = with(new Terms(OptionalInt.of(4096), 7, Optional.of(reservation)));

        log.create(limited, events(0, 1));

        assertThat(log.find(id).orElseThrow().request()).isEqualTo(limited.request());
        assertThat(claim())
                .isInstanceOfSatisfying(
                        Claim.Granted.class,
                        claim -> assertThat(claim.header().request().terms())
                                .isEqualTo(limited.request().terms()));
    }

    @Test
    void reservationWithoutAnOutputCeilingIsKept() {
        var reservation = new Reservation("res 1", 0, OptionalLong.empty());

        log.create(with(Terms.NONE.with(reservation)), events(0, 1));

        assertThat(require().reservation()).contains(reservation);
        assertThat(require().settlement()).isEmpty();
    }

    @Test
    void bookingOfAResponseThatIsCreatedEndedIsKept() {
        var reservation = new Reservation("res 1", 0, OptionalLong.empty());
        var ended = new Progress(Status.COMPLETED, Lease.unclaimed(1), 3, BOOKING);

        log.create(with(Terms.NONE.with(reservation)).with(ended), events(0, 3));

        assertThat(require().settlement()).contains(new Settlement(reservation, BOOKING));
        assertThat(claim())
                .isEqualTo(new Claim.Ended(
                        Status.COMPLETED,
                        Subscriptions.none(),
                        Optional.empty(),
                        Optional.of(new Settlement(reservation, BOOKING))));
    }

    @Test
    void bookingOfTheTerminalAppendIsKept() throws LeaseLostException {
        var reservation = new Reservation("res 1", 1_234, OptionalLong.of(600));
        log.create(with(Terms.NONE.with(reservation)), events(0, 1));
        claim();
        append(1, Status.IN_PROGRESS, events(2, 2));
        assertThat(require().settlement()).isEmpty();

        log.append(new Append(
                id,
                new Progress(Status.COMPLETED, new Lease(1, leaseEnd(), 1), 3, BOOKING),
                Subscriptions.none(),
                EXPIRY,
                events(3, 3),
                Optional.of(new Append.Conclusion(QUOTA_KEY, "[]", List.of(), CONVERSATION))));

        assertThat(require().progress().booking()).isEqualTo(BOOKING);
        assertThat(require().settlement()).contains(new Settlement(reservation, BOOKING));
        assertThat(claim())
                .isEqualTo(new Claim.Ended(
                        Status.COMPLETED,
                        Subscriptions.none(),
                        Optional.of(Task.Kind.ANSWER),
                        Optional.of(new Settlement(reservation, BOOKING))));
    }

    @Test
    void bookingOfARunningResponseIsThatOfTheNewestAppend() throws LeaseLostException {
        createQueued();
        claim();
        var lease = new Lease(1, leaseEnd(), 1);
        log.append(new Append(
                id, new Progress(Status.IN_PROGRESS, lease, 2, BOOKING), Subscriptions.none(), EXPIRY, events(2, 2)));
        time.advance(LEASE);

        assertThat(claim())
                .isInstanceOfSatisfying(
                        Claim.Granted.class,
                        it -> assertThat(it.header().progress().booking()).isEqualTo(BOOKING));
        assertThat(require().progress().booking()).isEqualTo(BOOKING);
        append(2, Status.FAILED, events(3, 3));
        assertThat(require().progress().booking()).isEqualTo(Booking.ZERO);
    }

    @Test
    void responseThatUsedNothingIsSettledWithNothing() throws LeaseLostException {
        var reservation = new Reservation("res 1", 1_234, OptionalLong.of(600));
        log.create(with(Terms.NONE.with(reservation)), events(0, 1));
        claim();
        append(1, Status.FAILED, events(2, 2));

        assertThat(require().settlement()).contains(new Settlement(reservation, Booking.ZERO));
    }

    @Test
    void unknownIdIsUnknownToEveryMethod() {
        assertUnknown();
    }

    @Test
    void createWithAnExistingIdChangesNothing() {
        createQueued();
        var other = new ResponseHeader(
                id,
                new Owner(OTHER_SUBJECT, QUOTA_KEY, Optional.empty()),
                new AcceptedRequest(
                        Json.object().put("input", "other " + noise(600_000)),
                        Execution.INLINE,
                        time.instant(),
                        EXPIRY),
                Progress.queued(5),
                Directives.of(Subscriptions.none()),
                CONVERSATION);

        assertThat(log.create(other, events(0, 5))).isEqualTo(Creation.EXISTS);

        assertThat(require().subject()).isEqualTo(SUBJECT);
        assertThat(require().request().body()).isEqualTo(request());
        assertThat(log.read(id, -1)).isEqualTo(events(0, 1));
    }

    @Test
    void oneOfManyConcurrentCreatesSucceeds() throws Exception {
        var created = atOnce(12, this::createQueued);

        assertThat(created).containsOnlyOnce(Creation.CREATED).hasSize(12);
        assertThat(log.read(id, -1)).isEqualTo(events(0, 1));
    }

    @Test
    void firstEventMustHaveNumberZero() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> log.create(queued(Subscriptions.none(), request()), events(1, 2)));

        assertThat(log.find(id)).isEmpty();
    }

    @Test
    void expiredIdCanBeCreatedAgain() throws LeaseLostException {
        createQueued();
        claim();
        append(1, Status.COMPLETED, events(2, 6));
        time.advance(Duration.between(time.instant(), EXPIRY));
        var later = EXPIRY.plusSeconds(60);
        var again = new ResponseHeader(
                id,
                new Owner(OTHER_SUBJECT, QUOTA_KEY, Optional.empty()),
                new AcceptedRequest(request(), Execution.QUEUED, time.instant(), later),
                Progress.queued(1).at(0),
                Directives.of(Subscriptions.none()),
                CONVERSATION);

        assertThat(log.create(again, events(0, 0))).isEqualTo(Creation.CREATED);

        assertThat(log.find(id)).contains(again);
        assertThat(log.read(id, -1)).isEqualTo(events(0, 0));
        assertThat(log.read(id, 2)).isEmpty();
    }

    // claim

    @Test
    void claimOfAQueuedResponseIsGranted() {
        var queued = queued(Subscriptions.of(ClientSocket.of(FIRST), 1), request());
        log.create(queued, events(0, 1));

        var granted = queued.with(
                new Progress(Status.IN_PROGRESS, new Lease(1, leaseEnd(), 1, Optional.of(Task.Kind.ANSWER)), 1));
        assertThat(claim()).isEqualTo(new Claim.Granted(granted));
        assertThat(log.find(id)).contains(granted);
    }

    @Test
    void claimDuringALeaseIsHeldUntilItsEnd() {
        createQueued();
        claim();
        var until = leaseEnd();

        time.advance(LEASE.minusMillis(1));

        assertThat(claim()).isEqualTo(new Claim.Held(until, Optional.of(Task.Kind.ANSWER)));
    }

    @Test
    void renewalAndAppendKeepTheTaskOfTheClaim() throws LeaseLostException {
        createQueued();
        claim();
        log.renew(id, new Lease(1, leaseEnd(), 20));
        log.append(append(1, Status.IN_PROGRESS, 20, Subscriptions.none(), events(2, 2)));

        assertThat(log.find(id).orElseThrow().lease().task()).contains(Task.Kind.ANSWER);
    }

    @Test
    void nextClaimReplacesTheTask() {
        createQueued();
        claim();
        time.advance(LEASE);
        log.claim(id, Optional.empty(), time.instant(), leaseEnd());

        assertThat(log.find(id).orElseThrow().lease().task()).isEmpty();
        assertThat(claim()).isEqualTo(new Claim.Held(leaseEnd(), Optional.empty()));
    }

    @Test
    void claimOfAnInlineResponseIsHeld() {
        log.create(started(id), events(0, 0));

        assertThat(claim()).isEqualTo(new Claim.Held(leaseEnd(), Optional.empty()));
    }

    @Test
    void claimOfAnEndedResponseHasItsStatusAndSubscriptions() throws LeaseLostException {
        createQueued();
        claim();
        log.attach(id, SUBJECT, ClientSocket.of(FIRST), 1);
        var cursors = new Subscriptions(1, Map.of(FIRST, new Cursor(2, 1, Subprotocol.OTHER)));
        log.append(append(1, Status.INCOMPLETE, 20, cursors, events(2, 3)));
        time.advance(LEASE.multipliedBy(2));

        assertThat(claim())
                .isEqualTo(
                        new Claim.Ended(Status.INCOMPLETE, cursors, Optional.of(Task.Kind.ANSWER), Optional.empty()));
    }

    @Test
    void nextAttemptGetsTheStateOfTheLastOne() throws LeaseLostException {
        createQueued();
        claim();
        log.attach(id, SUBJECT, ClientSocket.of(FIRST), 1);
        var subscriptions = new Subscriptions(1, Map.of(FIRST, new Cursor(4, 1, Subprotocol.OTHER)));
        log.append(append(1, Status.IN_PROGRESS, 20, subscriptions, events(2, 4)));
        log.renew(id, new Lease(1, leaseEnd(), 36));
        time.advance(LEASE);

        assertThat(claim()).isInstanceOfSatisfying(Claim.Granted.class, it -> {
            assertThat(it.header().attempt()).isEqualTo(2);
            assertThat(it.header().leaseUntil()).isEqualTo(leaseEnd());
            assertThat(it.header().lastSequence()).isEqualTo(4);
            assertThat(it.header().reservedThrough()).isEqualTo(36);
            assertThat(it.header().directives()).isEqualTo(Directives.of(subscriptions));
        });
    }

    @Test
    void oneOfManyConcurrentClaimsIsGranted() throws Exception {
        createQueued();

        var claims = atOnce(20, this::claim);

        assertThat(claims).filteredOn(Claim.Granted.class::isInstance).hasSize(1);
        assertThat(claims).filteredOn(Claim.Held.class::isInstance).hasSize(19);
        assertThat(require().attempt()).isEqualTo(1);
    }

    // renew and directives

    @Test
    void renewProlongsTheLeaseAndReservesNumbers() throws LeaseLostException {
        createQueued();
        claim();
        time.advance(LEASE.minusMillis(1));

        assertThat(log.renew(id, new Lease(1, leaseEnd(), 17))).isEqualTo(Directives.of(Subscriptions.none()));

        time.advance(LEASE.minusMillis(1));
        assertThat(claim()).isInstanceOf(Claim.Held.class);
        assertThat(require().reservedThrough()).isEqualTo(17);
        assertThat(require().lastSequence()).isEqualTo(1);
    }

    @Test
    void renewThatComesAfterANewerOneChangesNothing() throws LeaseLostException {
        createQueued();
        claim();
        var late = leaseEnd();
        time.advance(Duration.ofSeconds(1));
        log.renew(id, new Lease(1, leaseEnd(), 40));

        assertThat(log.renew(id, new Lease(1, late, 17))).isEqualTo(Directives.of(Subscriptions.none()));

        assertThat(require().leaseUntil()).isAfter(late);
        assertThat(require().reservedThrough()).isEqualTo(40);
    }

    @Test
    void renewTakesTheNumberOfARestart() throws LeaseLostException {
        createQueued();
        claim();

        log.renew(id, lease(17, 1));
        assertThat(require().lease().announced()).isEqualTo(2);
        log.renew(id, lease(17, 0));
        assertThat(require().lease().restarts()).isEqualTo(1);
        log.renew(id, lease(17, 2));
        assertThat(require().lease().announced()).isEqualTo(3);

        time.advance(LEASE);
        claim();
        assertThat(require().lease().announced()).isEqualTo(4);
    }

    @Test
    void appendTakesTheNumberOfARestart() throws LeaseLostException {
        createQueued();
        claim();
        var append = new Append(
                id, new Progress(Status.IN_PROGRESS, lease(20, 1), 2), Subscriptions.none(), EXPIRY, events(2, 2));

        log.append(append);
        log.append(append);
        log.renew(id, lease(20, 1));

        assertThat(require().lease().restarts()).isEqualTo(1);
        time.advance(LEASE);
        assertThat(claim())
                .isInstanceOfSatisfying(
                        Claim.Granted.class,
                        granted ->
                                assertThat(granted.header().lease().announced()).isEqualTo(3));
    }

    private Lease lease(long reservedThrough, int restarts) {
        return new Lease(1, leaseEnd(), reservedThrough, restarts, Optional.empty());
    }

    @Test
    void renewProlongsAnExpiredLeaseThatNoOtherAttemptHas() throws LeaseLostException {
        createQueued();
        claim();
        time.advance(LEASE.multipliedBy(2));

        log.renew(id, new Lease(1, leaseEnd(), 1));

        assertThat(claim()).isInstanceOf(Claim.Held.class);
    }

    @Test
    void directivesHaveSocketsFollowerAndCancelRequest() throws LeaseLostException {
        createQueued();
        claim();
        assertThat(log.directives(id, 1)).isEqualTo(Directives.of(Subscriptions.none()));

        var until = time.instant().plusSeconds(3);
        log.markFollowed(id, until);
        log.attach(id, SUBJECT, ClientSocket.of(FIRST), -1);
        log.attach(id, SUBJECT, ClientSocket.of(SECOND), 7);
        log.requestCancel(id, SUBJECT);

        var directives = log.directives(id, 1);
        assertThat(directives.cancelRequested()).isTrue();
        assertThat(directives.followedUntil()).isEqualTo(until);
        assertThat(directives.subscriptions().version()).isEqualTo(2);
        assertThat(directives.subscriptions().cursors()).hasSize(2);
        assertThat(directives.subscriptions().cursors().get(FIRST))
                .extracting(Cursor::after)
                .isEqualTo(-1L);
        assertThat(directives.subscriptions().cursors().get(SECOND))
                .extracting(Cursor::after)
                .isEqualTo(7L);
        assertThat(log.renew(id, new Lease(1, leaseEnd(), 1))).isEqualTo(directives);
        assertThat(require().directives()).isEqualTo(directives);
    }

    @Test
    void attemptThatIsNotTheNewestHasLostTheLease() throws LeaseLostException {
        createQueued();
        assertLeaseLost(0);
        assertLeaseLost(1);
        claim();
        assertLeaseLost(2);
        time.advance(LEASE);
        claim();
        assertLeaseLost(1);

        log.directives(id, 2);
        assertThat(require().attempt()).isEqualTo(2);
        assertThat(require().leaseUntil()).isEqualTo(leaseEnd());
    }

    @Test
    void attemptWhoseResponseHasEndedHasLostTheLease() throws LeaseLostException {
        createQueued();
        claim();
        append(1, Status.FAILED, events(2, 2));

        assertLeaseLost(1);

        assertThat(require().status()).isEqualTo(Status.FAILED);
        assertThat(log.read(id, -1)).isEqualTo(events(0, 2));
    }

    // append

    @Test
    void appendedEventsAreReadAndTheStatusIsSet() throws LeaseLostException {
        createQueued();
        claim();

        append(1, Status.IN_PROGRESS, events(2, 2));
        append(1, Status.COMPLETED, events(3, 5));

        assertThat(log.read(id, -1)).isEqualTo(events(0, 5));
        assertThat(require().lastSequence()).isEqualTo(5);
        assertThat(require().status()).isEqualTo(Status.COMPLETED);
    }

    @Test
    void repeatedAppendIsAppendedOnce() throws LeaseLostException {
        createQueued();
        claim();
        var inProgress = append(1, Status.IN_PROGRESS, 17, Subscriptions.none(), events(2, 3));
        var last = append(1, Status.COMPLETED, 17, Subscriptions.none(), events(4, 4));

        for (var append : List.of(inProgress, inProgress, last, last)) {
            assertThat(log.append(append)).isEqualTo(new Append.Outcome.Appended());
        }

        assertThat(log.read(id, -1)).isEqualTo(events(0, 4));
        assertThat(require().lastSequence()).isEqualTo(4);
    }

    @Test
    void sameNumbersOfAnotherAttemptAreNotARepeatedAppend() throws LeaseLostException {
        createQueued();
        claim();
        var first = append(1, Status.IN_PROGRESS, 17, Subscriptions.none(), events(2, 3));
        time.advance(LEASE);
        claim();
        append(2, Status.IN_PROGRESS, events(2, 3));

        assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> log.append(first));
    }

    @Test
    void appendSetsLeaseReservationAndSubscriptions() throws LeaseLostException {
        createQueued();
        claim();
        log.attach(id, SUBJECT, ClientSocket.of(FIRST), 1);
        log.attach(id, SUBJECT, ClientSocket.of(SECOND), 1);
        log.requestCancel(id, SUBJECT);
        log.markFollowed(id, time.instant().plusSeconds(3));
        var remaining = new Subscriptions(2, Map.of(SECOND, new Cursor(2, 2, Subprotocol.OTHER)));
        time.advance(LEASE.minusMillis(1));

        assertThat(log.append(append(1, Status.IN_PROGRESS, 19, remaining, events(2, 2))))
                .isEqualTo(new Append.Outcome.Appended());

        var header = require();
        assertThat(header.leaseUntil()).isEqualTo(leaseEnd());
        assertThat(header.reservedThrough()).isEqualTo(19);
        assertThat(header.directives().subscriptions()).isEqualTo(remaining);
        assertThat(header.directives().cancelRequested()).isTrue();
        assertThat(header.directives().followedUntil()).isAfter(Instant.EPOCH);
    }

    @Test
    void appendWithoutTheLeaseIsRefused() throws LeaseLostException {
        createQueued();
        claim();
        append(1, Status.IN_PROGRESS, events(2, 2));
        time.advance(LEASE);
        claim();

        assertLeaseLost(1, events(3, 3));
        append(2, Status.IN_PROGRESS, events(3, 4));
        assertLeaseLost(1, events(5, 5));
        assertLeaseLost(1, List.of(event(5, noise(600_000))));

        assertThat(log.read(id, -1)).isEqualTo(events(0, 4));
    }

    @Test
    void appendWithAGapOrAnOldNumberIsRefused() {
        createQueued();
        claim();

        assertRefused(events(3, 4));
        assertRefused(events(1, 2));

        assertThat(log.read(id, -1)).isEqualTo(events(0, 1));
        assertThat(require().lastSequence()).isEqualTo(1);
    }

    @Test
    void oneOfManyConcurrentAppendsSucceeds() throws Exception {
        createQueued();
        claim();
        var last = new AtomicInteger(2);

        var appended = atOnce(8, () -> {
            try {
                append(1, Status.IN_PROGRESS, events(2, last.incrementAndGet()));
                return "appended";
            } catch (IllegalArgumentException _) {
                return "refused";
            }
        });

        assertThat(appended).containsOnlyOnce("appended").hasSize(8);
        assertThat(log.read(id, -1)).isEqualTo(events(0, require().lastSequence()));
    }

    // attach

    @Test
    void socketCanBeAttachedBeforeTheFirstAttempt() {
        createQueued();

        assertThat(log.attach(id, SUBJECT, ClientSocket.of(FIRST), 1)).isEqualTo(LIVE);

        assertThat(claim())
                .isInstanceOfSatisfying(
                        Claim.Granted.class,
                        it -> assertThat(
                                        it.header().directives().subscriptions().cursors())
                                .containsOnlyKeys(FIRST));
    }

    @Test
    void appendWithoutANewlyAttachedSocketIsOutdated() throws LeaseLostException {
        createQueued();
        claim();
        log.attach(id, SUBJECT, ClientSocket.of(FIRST), 1);

        var outcome = log.append(append(1, Status.COMPLETED, 1, Subscriptions.none(), events(2, 3)));

        assertThat(outcome).isEqualTo(new Append.Outcome.Outdated(require().directives()));
        assertThat(require().status()).isEqualTo(Status.IN_PROGRESS);
        assertThat(require().directives().subscriptions().cursors()).containsOnlyKeys(FIRST);
        assertThat(log.read(id, -1)).isEqualTo(events(0, 1));

        assertThat(log.append(
                        append(1, Status.COMPLETED, 1, require().directives().subscriptions(), events(2, 3))))
                .isEqualTo(new Append.Outcome.Appended());
        assertThat(log.read(id, -1)).isEqualTo(events(0, 3));
    }

    @Test
    void repeatedAttachmentHasANewVersion() throws LeaseLostException {
        createQueued();
        claim();
        log.attach(id, SUBJECT, ClientSocket.of(FIRST), 9);
        var attached = require().directives().subscriptions();

        assertThat(log.attach(id, SUBJECT, ClientSocket.of(FIRST), 9)).isEqualTo(LIVE);

        assertThat(attached.cursors()).containsEntry(FIRST, new Cursor(9, 1, Subprotocol.OTHER));
        assertThat(cursor(FIRST)).isEqualTo(new Cursor(9, 2, Subprotocol.OTHER));
        assertThat(log.append(append(1, Status.IN_PROGRESS, 1, attached, events(2, 2))))
                .isInstanceOf(Append.Outcome.Outdated.class);
    }

    @Test
    void subprotocolOfASocketIsStored() throws LeaseLostException {
        log.create(queued(Subscriptions.of(new ClientSocket(FIRST, Subprotocol.RILL_V1), 1), request()), events(0, 1));
        claim();
        log.attach(id, SUBJECT, new ClientSocket(SECOND, Subprotocol.RILL_V1), -1);
        var subscriptions = new Subscriptions(
                1,
                Map.of(FIRST, new Cursor(1, 0, Subprotocol.RILL_V1), SECOND, new Cursor(-1, 1, Subprotocol.RILL_V1)));

        assertThat(log.directives(id, 1).subscriptions()).isEqualTo(subscriptions);
        log.append(append(1, Status.IN_PROGRESS, 1, subscriptions, events(2, 2)));
        assertThat(require().directives().subscriptions()).isEqualTo(subscriptions);
    }

    @Test
    void streamIdOfASocketIsStored() throws LeaseLostException {
        var asking = ClientSocket.of(FIRST).with(Optional.of(new StreamId("ünï \"1\"")));
        var reading = new ClientSocket(SECOND, Subprotocol.RILL_V1, Optional.of(new StreamId("2")));
        log.create(queued(Subscriptions.of(asking, 1), request()), events(0, 1));
        claim();
        log.attach(id, SUBJECT, reading, -1);
        var subscriptions = new Subscriptions(
                1,
                Map.of(
                        FIRST, new Cursor(1, 0, Subprotocol.OTHER, asking.stream()),
                        SECOND, new Cursor(-1, 1, Subprotocol.RILL_V1, reading.stream())));

        assertThat(log.directives(id, 1).subscriptions()).isEqualTo(subscriptions);
        log.append(append(1, Status.IN_PROGRESS, 1, subscriptions, events(2, 2)));
        assertThat(require().directives().subscriptions()).isEqualTo(subscriptions);
        log.attach(id, SUBJECT, ClientSocket.of(FIRST), 1);
        assertThat(cursor(FIRST)).isEqualTo(new Cursor(1, 2, Subprotocol.OTHER));
    }

    @Test
    void evictedResponseHasNoSocketOfItsRequest() throws LeaseLostException {
        createQueued();
        log.evict(id, FIRST);
        assertThat(require().origin()).as("it has not ended").contains(FIRST);
        claim();
        append(1, Status.FAILED, events(2, 2));
        log.evict(id, SECOND);
        assertThat(require().origin()).contains(FIRST);
        log.evict(id, FIRST);
        log.evict(id, FIRST);
        assertThat(require().origin()).isEmpty();
        assertThat(require().subject()).isEqualTo(SUBJECT);
        log.evict(Ids.random(new SecureRandom()).next(), FIRST);
    }

    // ---- lanes ----------------------------------------------------------------------------------------------------

    @Test
    void laneThatWasNeverUsedIsEmpty() {
        assertThat(log.lane(lane())).isEqualTo(Lane.unused(lane()));
    }

    @Test
    void responseIsCreatedAtTheEndOfItsLane() {
        var other = Ids.random(new SecureRandom()).next();
        assertThat(createIn(log.lane(lane()).with(id, EXPIRY), id)).isEqualTo(Creation.CREATED);
        assertThat(createIn(log.lane(lane()).with(other, EXPIRY), other)).isEqualTo(Creation.CREATED);

        assertThat(log.lane(lane())).isEqualTo(new Lane(lane(), 2, List.of(id, other), EXPIRY));
        assertThat(require().lane()).contains(lane());
        assertThat(log.lane(new LaneId(FIRST, new StreamId("another"))))
                .isEqualTo(Lane.unused(new LaneId(FIRST, new StreamId("another"))));
        assertThat(log.lane(new LaneId(SECOND, lane().stream())))
                .isEqualTo(Lane.unused(new LaneId(SECOND, lane().stream())));
    }

    @Test
    void responseIsNotCreatedInALaneThatHasChanged() {
        var other = Ids.random(new SecureRandom()).next();
        var before = log.lane(lane());
        createIn(before.with(id, EXPIRY), id);

        assertThat(createIn(before.with(other, EXPIRY), other)).isEqualTo(Creation.LANE_CHANGED);
        assertThat(log.find(other)).isEmpty();
        assertThat(log.read(other, -1)).isEmpty();
        assertThat(log.lane(lane()).members()).containsExactly(id);
    }

    @Test
    void existingResponseLeavesItsLaneAlone() {
        createIn(log.lane(lane()).with(id, EXPIRY), id);
        var before = log.lane(lane());

        assertThat(createIn(before.with(id, EXPIRY), id)).isEqualTo(Creation.EXISTS);
        assertThat(createIn(before.without(List.of(id)), id)).isEqualTo(Creation.EXISTS);
        assertThat(log.lane(lane())).isEqualTo(before);
    }

    @Test
    void laneIsReplacedOnceByItsVersion() {
        createIn(log.lane(lane()).with(id, EXPIRY), id);
        var shorter = log.lane(lane()).without(List.of(id));

        assertThat(log.replace(shorter)).isTrue();
        assertThat(log.replace(shorter)).isFalse();
        assertThat(log.lane(lane())).isEqualTo(shorter);
        assertThat(createIn(shorter.with(id, EXPIRY), id)).isEqualTo(Creation.EXISTS);
        assertThat(log.lane(lane()).members()).isEmpty();
    }

    @Test
    void expiredLaneIsEmptyAndKeepsItsVersion() {
        createIn(log.lane(lane()).with(id, EXPIRY), id);
        time.advance(Duration.between(time.instant(), EXPIRY));

        assertThat(log.lane(lane()).members()).isEmpty();
        assertThat(log.lane(lane()).version()).isEqualTo(1);
        var later = EXPIRY.plus(Duration.ofHours(1));
        assertThat(log.replace(log.lane(lane()).with(ResponseIds.of(7), later))).isTrue();
        assertThat(log.lane(lane()).members()).containsExactly(ResponseIds.of(7));
    }

    /** A lane that no other test uses. */
    private LaneId lane() {
        return new LaneId(FIRST, new StreamId("ünï " + id));
    }

    private Creation createIn(Lane lane, ResponseId response) {
        var plain = queued(Subscriptions.none(), request());
        var header = new ResponseHeader(
                response,
                new Owner(SUBJECT, QUOTA_KEY, Optional.of(FIRST), Optional.of(lane().stream())),
                plain.request(),
                plain.progress(),
                plain.directives(),
                plain.conversation());
        return log.create(header, events(0, 1), Optional.of(lane));
    }

    @Test
    void attachToAnEndedOrUnknownResponseIsRefused() throws LeaseLostException {
        createQueued();
        assertThat(log.attach(id, OTHER_SUBJECT, ClientSocket.of(FIRST), 1)).isEqualTo(new AttachResult.Unknown());
        claim();
        append(1, Status.COMPLETED, events(2, 2));

        assertThat(log.attach(id, SUBJECT, ClientSocket.of(FIRST), 1)).isEqualTo(new AttachResult.Ended());
        assertThat(log.attach(id, OTHER_SUBJECT, ClientSocket.of(FIRST), 1)).isEqualTo(new AttachResult.Unknown());
        assertThat(require().directives()).isEqualTo(Directives.of(Subscriptions.none()));
    }

    @Test
    void oldestAttachmentIsSuperseded() throws LeaseLostException {
        log.create(queued(Subscriptions.of(ClientSocket.of(FIRST), 1), request()), events(0, 1));
        attachSockets(1, Subscriptions.MAX_SOCKETS);
        log.attach(id, SUBJECT, ClientSocket.of(new ConnectionId("c1")), 1);

        assertThat(log.attach(id, OTHER_SUBJECT, ClientSocket.of(SECOND), 1)).isEqualTo(new AttachResult.Unknown());
        assertThat(log.attach(id, SUBJECT, ClientSocket.of(new ConnectionId("c3")), 0))
                .isEqualTo(LIVE);
        assertThat(log.attach(id, SUBJECT, ClientSocket.of(SECOND), 1))
                .isEqualTo(new AttachResult.Live(Optional.of(ClientSocket.of(FIRST))));
        // The age of an attachment counts from the last time that the socket was attached.
        assertThat(log.attach(id, SUBJECT, ClientSocket.of(FIRST), 1))
                .isEqualTo(new AttachResult.Live(Optional.of(ClientSocket.of(new ConnectionId("c2")))));
        assertThat(require().directives().subscriptions().cursors())
                .hasSize(Subscriptions.MAX_SOCKETS)
                .containsKeys(FIRST, SECOND, new ConnectionId("c1"), new ConnectionId("c3"));
    }

    @Test
    void detachedSocketsDoNotCount() throws LeaseLostException {
        createQueued();
        attachSockets(0, Subscriptions.MAX_SOCKETS);
        claim();
        var before = require().directives().subscriptions();
        var remaining = new HashMap<>(before.cursors());
        remaining.remove(new ConnectionId("c5"));
        log.append(append(1, Status.IN_PROGRESS, 1, new Subscriptions(before.version(), remaining), events(2, 2)));

        assertThat(log.attach(id, SUBJECT, ClientSocket.of(FIRST), 1)).isEqualTo(LIVE);
        assertThat(log.attach(id, SUBJECT, ClientSocket.of(SECOND), 1))
                .isEqualTo(new AttachResult.Live(Optional.of(ClientSocket.of(new ConnectionId("c0")))));
    }

    @Test
    void appendWithASupersededSocketIsOutdated() throws LeaseLostException {
        createQueued();
        attachSockets(0, Subscriptions.MAX_SOCKETS);
        claim();
        var before = require().directives().subscriptions();
        log.attach(id, SUBJECT, ClientSocket.of(FIRST), 1);

        assertThat(log.append(append(1, Status.COMPLETED, 1, before, events(2, 2))))
                .isEqualTo(new Append.Outcome.Outdated(require().directives()));
        assertThat(require().directives().subscriptions().cursors())
                .containsKey(FIRST)
                .doesNotContainKey(new ConnectionId("c0"));
    }

    @Test
    void concurrentAttachmentsKeepTheLimit() throws Exception {
        createQueued();
        var connections = IntStream.range(0, Subscriptions.MAX_SOCKETS + 4)
                .mapToObj(i -> new ConnectionId("c" + i))
                .toList();
        var names = connections.iterator();

        var attached = atOnce(connections.size(), () -> {
            ConnectionId connection;
            synchronized (names) {
                connection = names.next();
            }
            return log.attach(id, SUBJECT, ClientSocket.of(connection), 1);
        });

        var superseded = attached.stream()
                .flatMap(it -> ((AttachResult.Live) it).superseded().stream())
                .map(ClientSocket::connection)
                .toList();
        assertThat(superseded).hasSize(4).doesNotHaveDuplicates();
        var remaining = new HashSet<>(connections);
        superseded.forEach(remaining::remove);
        assertThat(require().directives().subscriptions().cursors().keySet()).isEqualTo(remaining);
        assertThat(require().directives().subscriptions().version()).isEqualTo(connections.size());
    }

    @Test
    void socketAttachedDuringTheLastAppendIsNotLost() throws Exception {
        createQueued();
        claim();
        var names = new ArrayList<>(
                IntStream.range(0, 8).mapToObj(i -> new ConnectionId("c" + i)).toList());
        var known = new HashSet<ConnectionId>();

        var outcomes = atOnce(9, () -> {
            ConnectionId connection;
            synchronized (names) {
                connection = names.isEmpty() ? null : names.removeLast();
            }
            if (connection != null) {
                return log.attach(id, SUBJECT, ClientSocket.of(connection), 1).equals(LIVE)
                        ? Optional.of(connection)
                        : Optional.<ConnectionId>empty();
            }
            var append = append(1, Status.COMPLETED, 1, Subscriptions.none(), events(2, 2));
            while (log.append(append) instanceof Append.Outcome.Outdated(var directives)) {
                append = append(1, Status.COMPLETED, 1, directives.subscriptions(), events(2, 2));
            }
            known.addAll(append.subscriptions().cursors().keySet());
            return Optional.<ConnectionId>empty();
        });

        assertThat(known)
                .containsExactlyInAnyOrderElementsOf(
                        outcomes.stream().flatMap(Optional::stream).toList());
        assertThat(require().status()).isEqualTo(Status.COMPLETED);
    }

    // follow and cancel

    @Test
    void markFollowedSetsTheInstant() {
        createQueued();
        var until = time.instant().plusSeconds(3);

        log.markFollowed(id, until);

        assertThat(require().directives().followedUntil()).isEqualTo(until);
    }

    @Test
    void requestCancelSetsTheDirective() throws LeaseLostException {
        createQueued();

        assertThat(log.requestCancel(id, OTHER_SUBJECT)).isEmpty();
        assertThat(require().directives().cancelRequested()).isFalse();

        var header = log.requestCancel(id, SUBJECT);
        assertThat(header).contains(require());
        assertThat(require().directives().cancelRequested()).isTrue();
        assertThat(require().status()).isEqualTo(Status.QUEUED);
        assertThat(log.requestCancel(id, SUBJECT)).isEqualTo(header);
    }

    @Test
    void endedResponseIsNotChanged() throws LeaseLostException {
        createQueued();
        claim();
        append(1, Status.COMPLETED, events(2, 2));
        var ended = require();

        log.markFollowed(id, time.instant().plusSeconds(3));
        assertThat(log.requestCancel(id, SUBJECT)).contains(ended);
        assertThat(log.requestCancel(id, OTHER_SUBJECT)).isEmpty();

        assertThat(log.find(id)).contains(ended);
    }

    // delete

    @Test
    void deletedResponseIsUnknown() throws LeaseLostException {
        log.create(queued(Subscriptions.none(), Json.object().put("input", noise(600_000))), events(0, 1));
        claim();
        append(1, Status.IN_PROGRESS, List.of(event(2, noise(900_000)), event(3)));
        var other = Ids.random(new SecureRandom()).next();
        log.create(started(other), events(0, 0));

        log.delete(id);

        assertUnknown();
        assertThat(log.find(other)).isPresent();
        assertThat(log.read(other, -1)).isEqualTo(events(0, 0));
        log.delete(id);
        assertThat(createQueued()).isEqualTo(Creation.CREATED);
        assertThat(log.read(id, -1)).isEqualTo(events(0, 1));
    }

    // read

    @Test
    void readReturnsTheEventsAfterANumber() throws LeaseLostException {
        createQueued();
        claim();
        append(1, Status.IN_PROGRESS, events(2, 2));
        append(1, Status.IN_PROGRESS, events(3, 6));
        append(1, Status.IN_PROGRESS, events(7, 8));

        for (long after = -1; after <= 9; after++) {
            assertThat(log.read(id, after)).as("after %s", after).isEqualTo(events(after + 1, 8));
        }
    }

    @Test
    void textOfEventsIsUnchanged() throws LeaseLostException {
        var unusual = List.of(
                new Event(0, "response.created", "{ \"b\" : 1.10,\"a\":\"zoë 😀 \\u00e9 \\n \u2028\u2029 漢字\" }"),
                new Event(1, "acme:vendor_event", "{\"type\":\"acme:vendor_event\",\"n\":1e400,\"\":[ ]}"));
        log.create(queued(Subscriptions.none(), request()), unusual);
        claim();
        var large = event(2, "zoë 😀 ".repeat(50_000));
        append(1, Status.IN_PROGRESS, List.of(large));

        assertThat(log.read(id, -1)).containsExactly(unusual.get(0), unusual.get(1), large);
    }

    @Test
    void largeEventsAreStored() throws LeaseLostException {
        createQueued();
        claim();
        var repetitive = event(2, "words ".repeat(200_000));
        var noisy = List.of(event(3, noise(1_000_000)), event(4, "small"), event(5, noise(500_000)));

        append(1, Status.IN_PROGRESS, List.of(repetitive));
        append(1, Status.IN_PROGRESS, noisy);
        append(1, Status.IN_PROGRESS, events(6, 6));

        assertThat(log.read(id, 1)).containsExactly(repetitive, noisy.get(0), noisy.get(1), noisy.get(2), event(6));
        assertThat(log.read(id, 3)).containsExactly(noisy.get(1), noisy.get(2), event(6));
    }

    @Test
    void eventLargerThanATransactionIsStored() throws LeaseLostException {
        createQueued();
        claim();
        var huge = List.of(event(2, noise(6_000_000)), event(3, "small"));

        append(1, Status.IN_PROGRESS, huge);

        assertThat(log.read(id, 1)).isEqualTo(huge);
    }

    @Test
    void manyEventsAreStored() throws LeaseLostException {
        createQueued();
        claim();

        append(1, Status.IN_PROGRESS, events(2, 4_999));
        for (long next = 5_000; next < 5_040; next++) {
            append(1, Status.IN_PROGRESS, List.of(event(next, noise(40_000))));
        }

        assertThat(log.read(id, -1))
                .extracting(Event::sequenceNumber)
                .containsExactlyElementsOf(LongStream.range(0, 5_040).boxed().toList());
    }

    @Test
    void largeRequestIsStored() {
        var request = Json.object().put("input", noise(6_000_000));
        log.create(queued(Subscriptions.none(), request), events(0, 1));

        assertThat(require().request().body()).isEqualTo(request);
        assertThat(claim())
                .isInstanceOfSatisfying(
                        Claim.Granted.class,
                        it -> assertThat(it.header().request().body()).isEqualTo(request));
    }

    // expiry

    @Test
    void expiredResponseIsUnknown() throws LeaseLostException {
        createQueued();
        time.advance(Duration.between(time.instant(), EXPIRY).minusMillis(1));
        assertThat(log.find(id)).isPresent();
        assertThat(log.read(id, -1)).hasSize(2);
        claim();

        time.advance(Duration.ofMillis(1));

        assertUnknown();
    }

    @Test
    void responsesAreIndependent() throws LeaseLostException {
        createQueued();
        var other = Ids.random(new SecureRandom()).next();
        log.create(started(other), events(0, 0));
        log.append(new Append(other, completed(3), Subscriptions.none(), EXPIRY, events(1, 3)));

        assertThat(log.read(id, -1)).isEqualTo(events(0, 1));
        assertThat(require().status()).isEqualTo(Status.QUEUED);
    }

    // conversations

    @Test
    void conclusionHasTheOutputAndTheSizeOfTheConversation() throws LeaseLostException {
        createQueued();
        claim();
        append(1, Status.IN_PROGRESS, events(2, 2));
        assertThat(require().conversation()).isEqualTo(CONVERSATION);
        assertThat(log.turn(id)).isEmpty();

        var size = new ConversationSize(Long.MAX_VALUE, Integer.MAX_VALUE);
        conclude("[{\"id\":\"msg_1\",\"n\":1.50,\"x\":\"zoë 😀\"}]", List.of("msg_1"), size);

        assertThat(require().conversation()).isEqualTo(size);
        assertThat(log.turn(id))
                .contains(new Turn(Json.write(request()), "[{\"id\":\"msg_1\",\"n\":1.50,\"x\":\"zoë 😀\"}]"));
    }

    @Test
    void largeRequestAndOutputAreOneTurn() throws LeaseLostException {
        var request = Json.object().put("input", noise(600_000));
        log.create(queued(Subscriptions.none(), request), events(0, 1));
        claim();
        append(1, Status.IN_PROGRESS, events(2, 2));
        var output = "[\"" + noise(900_000) + "\"]";

        conclude(output, List.of(), CONVERSATION);

        assertThat(log.turn(id)).contains(new Turn(Json.write(request), output));
        assertThat(log.read(id, 2)).isEqualTo(events(3, 3));
    }

    @Test
    void endWithoutAConclusionIsATurnWithoutOutput() throws LeaseLostException {
        createQueued();
        claim();
        append(1, Status.FAILED, events(2, 3));

        assertThat(log.turn(id)).contains(new Turn(Json.write(request()), "[]"));
        assertThat(require().conversation()).isEqualTo(CONVERSATION);
    }

    @Test
    void responseIsFoundByTheItemsOfItsOutput() throws LeaseLostException {
        createQueued();
        claim();
        append(1, Status.IN_PROGRESS, events(2, 2));
        var items =
                IntStream.range(0, 60).mapToObj(n -> "zoë#" + n + " of " + id).toList();
        assertThat(log.findByItem(QUOTA_KEY, items.getFirst())).isEmpty();

        conclude("[]", items, CONVERSATION);

        assertThat(items)
                .allSatisfy(item -> assertThat(log.findByItem(QUOTA_KEY, item)).contains(id));
        assertThat(log.findByItem(new QuotaKey("key 2"), items.getFirst())).isEmpty();
        assertThat(log.findByItem(QUOTA_KEY, "no such item")).isEmpty();
    }

    @Test
    void newestResponseWithAnItemIsFound() throws LeaseLostException {
        createQueued();
        claim();
        append(1, Status.IN_PROGRESS, events(2, 2));
        var item = "msg_ of " + id;
        conclude("[]", List.of(item), CONVERSATION);
        var other = ResponseIds.of("other");
        log.create(started(other), events(0, 0));

        log.append(new Append(
                other,
                completed(1),
                Subscriptions.none(),
                EXPIRY,
                events(1, 1),
                Optional.of(new Append.Conclusion(QUOTA_KEY, "[]", List.of(item), CONVERSATION))));

        assertThat(log.findByItem(QUOTA_KEY, item)).contains(other);
    }

    @Test
    void turnOfADeletedResponseIsNotFound() throws LeaseLostException {
        createQueued();
        claim();
        append(1, Status.IN_PROGRESS, events(2, 2));
        conclude("[\"" + noise(900_000) + "\"]", List.of(), CONVERSATION);

        log.delete(id);

        assertThat(log.turn(id)).isEmpty();
    }

    @Test
    void turnOfAnExpiredResponseIsNotFound() throws LeaseLostException {
        createQueued();
        claim();
        append(1, Status.IN_PROGRESS, events(2, 2));
        conclude("[]", List.of(), CONVERSATION);

        time.advance(Duration.between(time.instant(), EXPIRY));

        assertThat(log.turn(id)).isEmpty();
    }

    @Test
    void repeatedConclusionIsStoredOnce() throws LeaseLostException {
        createQueued();
        claim();
        append(1, Status.IN_PROGRESS, events(2, 2));
        conclude("[1]", List.of(), CONVERSATION);
        conclude("[1]", List.of(), CONVERSATION);

        assertThat(log.turn(id)).contains(new Turn(Json.write(request()), "[1]"));
    }

    private void conclude(String output, List<String> items, ConversationSize size) throws LeaseLostException {
        assertThat(log.append(new Append(
                        id,
                        completed(3),
                        Subscriptions.none(),
                        EXPIRY,
                        events(3, 3),
                        Optional.of(new Append.Conclusion(QUOTA_KEY, output, items, size)))))
                .isEqualTo(new Append.Outcome.Appended());
    }

    /** Attaches the sockets c{@code from} to c{@code end - 1}, one after another. */
    private void attachSockets(int from, int end) {
        for (int i = from; i < end; i++) {
            assertThat(log.attach(id, SUBJECT, ClientSocket.of(new ConnectionId("c" + i)), 1))
                    .isEqualTo(LIVE);
        }
    }

    private Creation createQueued() {
        return log.create(queued(Subscriptions.none(), request()), events(0, 1));
    }

    private ResponseHeader queued(Subscriptions subscriptions, ObjectNode request) {
        return new ResponseHeader(
                id,
                new Owner(SUBJECT, QUOTA_KEY, Optional.of(FIRST)),
                new AcceptedRequest(request, Execution.QUEUED, time.instant(), EXPIRY),
                Progress.queued(1),
                Directives.of(subscriptions),
                CONVERSATION);
    }

    /** A queued response with these terms. */
    private ResponseHeader with(Terms terms) {
        var plain = queued(Subscriptions.none(), request());
        return new ResponseHeader(
                id,
                plain.owner(),
                new AcceptedRequest(request(), terms, Execution.QUEUED, time.instant(), EXPIRY),
                plain.progress(),
                plain.directives(),
                plain.conversation());
    }

    private ResponseHeader started(ResponseId other) {
        return new ResponseHeader(
                other,
                new Owner(SUBJECT, QUOTA_KEY, Optional.empty()),
                new AcceptedRequest(request(), Execution.INLINE, time.instant(), EXPIRY),
                new Progress(Status.IN_PROGRESS, new Lease(1, leaseEnd(), 0), 0),
                Directives.of(Subscriptions.none()),
                CONVERSATION);
    }

    private Claim claim() {
        return log.claim(id, Optional.of(Task.Kind.ANSWER), time.instant(), leaseEnd());
    }

    private Instant leaseEnd() {
        return time.instant().plus(LEASE);
    }

    private ResponseHeader require() {
        return log.find(id).orElseThrow();
    }

    private Cursor cursor(ConnectionId connection) {
        return Optional.ofNullable(
                        require().directives().subscriptions().cursors().get(connection))
                .orElseThrow();
    }

    /** Appends as an attempt without sockets. */
    private void append(int attempt, Status status, List<Event> events) throws LeaseLostException {
        assertThat(log.append(append(attempt, status, 1, Subscriptions.none(), events)))
                .isEqualTo(new Append.Outcome.Appended());
    }

    private Append append(
            int attempt, Status status, long reservedThrough, Subscriptions subscriptions, List<Event> events) {
        var last = events.getLast().sequenceNumber();
        var progress = new Progress(status, new Lease(attempt, leaseEnd(), reservedThrough), last);
        return new Append(id, progress, subscriptions, EXPIRY, events);
    }

    /** The progress of a response that its first attempt has completed with this event. */
    private Progress completed(long last) {
        return new Progress(Status.COMPLETED, new Lease(1, leaseEnd(), 1), last);
    }

    private void assertUnknown() {
        assertThat(log.find(id)).isEmpty();
        assertThat(log.read(id, -1)).isEmpty();
        assertThat(claim()).isEqualTo(new Claim.Unknown());
        assertThat(log.attach(id, SUBJECT, ClientSocket.of(FIRST), 0)).isEqualTo(new AttachResult.Unknown());
        assertThat(log.requestCancel(id, SUBJECT)).isEmpty();
        log.markFollowed(id, time.instant().plusSeconds(3));
        assertLeaseLost(1);
        assertThat(log.find(id)).isEmpty();
    }

    /** Asserts that every method refuses this attempt. */
    private void assertLeaseLost(int attempt) {
        assertLeaseLost(() -> log.directives(id, attempt));
        assertLeaseLost(() -> log.renew(id, new Lease(attempt, leaseEnd(), 99)));
        assertLeaseLost(attempt, events(2, 2));
        assertLeaseLost(attempt, events(3, 3));
    }

    private void assertLeaseLost(int attempt, List<Event> events) {
        assertLeaseLost(() -> append(attempt, Status.IN_PROGRESS, events));
    }

    private static void assertLeaseLost(ThrowingCallable work) {
        assertThatExceptionOfType(LeaseLostException.class).isThrownBy(work);
    }

    private void assertRefused(List<Event> events) {
        assertThatIllegalArgumentException().isThrownBy(() -> append(1, Status.IN_PROGRESS, events));
    }

    private static ObjectNode request() {
        return Json.object().put("model", "m").put("input", "Why is the sky blue?");
    }

    private static List<Event> events(long first, long last) {
        return LongStream.rangeClosed(first, last)
                .mapToObj(ResponseLogContract::event)
                .toList();
    }

    private static Event event(long number) {
        return event(number, "word " + number);
    }

    private static Event event(long number, String text) {
        return new Event(
                number,
                EventTypes.OUTPUT_TEXT_DELTA,
                Json.write(Json.object()
                        .put("type", EventTypes.OUTPUT_TEXT_DELTA)
                        .put("sequence_number", number)
                        .put("delta", text)));
    }

    /** Returns text that hardly compresses; the same text for the same length. */
    private static String noise(int length) {
        var bytes = new byte[length / 4 * 3];
        new Random(length).nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static <T> List<T> atOnce(int threads, Callable<T> work) throws InterruptedException, ExecutionException {
        var start = new CyclicBarrier(threads);
        Callable<T> worker = () -> {
            start.await(10, TimeUnit.SECONDS);
            return work.call();
        };
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            // Cancels the calls that do not return in time.
            var futures = executor.invokeAll(Collections.nCopies(threads, worker), 30, TimeUnit.SECONDS);
            var results = new ArrayList<T>();
            for (var future : futures) {
                results.add(future.get());
            }
            return results;
        }
    }
}
