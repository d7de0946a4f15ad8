package dev.rill.load.faults.client;

import dev.rill.load.faults.client.EventTracker.Arrival;
import dev.rill.load.faults.client.EventTracker.Attempt;
import dev.rill.load.faults.prompt.PromptPlan;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What became of one prompt, as its client saw it.
 *
 * @param responseId empty where it was never accepted
 * @param resumes how often the client asked for what it had missed
 * @param repeated events that came again
 * @param missing numbers that exist but never came
 * @param doubled terminal events too many, and numbers that meant two things
 * @param stoppedAt when the client first asked for the end; empty where it did not
 * @param repeats when an event came that had come on the same line before, unasked
 * @param cutOff whether its line was lost before it knew of a response
 * @param problems what was not as promised, in words
 */
public record PromptOutcome(
        PromptPlan plan,
        Optional<String> responseId,
        Ending ending,
        String reason,
        String text,
        long lastSeen,
        List<Attempt> attempts,
        List<Arrival> arrivals,
        int resumes,
        int repeated,
        long missing,
        int doubled,
        Optional<Instant> stoppedAt,
        List<Instant> repeats,
        boolean cutOff,
        List<String> problems) {

    public PromptOutcome {
        attempts = List.copyOf(attempts);
        arrivals = List.copyOf(arrivals);
        repeats = List.copyOf(repeats);
        problems = List.copyOf(problems);
    }

    /** How it ended for the client. */
    public enum Ending {
        COMPLETED,
        FAILED,
        INCOMPLETE,
        /** No terminal event in time. */
        HANGING,
        /** It was never accepted. */
        REFUSED
    }

    public int restarts() {
        return Math.max(0, attempts.size() - 1);
    }
}
