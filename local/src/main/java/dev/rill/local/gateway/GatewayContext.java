package dev.rill.local.gateway;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/** What the gateway takes from the world around it, and whom it tells. */
public record GatewayContext(
        InstantSource clock, Scheduler scheduler, RandomGenerator random, Meter meter, Faults faults) {

    /** The system's clock and a secure source of randomness; no meter, no faults. */
    public static GatewayContext real(Scheduler scheduler) {
        return new GatewayContext(InstantSource.system(), scheduler, new SecureRandom(), Meter.NONE, Faults.NONE);
    }

    /** The same with a meter. */
    public GatewayContext withMeter(Meter newMeter) {
        return new GatewayContext(clock, scheduler, random, newMeter, faults);
    }

    /** The same with faults. */
    public GatewayContext withFaults(Faults newFaults) {
        return new GatewayContext(clock, scheduler, random, meter, newFaults);
    }
}
