package dev.rill.load.faults.injection;

import dev.rill.load.faults.stack.StackClients;
import dev.rill.load.stack.LoadException;
import java.util.List;

/** A kind of faults, injected while prompts are answered. */
public interface FaultInjection {

    /**
     * Starts to inject; this lasts until {@link ActiveFault#end}.
     *
     * @param prompts the number of prompts that are answered meanwhile
     */
    ActiveFault begin(StackClients site, long seed, int prompts) throws LoadException, InterruptedException;

    /** An injection that has started. */
    @FunctionalInterface
    interface ActiveFault {

        /** Injects nothing. */
        ActiveFault QUIET = () -> {};

        /** Stops to inject, and undoes what still has an effect. Called once. */
        void end() throws LoadException, InterruptedException;

        /** The faults that were injected so far. */
        default List<InjectedFault> injected() {
            return List.of();
        }

        /** What was injected so far, such as {@code 3 kills}; empty text if there is nothing to count. */
        default String tally() {
            return "";
        }
    }

    /** Injects nothing; the prompts and the clients themselves are the test. */
    FaultInjection NONE = (_, _, _) -> ActiveFault.QUIET;
}
