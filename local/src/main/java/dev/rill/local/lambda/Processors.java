package dev.rill.local.lambda;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/** How busy this machine's processors, or those of this container, have been of late. Safe for use by many threads. */
final class Processors {

  /** A process that starts takes all of a processor for seconds; with less room than this it takes it from those that work. */
  private static final double BUSY = 0.75;

  /** The load is that since the last look: looks that follow each other too closely see nothing. */
  private static final Duration LEAST = Duration.ofMillis(500);

  private final DoubleSupplier load;
  private final LongSupplier nanoTime;
  private long lookedAt;
  private double seen;

  /**
   * @param load since the last look, from 0 to 1; negative where nobody knows
   * @param nanoTime as {@link System#nanoTime}
   */
  Processors(DoubleSupplier load, LongSupplier nanoTime) {
    this.load = load;
    this.nanoTime = nanoTime;
    this.lookedAt = nanoTime.getAsLong();
    this.seen = load.getAsDouble();
  }

  static Processors ofThisMachine() {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return new Processors(system::getCpuLoad, System::nanoTime);
  }

  /** Whether another process could start without slowing down those that are there. */
  synchronized boolean haveRoom() {
    long now = nanoTime.getAsLong();
    if (now - lookedAt >= LEAST.toNanos()) {
      seen = load.getAsDouble();
      lookedAt = now;
    }
    return seen < BUSY;
  }
}
