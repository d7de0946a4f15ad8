package dev.rill.aws;

import java.time.Duration;

/** Lets the calling thread wait; {@code Thread::sleep} outside of tests. */
@FunctionalInterface
public interface Sleeper {
  void sleep(Duration duration) throws InterruptedException;
}
