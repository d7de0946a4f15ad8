package dev.rill.load.faults.injection;

import dev.rill.load.faults.stack.Site;
import dev.rill.load.stack.LoadException;
import java.util.List;

/** What goes wrong while prompts are under way. */
public interface Trouble {

    /**
     * Begins; it lasts until it is ended.
     *
     * @param prompts how many are asked meanwhile
     */
    Running begin(Site site, long seed, int prompts) throws LoadException, InterruptedException;

    /** Trouble that has begun. */
    @FunctionalInterface
    interface Running {

        /** There is none. */
        Running QUIET = () -> {};

        /** Ends it, and puts right what is still wrong. Called once. */
        void end() throws LoadException, InterruptedException;

        /** What was done so far. */
        default List<Harm> harms() {
            return List.of();
        }

        /** What was done so far, such as {@code 3 kills}; empty text where there is nothing to count. */
        default String tally() {
            return "";
        }
    }

    /** Nothing but what the prompts and the clients do themselves. */
    Trouble NONE = (_, _, _) -> Running.QUIET;
}
