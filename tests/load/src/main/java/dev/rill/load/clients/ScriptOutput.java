package dev.rill.load.clients;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what a script prints: a line {@code ok - NAME} or {@code FAILED - NAME: WHY} for each thing. */
final class ScriptOutput {

    private static final String PASSED = "ok - ";
    private static final String FAILED = "FAILED - ";
    private static final int EXCERPT = 300;

    private ScriptOutput() {}

    /** The thing that a line tells of; empty for any other line. */
    static Optional<Outcome.Thing> thing(String line) {
        if (line.startsWith(PASSED)) {
            return Optional.of(new Outcome.Thing(true, line.substring(PASSED.length())));
        }
        if (line.startsWith(FAILED)) {
            return Optional.of(new Outcome.Thing(false, line.substring(FAILED.length())));
        }
        return Optional.empty();
    }

    /**
     * The outcome of a script that has ended by itself.
     *
     * @param output all lines that it has printed
     */
    static Outcome.Tried outcome(List<String> output, int exitCode) {
        var things = things(output);
        boolean passed = things.stream().allMatch(Outcome.Thing::passed);
        if (exitCode != 0 && passed) {
            return new Outcome.Tried(things, "exit code " + exitCode + ": " + end(output));
        }
        if (things.isEmpty()) {
            return new Outcome.Tried(things, "it tried nothing: " + end(output));
        }
        return new Outcome.Tried(things, "");
    }

    static List<Outcome.Thing> things(List<String> output) {
        var things = new ArrayList<Outcome.Thing>();
        output.forEach(line -> thing(line).ifPresent(things::add));
        return things;
    }

    /** The end of what it has printed, on one line. */
    static String end(List<String> output) {
        var text = String.join(" ", output).strip();
        return text.substring(Math.max(0, text.length() - EXCERPT));
    }
}
