package dev.rill.local.gateway;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The clock, timer and randomness that the gateway uses, and the faults that it injects.
 *
 * @param faults of posts to sockets
 * @param workers kills workers for the web page; empty if the front port has no routes for faults
 */
public record GatewayContext(
        InstantSource clock,
        Scheduler scheduler,
        RandomGenerator random,
        ConnectionFaults faults,
        Optional<WorkerFaults> workers) {

    /** A context without routes for faults on the front port. */
    public GatewayContext(InstantSource clock, Scheduler scheduler, RandomGenerator random, ConnectionFaults faults) {
        this(clock, scheduler, random, faults, Optional.empty());
    }

    /** The system's clock, secure randomness and no faults. */
    public static GatewayContext real(Scheduler scheduler) {
        return new GatewayContext(InstantSource.system(), scheduler, new SecureRandom(), ConnectionFaults.NONE);
    }

    /** A copy with other faults. */
    public GatewayContext withFaults(ConnectionFaults newFaults) {
        return new GatewayContext(clock, scheduler, random, newFaults, workers);
    }

    /** A copy with routes for faults on the front port. */
    public GatewayContext withFaultRoutes(WorkerFaults newWorkers) {
        return new GatewayContext(clock, scheduler, random, faults, Optional.of(newWorkers));
    }
}
