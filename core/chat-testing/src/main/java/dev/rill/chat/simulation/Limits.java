package dev.rill.chat.simulation;

import java.time.Duration;

/**
 * When a simulation is given up.
 *
 * @param steps how often a thread may be chosen to run; more is a livelock
 * @param virtual how far the virtual time may go in one run
 * @param real how long a run may take on the clock of the system: longer means that a thread blocks or spins where the
 *     simulation can't see it
 */
public record Limits(long steps, Duration virtual, Duration real) {

    /** 2,000,000 steps, 2 days of virtual time, and 60 s of real time. */
    public static final Limits DEFAULT = new Limits(2_000_000, Duration.ofDays(2), Duration.ofSeconds(60));
}
