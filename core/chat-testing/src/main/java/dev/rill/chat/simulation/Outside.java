package dev.rill.chat.simulation;

import java.time.Duration;

/**
 * What the simulated ports have in common: a request goes out, takes effect as one step, and is answered; it takes time
 * both ways, any of the three may fail, and the request may take effect after its caller has given up.
 *
 * @param process the process that calls
 */
record Outside(SimulatedProcess process, Chaos chaos, Story story) {

    /** What a request does, as one step. */
    @FunctionalInterface
    interface Effect<T, E extends Exception> {
        T run() throws E;
    }

    /**
     * The faults of one port, for a request that changes something.
     *
     * @param timeout the caller gives up, and the request takes effect later
     */
    record Faults(Fault refuses, Fault answerLost, Fault timeout) {}

    <T, E extends Exception> T call(String what, Faults faults, Effect<T, E> effect) throws E {
        var patience = chaos.delay(faults.timeout, process.name(), 200, 4_000);
        if (patience.isPresent()) {
            takeEffectLater(patience.get().plus(lateness()), effect);
            travel(patience.get(), what);
            throw new PortException(what + " timed out");
        }
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

    /** Most requests that were given up take effect within a second, some when their caller has gone on for long. */
    Duration lateness() {
        return chaos.chance(0.6) ? chaos.millis(1, 1_000) : chaos.millis(1_000, 15_000);
    }

    /** Has a request take effect after a time, whatever has become of the process that made it. */
    <T, E extends Exception> void takeEffectLater(Duration delay, Effect<T, E> effect) {
        process.afterwards(delay, () -> {
            try {
                story.tellOf(process.name(), "has a request take effect that timed out");
                var _ = effect.run();
            } catch (Exception e) {
                // The caller has gone on, so the refusal reaches no thread.
                story.tellOf(process.name(), "has that request refused: %s", e);
            }
        });
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
