package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.history.EncryptedReasoning;
import dev.rill.chat.history.History;
import dev.rill.chat.log.Append;
import dev.rill.chat.log.Cursor;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.Lease;
import dev.rill.chat.log.Progress;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.quota.Booking;
import dev.rill.chat.quota.Settlement;
import dev.rill.chat.socket.ConnectionId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a response, as a pure state machine: what it has numbered, what subscribers may be sent, what is in
 * the log, and which request to the log is due. It has no threads, no clock and no I/O. {@link LogWriter} performs what
 * {@link #next} returns and reports the outcome by an {@code on...} method.
 *
 * <p><b>A number is reserved before its event is sent.</b> Events reach clients before they reach the log, so an
 * attempt whose worker crashes may have sent more than the log has. Therefore the log has the greatest number that may
 * have been sent, {@code reservedThrough}. The next attempt numbers beyond it: a number that was sent is sent again
 * only with the same event, or to announce that clients must discard the output so far.
 *
 * <p><b>An append whose outcome is unknown is repeated unchanged</b> before any other write, because the log may have
 * it.
 *
 * <p>Not safe for use by many threads.
 */
public final class Attempt {

    /** Numbers beyond the log that may be sent: more than a second of merged deltas has. */
    public static final int RESERVATION = 16;

    /** Requests to the log that may fail one after another. Each has outlasted the log adapter's own retries. */
    static final int MAX_FAILURES = 4;

    /**
     * Characters of JSON that may be numbered but not yet logged. Beyond them no further output is read, because the
     * log is slower than the model.
     */
    static final int BACKLOG_CHARS = 1024 * 1024;

    private static final long NONE = Long.MAX_VALUE;

    private final ResponseHeader header;
    private final LogIntervals intervals;
    private final Duration detachGrace;

    // ---- events
    private final Deque<Event> buffer = new ArrayDeque<>();
    private long nextSequence;
    private long loggedThrough;
    private int unloggedChars;
    private boolean outputExpected;
    private Status goal = Status.IN_PROGRESS;
    private Optional<Append.Conclusion> conclusion = Optional.empty();
    private final TokenMeter meter;
    private @Nullable Booking booking;
    private @Nullable Status ended;

    // ---- the lease and the requests to the log
    private State state = State.RUNNING;
    private Instant leaseUntil;
    private long reservedThrough;
    /** Restarts of the output, over all attempts. */
    private int restarts;
    /** The event of the oldest restart whose number the log has not taken yet. */
    private long unclaimedRestart = NONE;
    /** An append whose outcome is unknown: the log may have it. */
    private @Nullable Append unknownOutcome;

    private Instant lastAppend;
    private Instant lastRenewal;
    private Instant lastDirectives;
    private Instant retryAt = Instant.MIN;
    private int failures;

    // ---- subscribers
    private final Map<ConnectionId, Cursor> cursors = new LinkedHashMap<>();
    private long subscriptionsVersion;
    private boolean directClientPresent;
    private @Nullable Instant unattendedSince;

    private enum State {
        RUNNING,
        CLOSED,
        LEASE_LOST,
        FAILED
    }

    /** What the loop around the attempt does next. */
    public sealed interface Action {

        /** Send this append to the log. */
        record Write(Append append) implements Action {}

        /** Renew the lease and reserve numbers. */
        record Renew(Lease lease) implements Action {}

        /** Read the directives. */
        record ReadDirectives() implements Action {}

        /** Ask again at this instant, or as soon as the attempt has changed. */
        record WaitUntil(Instant instant) implements Action {}

        /** No further request is made: the terminal event is in the log, or the attempt is over without it. */
        record Stop() implements Action {}
    }

    /** What a subscriber at a position is sent next. */
    public sealed interface Delivery {

        /** These events. */
        record Send(List<Event> events) implements Delivery {}

        /** The events that follow, which are in the log and no longer in memory. */
        record ReadLog() implements Delivery {}

        /** Nothing until the attempt changes. */
        record Wait() implements Delivery {}

        /** Nothing more by this attempt to this subscriber. */
        record End() implements Delivery {}
    }

    /**
     * What the directives have changed.
     *
     * @param joined sockets that were attached, or moved to another position
     * @param superseded sockets that were detached to make room for newer ones
     * @param stop the reason to end the answer now; empty if it goes on
     * @param unattended whether the last client has just disconnected
     */
    public record Changes(
            Map<ConnectionId, Cursor> joined,
            Set<ConnectionId> superseded,
            Optional<StopReason> stop,
            boolean unattended) {}

    /**
     * @param header as the claim or the creation left it
     * @param logged the newest events of the log, for a subscriber that has not been sent them; may be empty
     * @param detachGrace how long a queued answer goes on without a client that reads it
     * @param now by the same clock as all other instants
     */
    public Attempt(
            ResponseHeader header, List<Event> logged, LogIntervals intervals, Duration detachGrace, Instant now) {
        this.header = header;
        this.meter = new TokenMeter(header);
        this.intervals = intervals;
        this.detachGrace = detachGrace;
        this.leaseUntil = header.leaseUntil();
        this.reservedThrough = header.reservedThrough();
        this.restarts = header.lease().restarts();
        this.loggedThrough = header.lastSequence();
        this.nextSequence = header.lastSequence() + 1;
        this.lastAppend = now;
        this.lastRenewal = now;
        this.lastDirectives = now;
        this.directClientPresent = header.execution() == Execution.INLINE;
        var subscriptions = header.directives().subscriptions();
        this.subscriptionsVersion = subscriptions.version();
        subscriptions.cursors().forEach((connection, cursor) -> cursors.put(connection, clamp(cursor)));
        this.buffer.addAll(logged);
    }

    /** Which attempt at the response it is, from 1. */
    public int number() {
        return header.attempt();
    }

    // ---- events ---------------------------------------------------------------------------------------------------

    /**
     * Announces a restart of the output, if a client may have been sent output of an earlier attempt: once for each
     * number that may have been sent but is not in the log, and once more, so that a client that has any of them is
     * sent at least the last one.
     */
    public void announceRestart() {
        long sent = Math.max(reservedThrough, loggedThrough);
        if (number() == 1 || sent <= header.execution().inProgressNumber()) {
            return;
        }
        while (lastSequence() <= sent) {
            addRestarted();
        }
    }

    /**
     * Begins the output anew with another model: announces that clients must discard the output so far. One
     * announcement is enough, because every number before it is this attempt's own. It takes the next number of
     * {@link Lease#announced}, and is sent once the log has that number, so that no later attempt announces itself by
     * it.
     */
    public void restart() {
        restarts++;
        unclaimedRestart = Math.min(unclaimedRestart, nextSequence);
        addRestarted();
    }

    private void addRestarted() {
        add(EventTypes.RESTARTED, Json.object().put("attempt", number() + restarts));
    }

    /** Numbers an event. Removes encrypted reasoning from its payload unless the request includes it. */
    Event add(String type, ObjectNode payload) {
        if (!EncryptedReasoning.isRequested(header.request().body())) {
            EncryptedReasoning.remove(payload);
        }
        var event = Event.numbered(nextSequence++, type, payload);
        buffer.add(event);
        unloggedChars += event.json().length();
        return event;
    }

    /**
     * Numbers the terminal event, whose append is due at once. An earlier attempt may have sent {@code in_progress} and
     * crashed before it was in the log. Then its number is used, and the event is repeated.
     */
    public void addTerminal(Status status, ObjectNode response, EndedBy by, Instant now) {
        if (number() > 1 && lastSequence() < header.execution().inProgressNumber()) {
            add(EventTypes.IN_PROGRESS, ResponseObject.event(header, Status.IN_PROGRESS));
        }
        conclusion = History.conclusion(header, status, response);
        booking = meter.booking(
                response,
                switch (by) {
                    case MODEL -> 0;
                    case RILL -> 1;
                },
                now);
        add(EventTypes.terminal(status), ResponseObject.event(response));
        goal = status;
    }

    /** The model is asked: its input counts as used, unless it refuses the request. */
    void onModelAsked() {
        meter.onAsked();
    }

    /** The model has accepted the request. */
    void onModelAccepted(Instant now) {
        meter.onAccepted(now);
    }

    /** The model has refused the request, or could not be reached. */
    void onModelRefused() {
        meter.onRefused();
    }

    /** Another model has sent output in place of the one that was asked before: what that one has used is booked. */
    void onModelReplaced() {
        meter.onReplaced();
    }

    /**
     * The model has sent an event, which need not be numbered yet.
     *
     * @return whether the model has sent more than its ceiling, as far as a count tells
     */
    boolean onModelOutput(String type, ObjectNode payload, Instant now) {
        meter.onEvent(type, payload, now);
        return meter.isOverBudget();
    }

    /** Returns the tokens that the response has used so far; those of its terminal event once that is numbered. */
    private Booking booking() {
        return booking == null ? meter.booking() : booking;
    }

    /** Returns what is booked for the response that this attempt has ended; empty if it has no reservation. */
    public Optional<Settlement> settlement() {
        return header.reservation().map(reservation -> new Settlement(reservation, booking()));
    }

    /** The first output of the model is about to be numbered: the reservation for it is due now. */
    void expectOutput() {
        outputExpected = true;
    }

    /** The number of the newest event; -1 where there is none. */
    public long lastSequence() {
        return nextSequence - 1;
    }

    /** Whether so much is not in the log that no further output should be added. */
    boolean isBacklogged() {
        return unloggedChars > BACKLOG_CHARS;
    }

    /** Whether the terminal event is in the log: no other attempt can write then, so it may be sent at any time. */
    public boolean hasEnded() {
        return ended != null;
    }

    private boolean hasUnlogged() {
        return lastSequence() > loggedThrough;
    }

    // ---- requests to the log --------------------------------------------------------------------------------------

    /** The request to the log that is due at an instant, or when to ask again. Changes nothing. */
    public Action next(Instant now) {
        if (state != State.RUNNING || hasEnded()) {
            return new Action.Stop();
        }
        // The first try of an append with an unknown outcome may have extended the lease.
        var heldUntil =
                unknownOutcome == null ? leaseUntil : unknownOutcome.lease().until();
        if (!now.isBefore(heldUntil)) {
            return new Action.Stop();
        }
        if (now.isBefore(retryAt)) {
            return new Action.WaitUntil(earliest(retryAt, heldUntil));
        }
        if (unknownOutcome != null) {
            return new Action.Write(unknownOutcome);
        }
        var appendDue = hasUnlogged() ? lastAppend.plus(intervals.append()) : Instant.MAX;
        var renewalDue = lastRenewal.plus(intervals.lease().dividedBy(4));
        var directivesDue = lastDirectives.plus(intervals.directives());
        if (goal.ended() || !now.isBefore(appendDue)) {
            return new Action.Write(newAppend(now));
        }
        if (needsReservation() || !now.isBefore(renewalDue)) {
            return new Action.Renew(newLease(now, needsReservation() ? nextReservation() : visibleThrough()));
        }
        if (!now.isBefore(directivesDue)) {
            return new Action.ReadDirectives();
        }
        return new Action.WaitUntil(earliest(appendDue, earliest(renewalDue, directivesDue)));
    }

    private Append newAppend(Instant now) {
        var unlogged = buffer.stream()
                .filter(event -> event.sequenceNumber() > loggedThrough)
                .toList();
        return new Append(
                header.id(),
                new Progress(goal, newLease(now, nextReservation()), lastSequence(), booking()),
                subscriptions(),
                header.expiresAt(),
                unlogged,
                goal.ended() ? conclusion : Optional.empty());
    }

    /**
     * The append is in the log. Events that were there before are dropped: a subscriber that lacks them reads the log.
     */
    public void onAppended(Append append) {
        while (!buffer.isEmpty() && buffer.getFirst().sequenceNumber() <= loggedThrough) {
            buffer.removeFirst();
        }
        loggedThrough = append.last();
        unloggedChars = buffer.stream()
                .filter(event -> event.sequenceNumber() > loggedThrough)
                .mapToInt(event -> event.json().length())
                .sum();
        hold(append.lease());
        lastAppend = lastRenewal;
        unknownOutcome = null;
        failures = 0;
        if (append.status().ended()) {
            ended = append.status();
        }
    }

    /** Nothing was written, because the subscriptions have changed: what was to be written is due again at once. */
    public Changes onOutdated(Directives directives, Instant now) {
        lastAppend = Instant.MIN;
        unknownOutcome = null;
        failures = 0;
        return apply(directives, now);
    }

    /** The lease is renewed. */
    public Changes onRenewed(Lease lease, Directives directives, Instant now) {
        hold(lease);
        return onDirectives(directives, now);
    }

    /** The directives were read. */
    public Changes onDirectives(Directives directives, Instant now) {
        lastDirectives = now;
        failures = 0;
        return apply(directives, now);
    }

    /** A request failed, or its outcome is unknown: the next one is made after a pause. */
    public void onFailure(Action request, Instant now) {
        if (request instanceof Action.Write(var append)) {
            unknownOutcome = append;
        }
        failures++;
        retryAt = now.plus(intervals.directives());
        if (failures >= MAX_FAILURES) {
            state = State.FAILED;
        }
    }

    /** The log has refused a request, because another attempt has the lease or the response is gone. */
    public void onLeaseLost() {
        state = State.LEASE_LOST;
    }

    /** The attempt is given up: no further request is made. Does nothing if it is over already. */
    void close() {
        if (state == State.RUNNING) {
            state = State.CLOSED;
        }
    }

    /** Whether too many requests in a row have failed. */
    boolean hasFailed() {
        return state == State.FAILED;
    }

    /** Whether events may be added and sent at an instant. */
    boolean isWritable(Instant now) {
        return state == State.RUNNING && holdsLease(now);
    }

    /** Whether events that are there may be sent at an instant: also those of a response that has ended. */
    public boolean maySend(Instant now) {
        return hasEnded() || isWritable(now);
    }

    private boolean holdsLease(Instant now) {
        return now.isBefore(leaseUntil);
    }

    private Lease newLease(Instant now, long reservation) {
        return new Lease(
                number(),
                now.plus(intervals.lease()),
                reservation,
                restarts,
                header.lease().task());
    }

    private void hold(Lease lease) {
        leaseUntil = lease.until();
        lastRenewal = lease.until().minus(intervals.lease());
        reservedThrough = Math.max(reservedThrough, lease.reservedThrough());
        if (lease.restarts() == restarts) {
            unclaimedRestart = NONE;
        }
    }

    /** An event is numbered beyond what may be sent, or output is about to be. */
    private boolean needsReservation() {
        return lastSequence() > visibleThrough()
                || (outputExpected && visibleThrough() <= header.execution().inProgressNumber());
    }

    private long nextReservation() {
        return Math.max(reservedThrough, lastSequence() + RESERVATION);
    }

    /** The greatest number that may be sent now. */
    private long visibleThrough() {
        if (hasEnded()) {
            return lastSequence();
        }
        long reserved = Math.max(reservedThrough, header.execution().inProgressNumber());
        return Math.min(reserved, unclaimedRestart - 1);
    }

    // ---- subscribers ----------------------------------------------------------------------------------------------

    /** What a subscriber that has everything up to {@code after} is sent at an instant. */
    public Delivery deliveryAfter(Subscriber subscriber, long after, Instant now) {
        if (!maySendTo(subscriber, now)) {
            return new Delivery.End();
        }
        if (after < oldestBuffered() - 1) {
            return new Delivery.ReadLog();
        }
        var events = visibleAfter(after);
        if (!events.isEmpty()) {
            return new Delivery.Send(events);
        }
        return hasEnded() ? new Delivery.End() : new Delivery.Wait();
    }

    /** Returns the sockets and their positions for the next append. */
    public Subscriptions subscriptions() {
        return new Subscriptions(subscriptionsVersion, cursors);
    }

    /** Whether events that are there may be sent to this subscriber at an instant. */
    boolean maySendTo(Subscriber subscriber, Instant now) {
        return maySend(now) && isCurrent(subscriber);
    }

    /** Whether a subscriber is still one of this attempt: not gone, not superseded, and not attached again since. */
    boolean isCurrent(Subscriber subscriber) {
        return switch (subscriber) {
            case Subscriber.DirectClient() -> directClientPresent;
            case Subscriber.Socket(var connection, long version) -> {
                var cursor = cursors.get(connection);
                yield cursor != null && cursor.version() == version;
            }
        };
    }

    /** A subscriber was sent everything up to this number. Does nothing if it is no longer current. */
    public void onSent(Subscriber subscriber, long sequence) {
        if (subscriber instanceof Subscriber.Socket socket && isCurrent(socket)) {
            cursors.computeIfPresent(socket.connection(), (_, cursor) -> cursor.at(sequence));
        }
    }

    /** A subscriber has disconnected. Does nothing if it is no longer current. */
    public void onGone(Subscriber subscriber) {
        if (isCurrent(subscriber)) {
            switch (subscriber) {
                case Subscriber.DirectClient() -> directClientPresent = false;
                case Subscriber.Socket socket -> cursors.remove(socket.connection());
            }
        }
    }

    private long oldestBuffered() {
        return buffer.isEmpty() ? nextSequence : buffer.getFirst().sequenceNumber();
    }

    private List<Event> visibleAfter(long after) {
        long last = visibleThrough();
        return buffer.stream()
                .filter(event -> event.sequenceNumber() > after && event.sequenceNumber() <= last)
                .filter(event -> !event.terminal() || hasEnded())
                .toList();
    }

    private Changes apply(Directives directives, Instant now) {
        var joined = new LinkedHashMap<ConnectionId, Cursor>();
        var superseded = new LinkedHashSet<ConnectionId>();
        var newest = directives.subscriptions();
        if (newest.version() != subscriptionsVersion) {
            newest.cursors().forEach((connection, cursor) -> {
                // An older attachment that is unknown here belongs to a socket that has disconnected; don't add it
                // again.
                if (cursor.version() > subscriptionsVersion) {
                    joined.put(connection, clamp(cursor));
                }
            });
            superseded.addAll(cursors.keySet());
            superseded.removeAll(newest.cursors().keySet());
            subscriptionsVersion = newest.version();
            cursors.keySet().removeAll(superseded);
            cursors.putAll(joined);
        }
        var wasUnattendedSince = unattendedSince;
        var stop = stopReason(directives, now);
        return new Changes(joined, superseded, stop, wasUnattendedSince == null && unattendedSince != null);
    }

    private Optional<StopReason> stopReason(Directives directives, Instant now) {
        if (directives.cancelRequested()) {
            return Optional.of(StopReason.CANCELLED);
        }
        if (header.background()
                || directClientPresent
                || !cursors.isEmpty()
                || now.isBefore(directives.followedUntil())) {
            unattendedSince = null;
            return Optional.empty();
        }
        if (unattendedSince == null) {
            unattendedSince = now;
        }
        var until = switch (header.execution()) {
            // A client that leaves an inline answer wants no more of it.
            case INLINE -> now;
            case QUEUED -> unattendedSince.plus(detachGrace);
        };
        return now.isBefore(until) ? Optional.empty() : Optional.of(StopReason.CLIENT_GONE);
    }

    /**
     * Limits a position to the greatest number that may have been sent. A client may state a greater one, and would
     * then miss the terminal event.
     */
    private Cursor clamp(Cursor cursor) {
        // No client was sent the terminal event, which is not in the log yet, nor numbers that a first attempt has only
        // reserved.
        long sent = goal.ended() ? lastSequence() - 1 : lastSequence();
        long greatest = number() == 1 ? sent : Math.max(header.visibleThrough(), sent);
        return cursor.at(Math.min(cursor.after(), greatest));
    }

    /** Returns the complete state, for test reports. Two attempts at one response with the same text behave alike. */
    @Override
    public String toString() {
        var events = buffer.stream()
                .map(event -> event.sequenceNumber() + ":" + event.type())
                .toList();
        return "attempt " + number() + " " + state + ", goal " + goal + ", booking " + booking() + ", ended " + ended
                + ", lease until "
                + leaseUntil
                + ", reserved through " + reservedThrough + ", restarts " + restarts + " from " + unclaimedRestart
                + ", logged through " + loggedThrough + ", buffer " + events
                + ", output expected " + outputExpected + ", outcome unknown " + (unknownOutcome != null)
                + ", failures "
                + failures + ", due from " + lastAppend + " " + lastRenewal + " " + lastDirectives + " " + retryAt
                + ", subscriptions " + subscriptionsVersion + " " + cursors + ", unattended since " + unattendedSince;
    }

    private static Instant earliest(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
