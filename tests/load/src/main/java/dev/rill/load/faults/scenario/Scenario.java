package dev.rill.load.faults.scenario;

import dev.rill.load.faults.injection.FaultInjection;
import dev.rill.load.faults.prompt.PromptPlan;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * One way to go wrong.
 *
 * @param name by which it is asked for
 * @param words what it does, in a line
 * @param purpose what it is there to show, beside that the promises hold
 */
public record Scenario(
        String name, String words, Prompts prompts, FaultInjection faults, Purpose purpose, Bounds bounds) {

    /** What a scenario is there to show. */
    public enum Purpose {
        /** That the promises hold: its times are those of a machine that is overloaded. */
        PROMISES,
        /** How soon a stop reaches the model. */
        STOP_TIMES,
        /** How soon an answer goes on whose worker has died. */
        CRASH_TIMES
    }

    /**
     * How much at most.
     *
     * @param sockets clients at once
     * @param failedPercent of the prompts that the model was told to answer may end as {@code response.failed}; above 0
     *     it is one at least
     * @param refusedPercent of the prompts may never be accepted
     */
    public record Bounds(int sockets, int failedPercent, int refusedPercent) {
        public static final Bounds NONE_FAILS = new Bounds(Integer.MAX_VALUE, 0, 0);

        Bounds sockets(int most) {
            return new Bounds(most, failedPercent, refusedPercent);
        }

        public Bounds failed(int percent) {
            return new Bounds(sockets, percent, refusedPercent);
        }

        public Bounds refused(int percent) {
            return new Bounds(sockets, failedPercent, percent);
        }
    }

    /** What the clients ask and do. */
    @FunctionalInterface
    public interface Prompts {

        /**
         * What one client asks, one after the other; what follows a prompt that is not answered is not asked.
         *
         * @param index of the client, from 0
         * @param mark makes the prompt unique; to be put at its end
         */
        List<PromptPlan> plans(int index, String mark, RandomGenerator random);
    }
}
