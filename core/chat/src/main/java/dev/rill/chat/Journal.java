package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.ChatSettings.Pulse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Between an attempt and the log. One thread of its own makes all requests to the log, one after another: it appends in batches, beside
 * the delivery and not in front of it, reserves numbers, prolongs the lease, and looks at what others want. Only {@link #finish} waits for
 * the log, so that a terminal event is in the log before anybody sees it. Safe for use by many threads.
 */
final class Journal {

  /** More than this many characters wait only while the log is slower than the model; then {@link #add} waits too. */
  static final int BACKLOG_CHARS = 1024 * 1024;

  /** The log may fail so often in a row, if the lease lasts; each failure has outlasted the adapter's own tries. */
  private static final int PATIENCE = 4;

  private final ResponseLog log;
  private final ResponseId id;
  private final int number;
  private final Attempt attempt;
  private final Pulse pulse;
  private final InstantSource clock;
  private final Listener listener;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread thread;

  /**
   * An append of which nothing was heard: it may be in the log. It is repeated as it was, before anything else is written that it could
   * undo. The journal's thread alone knows it.
   */
  private @Nullable Append unanswered;

  private Instant lastAppend;
  private Instant lastLease;
  private Instant lastLook;
  private Status goal = Status.IN_PROGRESS;
  private State state = State.OPEN;
  private @Nullable LeaseLostException lost;
  private @Nullable RuntimeException broken;

  private enum State { OPEN, CLOSED }

  private enum Duty { APPEND, RENEW, LOOK, NOTHING }

  /** Hears, on the journal's thread, what others want. Must not block. */
  interface Listener {

    /**
     * What others want now.
     *
     * @param changes of the sockets since the last time
     */
    void wanted(Control control, Attempt.Changes changes);
  }

  /** What a reader is to do next. */
  sealed interface Next {

    /** Show these. */
    record Shown(List<Event> events) implements Next {}

    /** Read the log. */
    record Logged() implements Next {}

    /** Nothing more is to be shown by this attempt. */
    record Over() implements Next {}
  }

  Journal(ResponseLog log, ResponseHeader header, List<Event> logged, Pulse pulse, InstantSource clock,
      Listener listener) {
    this.log = log;
    this.id = header.id();
    this.number = header.attempt();
    this.attempt = new Attempt(header, logged);
    this.pulse = pulse;
    this.clock = clock;
    this.listener = listener;
    var now = clock.instant();
    this.lastAppend = now;
    this.lastLease = now;
    this.lastLook = now;
    this.thread = Thread.ofVirtual().name("journal-" + id).unstarted(this::keep);
  }

  /** Begins; {@link #close} ends it. */
  void start() {
    thread.start();
  }

  // ---- the attempt's side ---------------------------------------------------------------------------------------------

  /** Says up to where an earlier attempt was heard that this one starts anew; does nothing where nobody heard it. */
  void announceRestart() throws LeaseLostException, InterruptedException {
    lock.lockInterruptibly();
    try {
      attempt.announceRestart();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Has numbers reserved for output, while what precedes it is still being sent. */
  void expectOutput() {
    settle(attempt::expectOutput);
  }

  /**
   * Numbers an event and shows it as soon as it may be; waits only while too much is not in the log.
   *
   * @throws LeaseLostException if the lease has run out, or the log has refused an earlier event
   */
  Event add(String type, ObjectNode payload) throws LeaseLostException, InterruptedException {
    lock.lockInterruptibly();
    try {
      while (attempt.waitingChars() > BACKLOG_CHARS && lost == null && broken == null) {
        changed.await();
      }
      requireSound();
      var event = attempt.number(type, payload);
      changed.signalAll();
      return event;
    } finally {
      lock.unlock();
    }
  }

  /** Numbers the terminal event; returns when the log has it and all before it. */
  void finish(Status status, ObjectNode response) throws LeaseLostException, InterruptedException {
    lock.lockInterruptibly();
    try {
      requireSound();
      attempt.conclude(status, response);
      goal = status;
      changed.signalAll();
      while (!attempt.hasEnded()) {
        requireSound();
        changed.await();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** How many events there are. */
  long count() {
    lock.lock();
    try {
      return attempt.lastNumbered() + 1;
    } finally {
      lock.unlock();
    }
  }

  /** Lets go without another write; a request that is under way is not waited for. */
  void close() {
    lock.lock();
    try {
      state = State.CLOSED;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    thread.interrupt();
  }

  // ---- the readers' side ----------------------------------------------------------------------------------------------

  /** Waits for what comes after a number. */
  Next next(long after) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        if (!mayShowNow()) {
          return new Next.Over();
        }
        if (attempt.isOnlyLogged(after)) {
          return new Next.Logged();
        }
        var events = attempt.shown(after);
        if (!events.isEmpty()) {
          return new Next.Shown(events);
        }
        if (attempt.hasEnded()) {
          return new Next.Over();
        }
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether this attempt may still speak for the response. */
  boolean mayShow() {
    lock.lock();
    try {
      return mayShowNow();
    } finally {
      lock.unlock();
    }
  }

  void seen(ConnectionId connection, long sequence) {
    lock.lock();
    try {
      attempt.seen(connection, sequence);
    } finally {
      lock.unlock();
    }
  }

  void left(ConnectionId connection) {
    lock.lock();
    try {
      attempt.left(connection);
    } finally {
      lock.unlock();
    }
  }

  /** The sockets as the attempt knows them now. */
  Attached attached() {
    lock.lock();
    try {
      return attempt.attached();
    } finally {
      lock.unlock();
    }
  }

  long lastNumbered() {
    lock.lock();
    try {
      return attempt.lastNumbered();
    } finally {
      lock.unlock();
    }
  }

  private boolean mayShowNow() {
    return attempt.hasEnded()
        || (state == State.OPEN && lost == null && broken == null && attempt.holds(clock.instant()));
  }

  // ---- the log's side -------------------------------------------------------------------------------------------------

  private void keep() {
    int failures = 0;
    try {
      for (var duty = nextDuty(); duty != Duty.NOTHING; duty = nextDuty()) {
        try {
          perform(duty);
          failures = 0;
        } catch (RuntimeException e) {
          failures++;
          if (failures >= PATIENCE) {
            throw e;
          }
          pause(pulse.control());
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (LeaseLostException e) {
      fail(e, null);
    } catch (RuntimeException e) {
      fail(null, e);
    }
  }

  private Duty nextDuty() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        if (state == State.CLOSED || attempt.hasEnded()) {
          return Duty.NOTHING;
        }
        var now = clock.instant();
        var appendDue = attempt.hasWaiting() ? lastAppend.plus(pulse.append()) : Instant.MAX;
        var leaseDue = lastLease.plus(pulse.lease().dividedBy(4));
        var lookDue = lastLook.plus(pulse.control());
        if (goal.ended() || unanswered != null || !now.isBefore(appendDue)) {
          return Duty.APPEND;
        }
        if (attempt.wantsNumbers() || !now.isBefore(leaseDue)) {
          return Duty.RENEW;
        }
        if (!now.isBefore(lookDue)) {
          return Duty.LOOK;
        }
        var wake = earliest(appendDue, earliest(leaseDue, lookDue));
        var _ = changed.await(Duration.between(now, wake).toNanos(), TimeUnit.NANOSECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  private void perform(Duty duty) throws LeaseLostException {
    switch (duty) {
      case APPEND -> append();
      case RENEW -> renew();
      case LOOK -> {
        var control = log.control(id, number);
        lastLook = clock.instant();
        tell(control);
      }
      case NOTHING -> {
      }
    }
  }

  private void append() throws LeaseLostException {
    var append = unanswered == null ? nextAppend() : unanswered;
    if (!append.leaseUntil().isAfter(clock.instant())) {
      throw new LeaseLostException(id, number);
    }
    unanswered = append;
    switch (log.append(append)) {
      case Append.Outcome.Appended() -> {
        unanswered = null;
        settle(() -> attempt.appended(append));
      }
      case Append.Outcome.Outdated(var control) -> {
        unanswered = null;
        lastAppend = Instant.MIN;
        tell(control);
      }
    }
  }

  private Append nextAppend() throws LeaseLostException {
    lock.lock();
    try {
      var now = clock.instant();
      if (!attempt.holds(now)) {
        throw new LeaseLostException(id, number);
      }
      lastAppend = now;
      lastLease = now;
      return attempt.append(goal, now.plus(pulse.lease()));
    } finally {
      lock.unlock();
    }
  }

  private void renew() throws LeaseLostException {
    var now = clock.instant();
    Instant until = now.plus(pulse.lease());
    long reserved;
    lock.lock();
    try {
      if (!attempt.holds(now)) {
        throw new LeaseLostException(id, number);
      }
      reserved = attempt.wantsNumbers() ? attempt.toReserve() : attempt.mayShow();
    } finally {
      lock.unlock();
    }
    var control = log.renew(id, number, until, reserved);
    lastLease = now;
    lastLook = now;
    settle(() -> attempt.renewed(until, reserved));
    tell(control);
  }

  private void settle(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void tell(Control control) {
    Attempt.Changes changes;
    lock.lock();
    try {
      changes = attempt.adopt(control.attached());
    } finally {
      lock.unlock();
    }
    listener.wanted(control, changes);
  }

  private void pause(Duration time) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      var left = time.toNanos();
      while (left > 0 && state == State.OPEN) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  private void fail(@Nullable LeaseLostException lease, @Nullable RuntimeException error) {
    lock.lock();
    try {
      lost = lease;
      broken = error;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void requireSound() throws LeaseLostException {
    if (lost != null) {
      throw lost;
    }
    if (broken != null) {
      throw broken;
    }
    if (!attempt.holds(clock.instant())) {
      throw new LeaseLostException(id, number);
    }
  }

  private static Instant earliest(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
