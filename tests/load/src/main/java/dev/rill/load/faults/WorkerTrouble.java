package dev.rill.load.faults;

import dev.rill.load.LoadException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * One worker after the other meets with something, until the trouble ends or it has been often enough.
 *
 * @param least the shortest time between two
 * @param most the longest
 * @param harm what it meets with
 * @param promptsEach it happens once for so many prompts at most, but once at least: each answer has three attempts
 */
record WorkerTrouble(Duration least, Duration most, Harm harm, int promptsEach,
    InstantSource clock) implements Trouble {

  /** What a worker meets with. */
  enum Harm {
    /** {@code kill -9}. */
    KILL("kills"),
    /** {@code kill -9} of all that there are. */
    KILL_ALL("kills of all"),
    /** {@code SIGSTOP} for longer than its lease, then {@code SIGCONT}. */
    FREEZE("freezes");

    private final String words;

    Harm(String words) {
      this.words = words;
    }
  }

  /** A lease lasts 12 s. */
  private static final Duration FROZEN = Duration.ofSeconds(18);

  @Override
  public Running begin(Site site, long seed, int prompts) {
    var harming = new Harming(site.workers(), seed, Math.ceilDiv(prompts, promptsEach));
    harming.thread.start();
    return harming;
  }

  private final class Harming implements Running {
    private final Workers workers;
    private final int limit;
    private final SplittableRandom random;
    private final List<Instant> times = new CopyOnWriteArrayList<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread thread = Thread.ofVirtual().name("harm").unstarted(this::run);

    private Harming(Workers workers, long seed, int limit) {
      this.workers = workers;
      this.limit = limit;
      this.random = new SplittableRandom(seed);
    }

    @Override
    public void end() throws InterruptedException {
      over.countDown();
      thread.join();
    }

    @Override
    public List<Instant> kills() {
      return switch (harm) {
        case KILL, KILL_ALL -> List.copyOf(times);
        case FREEZE -> List.of();
      };
    }

    @Override
    public String tally() {
      return times.size() + " " + harm.words;
    }

    private void run() {
      try {
        while (times.size() < limit
            && !over.await(random.nextLong(least.toMillis(), most.toMillis() + 1), TimeUnit.MILLISECONDS)) {
          var running = workers.running();
          if (!running.isEmpty()) {
            times.add(clock.instant());
            harm(running);
          }
        }
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      } catch (LoadException e) {
        throw new IllegalStateException(e);
      }
    }

    private void harm(List<ProcessHandle> running) throws LoadException, InterruptedException {
      switch (harm) {
        case KILL -> Workers.kill(running.get(random.nextInt(running.size())));
        case KILL_ALL -> running.forEach(Workers::kill);
        case FREEZE -> freeze(running);
      }
    }

    /** Every second one: some of them are idle, and some must go on with the work. */
    private void freeze(List<ProcessHandle> running) throws LoadException, InterruptedException {
      var first = running.size() == 1 ? 0 : random.nextInt(2);
      var frozen = IntStream.range(0, running.size()).filter(i -> i % 2 == first).mapToObj(running::get).toList();
      try {
        for (var worker : frozen) {
          Workers.freeze(worker);
        }
        // To its end, also where the prompts have ended before: what they do when they wake is the question.
        TimeUnit.NANOSECONDS.sleep(FROZEN.toNanos());
      } finally {
        for (var worker : frozen) {
          Workers.thaw(worker);
        }
      }
    }
  }
}
