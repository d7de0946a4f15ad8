package dev.rill.load.faults.scenario;

import dev.rill.load.faults.injection.FaultInjection;
import dev.rill.load.faults.prompt.PromptPlan;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What clients ask while a kind of faults is injected.
 *
 * @param name its name on the command line
 * @param words what it does, in one line
 * @param purpose what it measures, beside that the promises hold
 */
public record Scenario(
        String name, String words, Prompts prompts, FaultInjection faults, Purpose purpose, Bounds bounds) {

    /** What a scenario measures. */
    public enum Purpose {
        /** Nothing but that the promises hold: its times are those of an overloaded machine. */
        PROMISES,
        /** The time from a cancel to the end of the model's stream. */
        STOP_TIMES,
        /** The time from a worker's death to the next event of its answer. */
        CRASH_TIMES
    }

    /**
     * The limits of a scenario.
     *
     * @param sockets the number of clients at the same time
     * @param failedPercent the share of prompts, of those that the model was told to answer, that may end as
     *     {@code response.failed}; above 0 it allows one at least
     * @param refusedPercent the share of prompts that may never be accepted
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

    /** The prompts and actions of the clients. */
    @FunctionalInterface
    public interface Prompts {

        /**
         * The prompts of one client, one after the other; those after an unanswered prompt are not sent.
         *
         * @param index the client's number, from 0
         * @param mark the suffix that makes the prompt unique
         */
        List<PromptPlan> plans(int index, String mark, RandomGenerator random);
    }
}
