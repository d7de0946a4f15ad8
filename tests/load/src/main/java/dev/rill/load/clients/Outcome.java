package dev.rill.load.clients;

import java.util.List;

/** What came of one script. */
sealed interface Outcome {

    /**
     * The script was run.
     *
     * @param things what it has tried, in its order
     * @param problem why the script itself counts as failed although no thing has; empty text if it does not
     */
    record Tried(List<Thing> things, String problem) implements Outcome {

        public Tried {
            things = List.copyOf(things);
        }

        boolean isPassed() {
            return problem.isEmpty() && things.stream().allMatch(Thing::passed);
        }
    }

    /**
     * One thing that a script has tried.
     *
     * @param text its name and its note; for a thing that failed, its name and why
     */
    record Thing(boolean passed, String text) {}

    /** The script was not run: its client is not on this machine and could not be installed. */
    record NotRun(String cause) implements Outcome {}
}
