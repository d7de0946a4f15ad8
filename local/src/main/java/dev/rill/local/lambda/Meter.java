package dev.rill.local.lambda;

import java.time.Duration;

/** Hears what AWS would bill. Called once for each invocation, on any thread; must return at once. */
@FunctionalInterface
public interface Meter {

    /** Counts nothing. */
    Meter NONE = (functionName, duration, memoryMegabytes) -> {};

    /**
     * An invocation has ended.
     *
     * @param functionName the function's name
     * @param duration what is billed, in whole milliseconds rounded up; an environment's first invocation includes its
     *     init where SnapStart is off
     * @param memoryMegabytes the memory that the duration is multiplied by
     */
    void billed(String functionName, Duration duration, int memoryMegabytes);
}
