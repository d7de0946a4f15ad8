package dev.rill.chat.ops;

import java.time.Duration;

/** Blocks the calling thread for a duration; {@code Thread::sleep} in production. */
@FunctionalInterface
public interface Sleeper {
    void sleep(Duration duration) throws InterruptedException;
}
