package dev.rill.chat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Writes one attempt's events to the log in batches, beside their delivery and not in front of it: a thread of its own appends what has
 * come together, at most once an interval. Only {@link #finish} waits for the log, so that a terminal event is in the log before
 * anybody sees it.
 */
final class Journal {

  /** More than this many characters wait only while the log is slower than the model; then {@link #add} waits too. */
  static final int BACKLOG_CHARS = 1024 * 1024;

  private final ResponseLog log;
  private final ResponseId id;
  private final int attempt;
  private final Duration interval;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread writer;

  private List<Event> backlog = new ArrayList<>();
  private int backlogChars;
  private State state = State.OPEN;
  private @Nullable LeaseLostException lost;
  private @Nullable RuntimeException broken;

  private enum State { OPEN, STOPPING }

  private Journal(ResponseLog log, ResponseHeader header, Duration interval) {
    this.log = log;
    this.id = header.id();
    this.attempt = header.attempt();
    this.interval = interval;
    this.writer = Thread.ofVirtual().name("journal-" + id).unstarted(this::write);
  }

  /** A journal at work; {@link #finish} or {@link #abandon} ends it. */
  static Journal start(ResponseLog log, ResponseHeader header, Duration interval) {
    var journal = new Journal(log, header, interval);
    journal.writer.start();
    return journal;
  }

  /**
   * Takes an event; waits only while the backlog is too long.
   *
   * @throws LeaseLostException if an earlier event was refused by the log
   */
  void add(Event event) throws LeaseLostException, InterruptedException {
    lock.lockInterruptibly();
    try {
      while (backlogChars > BACKLOG_CHARS && lost == null && broken == null) {
        changed.await();
      }
      throwIfFailed();
      backlog.add(event);
      backlogChars += event.json().length();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Appends what has not been appended, and the terminal event; returns when the log has it all. */
  void finish(Status status, Event terminal) throws LeaseLostException, InterruptedException {
    stop();
    writer.join();
    throwIfFailed();
    var rest = new ArrayList<>(backlog);
    rest.add(terminal);
    log.append(id, attempt, status, rest);
  }

  /** Lets go without another append; an append that is under way is not waited for. Does nothing after {@link #finish}. */
  void abandon() {
    stop();
    writer.interrupt();
  }

  private void stop() {
    lock.lock();
    try {
      state = State.STOPPING;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void write() {
    try {
      for (var batch = nextBatch(); !batch.isEmpty(); batch = nextBatch()) {
        log.append(id, attempt, Status.IN_PROGRESS, batch);
        pause();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (LeaseLostException e) {
      fail(e, null);
    } catch (RuntimeException e) {
      fail(null, e);
    }
  }

  /** Waits for events and takes them all; none once the journal is to stop, whatever waits. */
  private List<Event> nextBatch() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (backlog.isEmpty() && state == State.OPEN) {
        changed.await();
      }
      if (state == State.STOPPING) {
        return List.of();
      }
      var batch = backlog;
      backlog = new ArrayList<>();
      backlogChars = 0;
      changed.signalAll();
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void pause() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      var left = interval.toNanos();
      while (left > 0 && state == State.OPEN && backlogChars <= BACKLOG_CHARS) {
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

  private void throwIfFailed() throws LeaseLostException {
    if (lost != null) {
      throw lost;
    }
    if (broken != null) {
      throw broken;
    }
  }
}
