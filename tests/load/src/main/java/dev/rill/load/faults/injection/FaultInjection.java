package dev.rill.load.faults.injection;

import dev.rill.load.faults.stack.StackClients;
import dev.rill.load.stack.LoadException;
import java.util.List;

/** What goes wrong while prompts are under way. */
public interface FaultInjection {

    /**
     * Begins; it lasts until it is ended.
     *
     * @param prompts how many are asked meanwhile
     */
    ActiveFault begin(StackClients site, long seed, int prompts) throws LoadException, InterruptedException;

    /** Trouble that has begun. */
    @FunctionalInterface
    interface ActiveFault {

        /** There is none. */
        ActiveFault QUIET = () -> {};

        /** Ends it, and puts right what is still wrong. Called once. */
        void end() throws LoadException, InterruptedException;

        /** What was done so far. */
        default List<InjectedFault> injected() {
            return List.of();
        }

        /** What was done so far, such as {@code 3 kills}; empty text where there is nothing to count. */
        default String tally() {
            return "";
        }
    }

    /** Nothing but what the prompts and the clients do themselves. */
    FaultInjection NONE = (_, _, _) -> ActiveFault.QUIET;
}
