package dev.rill.chat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Those who are sent a response while it is answered: a thread for each, so that a slow one delays nobody else. Each goes through the
 * events by itself, from memory where it keeps up and from the log where it does not. Safe for use by many threads.
 */
final class Followers {

  private final ResponseId id;
  private final Journal journal;
  private final ResponseLog log;
  private final Telemetry telemetry;
  private final Map<Follower, Thread> threads = new ConcurrentHashMap<>();
  private final Map<ConnectionId, Follower> seated = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile boolean stopped;

  Followers(ResponseId id, Journal journal, ResponseLog log, Telemetry telemetry) {
    this.id = id;
    this.journal = journal;
    this.log = log;
    this.telemetry = telemetry;
  }

  /** Sends a socket what comes after a number; one that is sent events already starts again from there. */
  void seat(ConnectionId connection, long after, Sink sink) {
    var follower = new Follower(sink, after) {
      @Override
      void moved() {
        journal.seen(connection, seen);
      }

      @Override
      void gone() {
        if (seated.remove(connection, this)) {
          journal.left(connection);
        }
      }
    };
    var before = seated.put(connection, follower);
    if (before != null) {
      before.replaced = true;
      var thread = threads.get(before);
      if (thread != null) {
        follower.predecessor = thread;
      }
    }
    start(follower);
  }

  /** Sends a socket that had to give way nothing more. */
  void unseat(ConnectionId connection) {
    var follower = seated.remove(connection);
    if (follower != null) {
      follower.replaced = true;
      var thread = threads.get(follower);
      if (thread != null) {
        thread.interrupt();
      }
    }
  }

  /** Sends a sink that is no socket everything. */
  void seat(Sink sink) {
    start(new Follower(sink, -1) {
      @Override
      void moved() {}

      @Override
      void gone() {}
    });
  }

  boolean isEmpty() {
    return threads.isEmpty();
  }

  /** Waits while everybody still has something to be sent: what comes meanwhile can be merged. Nobody is no reason to wait. */
  void awaitReady() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!stopped && !threads.isEmpty()
          && threads.keySet().stream().noneMatch(follower -> follower.seen >= journal.lastNumbered())) {
        if (!journal.mayShow()) {
          return;
        }
        var _ = changed.await(1, TimeUnit.SECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Lets {@link #awaitReady} go, now and from now on. */
  void hurry() {
    stopped = true;
    signal();
  }

  /** Waits until everybody has been sent the end. */
  void awaitEnd(Duration patience) throws InterruptedException {
    var left = patience.toNanos();
    lock.lockInterruptibly();
    try {
      while (left > 0 && !threads.isEmpty()) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Sends nobody anything more. */
  void stop() {
    threads.values().forEach(Thread::interrupt);
  }

  private void start(Follower follower) {
    var thread = Thread.ofVirtual().name("follower-" + id).unstarted(follower);
    threads.put(follower, thread);
    thread.start();
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private abstract class Follower implements Runnable {

    private final Sink sink;
    volatile long seen;
    volatile boolean replaced;
    volatile @Nullable Thread predecessor;

    Follower(Sink sink, long after) {
      this.sink = sink;
      this.seen = after;
    }

    abstract void moved();

    abstract void gone();

    @Override
    public void run() {
      try {
        var before = predecessor;
        if (before != null) {
          // Two threads must not write to one socket.
          before.join();
        }
        follow();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        // One that was replaced may have been interrupted; its socket is no longer this thread's to give up.
        if (!replaced) {
          telemetry.emit(new Signal.Unreachable(id, e));
          abandon();
        }
      } finally {
        threads.remove(this);
        signal();
      }
    }

    private void follow() throws InterruptedException {
      while (!replaced) {
        var going = switch (journal.next(seen)) {
          case Journal.Next.Shown(var events) -> show(events);
          case Journal.Next.Logged() -> showLogged();
          case Journal.Next.Over() -> false;
        };
        if (!going) {
          return;
        }
      }
    }

    /** Ends where the log has nothing although it should: it has expired. */
    private boolean showLogged() throws InterruptedException {
      var events = log.read(id, seen);
      return !events.isEmpty() && show(events);
    }

    private boolean show(List<Event> events) throws InterruptedException {
      for (var event : events) {
        if (replaced) {
          return false;
        }
        switch (sink.deliver(event, journal::mayShow)) {
          case DELIVERED -> {
            seen = event.sequenceNumber();
            moved();
            signal();
          }
          case GONE -> {
            abandon();
            return false;
          }
          case WITHHELD -> {
            return false;
          }
        }
        if (event.terminal()) {
          return false;
        }
      }
      return true;
    }

    private void abandon() {
      gone();
      try {
        sink.abandon();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException _) {
        // It was worth a try: the client may not know yet that nothing comes any more.
      }
    }
  }
}
