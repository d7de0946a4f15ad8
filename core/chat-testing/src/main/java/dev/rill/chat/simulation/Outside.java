package dev.rill.chat.simulation;

import java.time.Duration;

/**
 * What the simulated ports have in common: a request goes out, takes effect as one step, and is answered; it takes time
 * both ways, and any of the three may fail.
 *
 * @param process the process that calls
 */
record Outside(SimulatedProcess process, Chaos chaos, Story story) {

    /** What a request does, as one step. */
    @FunctionalInterface
    interface Effect<T, E extends Exception> {
        T run() throws E;
    }

    /** The faults of one port, for a request that changes something. */
    record Faults(Fault refuses, Fault answerLost) {}

    <T, E extends Exception> T call(String what, Faults faults, Effect<T, E> effect) throws E {
        travel(chaos.millis(1, 8), what);
        if (chaos.strikes(faults.refuses, process.name())) {
            throw new PortException(what + " failed");
        }
        T result = effect.run();
        boolean lost = chaos.strikes(faults.answerLost, process.name());
        travel(chaos.millis(1, 5), what);
        if (lost) {
            throw new PortException(what + " was not answered");
        }
        return result;
    }

    /** A request that changes nothing. */
    <T, E extends Exception> T read(String what, Fault refuses, Effect<T, E> effect) throws E {
        travel(chaos.millis(1, 6), what);
        if (chaos.strikes(refuses, process.name())) {
            throw new PortException(what + " failed");
        }
        T result = effect.run();
        travel(chaos.millis(1, 3), what);
        return result;
    }

    /** As the AWS SDK does it, an interrupt ends the request, and stays set. */
    void travel(Duration time, String what) {
        try {
            process.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PortException(what + " was interrupted", e);
        }
    }
}
