package dev.rill.local.gateway;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/** The clock, timer and randomness that the gateway uses, and the faults that it injects into posts. */
public record GatewayContext(
        InstantSource clock, Scheduler scheduler, RandomGenerator random, ConnectionFaults faults) {

    /** The system's clock, secure randomness and no faults. */
    public static GatewayContext real(Scheduler scheduler) {
        return new GatewayContext(InstantSource.system(), scheduler, new SecureRandom(), ConnectionFaults.NONE);
    }

    /** A copy with other faults. */
    public GatewayContext withFaults(ConnectionFaults newFaults) {
        return new GatewayContext(clock, scheduler, random, newFaults);
    }
}
