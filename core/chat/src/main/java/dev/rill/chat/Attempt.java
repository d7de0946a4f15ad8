package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
 * One attempt at a response: what it has numbered, what it may show, and what is in the log. The rules of delivery stand here, without
 * threads, clock or I/O; {@link Journal} acts on them.
 *
 * <p><b>Numbers are reserved before they are shown.</b> Events reach clients before they reach the log, so an attempt that dies has shown
 * more than the log knows. The log therefore knows a number that was not passed: {@code reserved}. The next attempt numbers beyond it:
 * a number that was shown is only ever said again as it was, or to say that the output so far counts no more.
 *
 * <p>Not safe for use by many threads.
 */
final class Attempt {

  /** So many numbers beyond the log may be shown: more than a second of merged deltas has. */
  static final int RESERVE = 16;

  private final ResponseHeader granted;
  private final Deque<Event> kept = new ArrayDeque<>();
  private final Map<ConnectionId, Cursor> cursors = new HashMap<>();
  private long version;
  private Instant leaseUntil;
  private long reserved;
  private long appended;
  private long next;
  private int waitingChars;
  private boolean expectsOutput;
  private Optional<Append.Conclusion> conclusion = Optional.empty();
  private @Nullable Status ended;

  /**
   * @param granted the header as the claim or the creation left it
   * @param logged the newest events of the log, should somebody still want them; may be empty
   */
  Attempt(ResponseHeader granted, List<Event> logged) {
    this.granted = granted;
    this.leaseUntil = granted.leaseUntil();
    this.reserved = granted.reserved();
    this.appended = granted.lastSequence();
    this.next = granted.lastSequence() + 1;
    this.version = granted.control().attached().version();
    granted.control().attached().cursors().forEach((connection, cursor) -> cursors.put(connection, possible(cursor)));
    this.kept.addAll(logged);
  }

  /** Which one it is, from 1. */
  int number() {
    return granted.attempt();
  }

  // ---- numbering ------------------------------------------------------------------------------------------------------

  /**
   * Says that this attempt starts anew, if somebody may have seen output of an earlier one: once for every number that may have been shown
   * but is not in the log, and one more, so that whoever saw any of them sees at least the last.
   */
  void announceRestart() {
    long shown = Math.max(reserved, appended);
    if (number() == 1 || shown <= granted.handling().inProgress()) {
      return;
    }
    while (lastNumbered() <= shown) {
      number(EventTypes.RESTARTED, Json.object().put("attempt", number()));
    }
  }

  /**
   * Numbers the terminal event. An earlier attempt may have shown {@code in_progress} and died before it was in the log: then that number
   * is taken, and is said again.
   */
  void conclude(Status status, ObjectNode response) {
    if (number() > 1 && lastNumbered() < granted.handling().inProgress()) {
      number(EventTypes.IN_PROGRESS, ResponseObject.event(granted, Status.IN_PROGRESS));
    }
    conclusion = History.conclusion(granted, status, response);
    number("response." + status.wire(), ResponseObject.event(response));
  }

  /** Gives an event the next number; takes out of it what this client did not ask for. */
  Event number(String type, ObjectNode payload) {
    if (!EncryptedReasoning.isAskedFor(granted.request())) {
      EncryptedReasoning.remove(payload);
    }
    var event = Event.numbered(next++, type, payload);
    kept.add(event);
    waitingChars += event.json().length();
    return event;
  }

  long lastNumbered() {
    return next - 1;
  }

  // ---- showing --------------------------------------------------------------------------------------------------------

  /** Whether the lease has not run out by this clock. */
  boolean holds(Instant now) {
    return now.isBefore(leaseUntil);
  }

  /** Whether the terminal event is in the log: then nobody else can answer, and what is there may be shown for ever. */
  boolean hasEnded() {
    return ended != null;
  }

  /** The greatest number that may be shown now. */
  long mayShow() {
    return hasEnded() ? lastNumbered() : Math.max(reserved, granted.handling().inProgress());
  }

  /** The model has begun to answer: its first words will be numbered in a moment, and shall not wait for numbers then. */
  void expectOutput() {
    expectsOutput = true;
  }

  /** Some event may not be shown before more numbers are reserved, or soon could not. */
  boolean wantsNumbers() {
    return lastNumbered() > mayShow() || (expectsOutput && mayShow() <= granted.handling().inProgress());
  }

  /** The kept events after a number that may be shown; empty where there are none, or the log must be asked. */
  List<Event> shown(long after) {
    long most = mayShow();
    return kept.stream()
        .filter(event -> event.sequenceNumber() > after && event.sequenceNumber() <= most)
        .filter(event -> !event.terminal() || hasEnded())
        .toList();
  }

  /** What comes after this number is no longer kept here and must be read from the log. */
  boolean isOnlyLogged(long after) {
    long oldest = kept.isEmpty() ? next : kept.getFirst().sequenceNumber();
    return after < oldest - 1;
  }

  // ---- logging --------------------------------------------------------------------------------------------------------

  boolean hasWaiting() {
    return lastNumbered() > appended;
  }

  /** Characters that are not in the log. */
  int waitingChars() {
    return waitingChars;
  }

  /** The numbers to reserve by the next write. */
  long toReserve() {
    return Math.max(reserved, lastNumbered() + RESERVE);
  }

  /** Everything that is not in the log, as one append. */
  Append append(Status status, Instant newLease) {
    var waiting = kept.stream().filter(event -> event.sequenceNumber() > appended).toList();
    return new Append(granted.id(), number(), status, newLease, toReserve(), attached(), granted.expiresAt(), waiting,
        status.ended() ? conclusion : Optional.empty());
  }

  /** It is in the log. What was there before is no longer kept: whoever is that far behind reads the log. */
  void appended(Append append) {
    while (!kept.isEmpty() && kept.getFirst().sequenceNumber() <= appended) {
      kept.removeFirst();
    }
    appended = append.last();
    waitingChars = kept.stream().filter(event -> event.sequenceNumber() > appended)
        .mapToInt(event -> event.json().length()).sum();
    renewed(append.leaseUntil(), append.reserved());
    if (append.status().ended()) {
      ended = append.status();
    }
  }

  void renewed(Instant newLease, long newReserved) {
    leaseUntil = newLease;
    reserved = Math.max(reserved, newReserved);
  }

  // ---- sockets --------------------------------------------------------------------------------------------------------

  Attached attached() {
    return new Attached(version, cursors);
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

  /** Takes in what the log says of the sockets. A socket that the log still has but this attempt knows to have left stays away. */
  Changes adopt(Attached told) {
    if (told.version() == version) {
      return Changes.NONE;
    }
    var joined = new HashMap<ConnectionId, Cursor>();
    told.cursors().forEach((connection, cursor) -> {
      if (cursor.version() > version) {
        joined.put(connection, possible(cursor));
      }
    });
    var superseded = new HashSet<>(cursors.keySet());
    superseded.removeAll(told.cursors().keySet());
    version = told.version();
    cursors.keySet().removeAll(superseded);
    cursors.putAll(joined);
    return new Changes(joined, superseded);
  }

  /** The cursor of a client that says no more than it can have been sent; another is put back to that, or it would miss the end. */
  private Cursor possible(Cursor cursor) {
    return new Cursor(Math.min(cursor.after(), Math.max(granted.shown(), lastNumbered())), cursor.version(),
        cursor.subprotocol());
  }

  /** A socket has everything up to this number. */
  void seen(ConnectionId connection, long sequence) {
    cursors.computeIfPresent(connection, (_, cursor) -> cursor.at(sequence));
  }

  void left(ConnectionId connection) {
    cursors.remove(connection);
  }
}
