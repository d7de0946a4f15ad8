package dev.rill.load.faults;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The progress of scenarios in one line: a pure function of snapshots. */
final class FaultProgress {

    private FaultProgress() {}

    /** The state of a scenario at one moment. */
    record Snapshot(String scenario, int prompts, int ended, int restarts, int resumes, Duration elapsed) {}

    static String line(List<Snapshot> running) {
        return running.stream()
                .map(now -> String.format(
                        Locale.ROOT,
                        "%s: %d of %d ended, %d restarts, %d resumes, %.0f s",
                        now.scenario(),
                        now.ended(),
                        now.prompts(),
                        now.restarts(),
                        now.resumes(),
                        now.elapsed().toMillis() / 1000.0))
                .collect(Collectors.joining("; "));
    }
}
