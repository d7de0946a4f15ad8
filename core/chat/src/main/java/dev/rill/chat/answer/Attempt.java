package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.history.EncryptedReasoning;
import dev.rill.chat.history.History;
import dev.rill.chat.log.Append;
import dev.rill.chat.log.Cursor;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.socket.ConnectionId;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a response: what it has numbered, what it may show, and what is in the log. The rules of delivery
 * stand here, without threads, clock or I/O; {@link LogWriter} acts on them.
 *
 * <p><b>Numbers are reserved before they are shown.</b> Events reach clients before they reach the log, so an attempt
 * that dies has shown more than the log knows. The log therefore knows a number that was not passed: {@code reserved}.
 * The next attempt numbers beyond it: a number that was shown is only ever said again as it was, or to say that the
 * output so far counts no more.
 *
 * <p>Not safe for use by many threads.
 */
public final class Attempt {

    /** So many numbers beyond the log may be shown: more than a second of merged deltas has. */
    public static final int RESERVE = 16;

    private final ResponseHeader header;
    private final Deque<Event> buffer = new ArrayDeque<>();
    private final Map<ConnectionId, Cursor> cursors = new HashMap<>();
    private long version;
    private Instant leaseUntil;
    private long reservedThrough;
    private long onAppended;
    private long nextSequence;
    private int unloggedChars;
    private boolean expectsOutput;
    private Optional<Append.Conclusion> conclusion = Optional.empty();
    private @Nullable Status ended;

    /**
     * @param granted the header as the claim or the creation left it
     * @param logged the newest events of the log, should somebody still want them; may be empty
     */
    public Attempt(ResponseHeader granted, List<Event> logged) {
        this.header = granted;
        this.leaseUntil = granted.leaseUntil();
        this.reservedThrough = granted.reservedThrough();
        this.onAppended = granted.lastSequence();
        this.nextSequence = granted.lastSequence() + 1;
        this.version = granted.directives().subscriptions().version();
        granted.directives()
                .subscriptions()
                .cursors()
                .forEach((connection, cursor) -> cursors.put(connection, clamp(cursor)));
        this.buffer.addAll(logged);
    }

    /** Which one it is, from 1. */
    int number() {
        return header.attempt();
    }

    // ---- numbering ------------------------------------------------------------------------------------------------

    /**
     * Says that this attempt starts anew, if somebody may have seen output of an earlier one: once for every number
     * that may have been shown but is not in the log, and one more, so that whoever saw any of them sees at least the
     * last.
     */
    public void announceRestart() {
        long shown = Math.max(reservedThrough, onAppended);
        if (number() == 1 || shown <= header.execution().inProgressNumber()) {
            return;
        }
        while (lastSequence() <= shown) {
            number(EventTypes.RESTARTED, Json.object().put("attempt", number()));
        }
    }

    /**
     * Numbers the terminal event. An earlier attempt may have shown {@code in_progress} and died before it was in the
     * log: then that number is taken, and is said again.
     */
    public void addTerminal(Status status, ObjectNode response) {
        if (number() > 1 && lastSequence() < header.execution().inProgressNumber()) {
            number(EventTypes.IN_PROGRESS, ResponseObject.event(header, Status.IN_PROGRESS));
        }
        conclusion = History.conclusion(header, status, response);
        number("response." + status.wire(), ResponseObject.event(response));
    }

    /** Gives an event the next number; takes out of it what this client did not ask for. */
    Event number(String type, ObjectNode payload) {
        if (!EncryptedReasoning.isAskedFor(header.request())) {
            EncryptedReasoning.remove(payload);
        }
        var event = Event.numbered(nextSequence++, type, payload);
        buffer.add(event);
        unloggedChars += event.json().length();
        return event;
    }

    public long lastSequence() {
        return nextSequence - 1;
    }

    // ---- showing --------------------------------------------------------------------------------------------------

    /** Whether the lease has not run out by this clock. */
    boolean holdsLease(Instant now) {
        return now.isBefore(leaseUntil);
    }

    /**
     * Whether the terminal event is in the log: then nobody else can answer, and what is there may be shown for ever.
     */
    boolean hasEnded() {
        return ended != null;
    }

    /** The greatest number that may be shown now. */
    long visibleThrough() {
        return hasEnded()
                ? lastSequence()
                : Math.max(reservedThrough, header.execution().inProgressNumber());
    }

    /**
     * The model has begun to answer: its first words will be numbered in a moment, and shall not wait for numbers then.
     */
    void expectOutput() {
        expectsOutput = true;
    }

    /** Some event may not be shown before more numbers are reserved, or soon could not. */
    boolean needsReservation() {
        return lastSequence() > visibleThrough()
                || (expectsOutput && visibleThrough() <= header.execution().inProgressNumber());
    }

    /** The kept events after a number that may be shown; empty where there are none, or the log must be asked. */
    List<Event> visibleAfter(long after) {
        long most = visibleThrough();
        return buffer.stream()
                .filter(event -> event.sequenceNumber() > after && event.sequenceNumber() <= most)
                .filter(event -> !event.terminal() || hasEnded())
                .toList();
    }

    /** What comes after this number is no longer kept here and must be read from the log. */
    boolean isBeforeBuffer(long after) {
        long oldest = buffer.isEmpty() ? nextSequence : buffer.getFirst().sequenceNumber();
        return after < oldest - 1;
    }

    // ---- logging --------------------------------------------------------------------------------------------------

    boolean hasUnlogged() {
        return lastSequence() > onAppended;
    }

    /** Characters that are not in the log. */
    int unloggedChars() {
        return unloggedChars;
    }

    /** The numbers to reserve by the next write. */
    long nextReservation() {
        return Math.max(reservedThrough, lastSequence() + RESERVE);
    }

    /** Everything that is not in the log, as one append. */
    public Append nextAppend(Status status, Instant newLease) {
        var waiting = buffer.stream()
                .filter(event -> event.sequenceNumber() > onAppended)
                .toList();
        return new Append(
                header.id(),
                number(),
                status,
                newLease,
                nextReservation(),
                subscriptions(),
                header.expiresAt(),
                waiting,
                status.ended() ? conclusion : Optional.empty());
    }

    /** It is in the log. What was there before is no longer kept: whoever is that far behind reads the log. */
    void onAppended(Append append) {
        while (!buffer.isEmpty() && buffer.getFirst().sequenceNumber() <= onAppended) {
            buffer.removeFirst();
        }
        onAppended = append.last();
        unloggedChars = buffer.stream()
                .filter(event -> event.sequenceNumber() > onAppended)
                .mapToInt(event -> event.json().length())
                .sum();
        onRenewed(append.leaseUntil(), append.reservedThrough());
        if (append.status().ended()) {
            ended = append.status();
        }
    }

    void onRenewed(Instant newLease, long newReserved) {
        leaseUntil = newLease;
        reservedThrough = Math.max(reservedThrough, newReserved);
    }

    // ---- sockets --------------------------------------------------------------------------------------------------

    public Subscriptions subscriptions() {
        return new Subscriptions(version, cursors);
    }

    /**
     * What others have changed.
     *
     * @param joined sockets that have been attached, or were put back to where they say they are
     * @param superseded sockets that had to give way to others
     */
    record Changes(Map<ConnectionId, Cursor> joined, Set<ConnectionId> superseded) {
        static final Changes NONE = new Changes(Map.of(), Set.of());
    }

    /**
     * Takes in what the log says of the sockets. A socket that the log still has but this attempt knows to have left
     * stays away.
     */
    public Changes applySubscriptions(Subscriptions newest) {
        if (newest.version() == version) {
            return Changes.NONE;
        }
        var joined = new HashMap<ConnectionId, Cursor>();
        newest.cursors().forEach((connection, cursor) -> {
            if (cursor.version() > version) {
                joined.put(connection, clamp(cursor));
            }
        });
        var superseded = new HashSet<>(cursors.keySet());
        superseded.removeAll(newest.cursors().keySet());
        version = newest.version();
        cursors.keySet().removeAll(superseded);
        cursors.putAll(joined);
        return new Changes(joined, superseded);
    }

    /**
     * The cursor of a client that says no more than it can have been sent; another is put back to that, or it would
     * miss the end.
     */
    private Cursor clamp(Cursor cursor) {
        return new Cursor(
                Math.min(cursor.after(), Math.max(header.visibleThrough(), lastSequence())),
                cursor.version(),
                cursor.subprotocol());
    }

    /** A socket has everything up to this number. */
    void onSent(ConnectionId connection, long sequence) {
        cursors.computeIfPresent(connection, (_, cursor) -> cursor.at(sequence));
    }

    void onGone(ConnectionId connection) {
        cursors.remove(connection);
    }
}
